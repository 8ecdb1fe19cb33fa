#pragma once

#include "core/exchange/foreign_model.h"
#include "core/model/gpt_tensors.h"

namespace scanline {

/// The weights of a model that another program wrote, on the CPU.
GptTensors weightsOf(const ForeignModel& model);

}  // namespace scanline
