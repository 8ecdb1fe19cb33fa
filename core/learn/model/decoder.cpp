#include "core/learn/model/decoder.h"

#include <algorithm>
#include <cassert>

#include "core/learn/model/decoder_state.h"

namespace scanline {

Decoder::Decoder(std::shared_ptr<const PackedGpt> weights, int64_t rows, DecoderOptions options) {
  const c10::InferenceMode valuesOnly;
  state_ = std::make_unique<State>(std::move(weights), rows, options);
}

Decoder::~Decoder() = default;

int64_t Decoder::cacheBytes(const GptShape& shape, bool bf16Cache) {
  return PagedCache::bytes(shape, bf16Cache);
}

int64_t Decoder::rows() const {
  return state_->rows;
}

int64_t Decoder::position() const {
  return state_->position;
}

std::span<const float> Decoder::advance(std::span<const Token> tokensBefore) {
  assert(state_->position < state_->s.positions);
  assert(state_->position == 0 || std::ssize(tokensBefore) == state_->rows);
  return state_->advance(tokensBefore);
}

std::span<const float> Decoder::prefill(std::span<const std::vector<Token>> prompts,
                                        std::span<const int32_t> promptOfRow, const Control& control) {
  assert(state_->position == 0 && std::ssize(promptOfRow) == state_->rows && !prompts.empty());
  const c10::InferenceMode valuesOnly;
  state_->prefill(prompts, std::ssize(prompts.front()), promptOfRow, {}, control);
  return logits();
}

std::span<const float> Decoder::prefillScored(std::span<const std::vector<Token>> pictures, int64_t given,
                                              std::span<const int32_t> promptOfRow, std::span<double> nats,
                                              const Control& control) {
  assert(state_->position == 0 && std::ssize(promptOfRow) == state_->rows && !pictures.empty());
  assert(nats.size() == pictures.size());
  const c10::InferenceMode valuesOnly;
  state_->prefill(pictures, given, promptOfRow, nats, control);
  return logits();
}

std::shared_ptr<const SeenPrompt> Decoder::seen() const {
  assert(state_->position > 0);
  return std::make_shared<const SeenPrompt>(
      state_->position, state_->cache.contentOf(0),
      std::vector<float>(state_->logits.get(), state_->logits + state_->s.paletteSize));
}

std::span<const float> Decoder::goOnFrom(const SeenPrompt& prompt) {
  assert(state_->position == 0);
  state_->goOnFrom(prompt);
  return logits();
}

std::span<const float> Decoder::follow(std::span<const Token> tokens, std::span<double> nats, const Control& control) {
  assert(state_->position > 0 && !tokens.empty() && state_->position + std::ssize(tokens) <= state_->s.positions);
  assert(nats.empty() || std::ssize(nats) == state_->rows * (std::ssize(tokens) - 1));
  const c10::InferenceMode valuesOnly;
  state_->follow(tokens, nats, control);
  return logits();
}

void Decoder::select(std::span<const int32_t> sourceOfRow) {
  state_->select(sourceOfRow);
}

std::span<const float> Decoder::logits() const {
  return {state_->logits.get(), static_cast<size_t>(state_->rows * state_->s.paletteSize)};
}

void Decoder::draw(const TokenDrawSettings& settings, std::span<const double> uniforms, std::span<Token> tokens,
                   std::span<double> nats) {
  auto& state = *state_;
  const auto V = static_cast<size_t>(state.s.paletteSize);
  state.pool.run(state.rows, [&](int64_t index, int thread) {
    const auto row = static_cast<size_t>(index);
    const auto drawn =
        state.drawers[static_cast<size_t>(thread)].draw(logits().subspan(row * V, V), settings, uniforms[row]);
    tokens[row] = drawn.token;
    nats[row] = drawn.nats;
  });
}

}  // namespace scanline
