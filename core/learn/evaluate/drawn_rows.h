#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/control.h"
#include "core/learn/evaluate/kept_prompts.h"
#include "core/learn/model/decoder.h"
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
  /// All rows go on by the same tokens [M], M >= 1; the logits [R, V] after the last of them. nats: [R, M - 1], -log p
  /// of tokens 1 .. M - 1, each after those before it; or empty. Checks `control`.
  virtual std::span<const float> follow(std::span<const Token> tokens, std::span<double> nats,
                                        const Control& control) = 0;
  /// Row i goes on as row sources[i] was; the logits [R, V], which go along.
  virtual std::span<const float> select(std::span<const int32_t> sources) = 0;
  /// As Decoder::draw, from the last logits.
  virtual void draw(const TokenDrawSettings& settings, std::span<const double> uniforms, std::span<Token> tokens,
                    std::span<double> nats) = 0;
};

/// The network that draws.
struct DrawingModel {
  const Gpt& model;
  std::shared_ptr<const PackedGpt> packed;  ///< of the same weights, for a decoder; none: tensors, on any device
  KeptPrompts* prompts = nullptr;           ///< of a decoder; null: none are kept
};

/// `positions` are seen at most. The model outlives it. bf16Cache: by a decoder alone, see DecoderOptions.
std::unique_ptr<DrawnRows> drawnRows(const DrawingModel& model, int64_t rows, int64_t positions, bool bf16Cache);
/// Bytes that keys and values of a row take.
int64_t rowBytes(const DrawingModel& model, int64_t positions, bool bf16Cache);

}  // namespace scanline
