#include "core/learn/model/foreign_weights.h"

#include <algorithm>

namespace scanline {

GptTensors weightsOf(const ForeignModel& model) {
  GptTensors weights({.layers = model.layers,
                      .width = model.width,
                      .heads = model.heads,
                      .paletteSize = model.paletteSize,
                      .positions = model.positions,
                      .bias = model.bias,
                      .objective = model.bert ? Objective::Bert : Objective::Autoregressive});
  for (const auto& [name, tensor] : weights.named()) {
    const auto found = std::ranges::find(model.arrays, name, &FloatArray::name);
    TORCH_INTERNAL_ASSERT(found != model.arrays.end() && std::ssize(found->values) == tensor.numel(), name);
    std::ranges::copy(found->values, tensor.data_ptr<float>());
  }
  return weights;
}

}  // namespace scanline
