#pragma once

#include "core/foreign/foreign_model.h"
#include "core/learn/model/gpt_tensors.h"

namespace scanline {

/// The weights of a model that another program wrote, on the CPU.
GptTensors weightsOf(const ForeignModel& model);

}  // namespace scanline
