#include "core/run/trainer.h"

namespace scanline {

void checkTokens(const RunData& data, int64_t paletteSize) {
  checkTokens(data.train, paletteSize, "the training images");
  checkTokens(data.validation, paletteSize, "the validation images");
  checkTokens(data.test, paletteSize, "the test images");
}

}  // namespace scanline
