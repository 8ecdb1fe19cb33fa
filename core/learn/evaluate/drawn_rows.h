#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/control.h"
#include "core/learn/model/gpt.h"
#include "core/tokens/palette.h"

namespace scanline {

/// Pictures that are drawn together, R rows, position by position, with an autoregressive model. One thread at a time;
/// spans stay valid until the next call.
class DrawnRows {
 public:
  virtual ~DrawnRows() = default;
  /// At the beginning: all rows start with `given`, fewer than n tokens, seen once. The logits [R, V] of the token
  /// after them. Checks `control`.
  virtual std::span<const float> begin(std::span<const Token> given, const Control& control) = 0;
  /// Each row goes on by its token [R]; the logits [R, V] of the one after it.
  virtual std::span<const float> advance(std::span<const Token> tokens) = 0;
  /// Row i goes on as row sources[i] was.
  virtual void select(std::span<const int32_t> sources) = 0;
};

/// On any device. `positions` are seen at most. The model outlives it.
std::unique_ptr<DrawnRows> tensorRows(const Gpt& model, int64_t rows, int64_t positions);

}  // namespace scanline
