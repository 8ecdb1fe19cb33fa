#include "core/run/trainer.h"

#include "core/base/random.h"

namespace scanline {

void checkTokens(const RunData& data, int64_t paletteSize) {
  if (data.tokensBelow > 0 && data.tokensBelow <= paletteSize) return;
  checkTokens(data.train, paletteSize, "the training images");
  checkTokens(data.validation, paletteSize, "the validation images");
  checkTokens(data.test, paletteSize, "the test images");
}

std::vector<int64_t> promptRows(int64_t count, const RunSpec& spec) {
  RandomStream random(spec.seed, Purpose::Prompts);
  return drawRows(count, spec.sample.prompts, random);
}

}  // namespace scanline
