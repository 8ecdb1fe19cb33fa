#include "core/run/trainer.h"

namespace scanline {

void checkTokens(const RunData& data, int64_t paletteSize) {
  if (data.tokensBelow > 0 && data.tokensBelow <= paletteSize) return;
  checkTokens(data.train, paletteSize, "the training images");
  checkTokens(data.validation, paletteSize, "the validation images");
  checkTokens(data.test, paletteSize, "the test images");
}

}  // namespace scanline
