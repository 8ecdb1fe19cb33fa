#include "core/spec/run_spec.h"

namespace scanline {

int64_t parameterCount(const ModelSpec& model, int64_t paletteSize, int64_t positions) {
  const int64_t width = model.width;
  const int64_t blocks = model.layers * (12 * width * width + 2 * width);
  return blocks + 2 * paletteSize * width + positions * width + width + width;
}

}  // namespace scanline
