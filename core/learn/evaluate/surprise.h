#pragma once

#include <cstdint>
#include <span>

#include "core/learn/model/gpt.h"
#include "core/run/open_model.h"

namespace scanline {

/// Pictures that one pass of a model looks at, so that its widest intermediate has 64 MB; at least 1, at most `count`.
int64_t passBatch(const GptShape& shape, int64_t positions, int64_t count);

/// OpenModel::surprise with a model that has a head, in batches. Throws Diverged where the model's output is not
/// finite.
Surprise surpriseOf(const Gpt& model, const TokenSet& pictures, std::span<const uint8_t> keep, const Control& control);

/// [V] float32 on the CPU: of one masked pixel (BERT). keep: [n], 1 = visible; empty: all others are.
at::Tensor logitsOfMasked(const Gpt& model, std::span<const Token> picture, int64_t position,
                          std::span<const uint8_t> keep);

}  // namespace scanline
