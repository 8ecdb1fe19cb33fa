#include "core/learn/evaluate/drawn_rows.h"

#include <algorithm>

#include "core/learn/evaluate/draw_request.h"
#include "core/learn/model/device_memory.h"

namespace scanline {

namespace {

class TensorRows final : public DrawnRows {
 public:
  TensorRows(const Gpt& model, int64_t rows, int64_t positions)
      : model_(model),
        device_(model.weights().flat.device()),
        cache_(model.weights(), rows, positions),
        tokens_Bn_(at::zeros({rows, positions}, at::TensorOptions(at::kLong).device(device_))) {}

  std::span<const float> begin(std::span<const Token> given, const Control& control) override {
    const c10::InferenceMode valuesOnly;
    const auto length = std::ssize(given), seen = length + 1, rows = tokens_Bn_.size(0);
    auto prompt_1n = at::zeros({1, seen}, at::kLong);
    std::ranges::copy(given, prompt_1n.mutable_data_ptr<int64_t>());
    KeyValueCache shared(model_.weights(), 1, seen);
    auto h_BTD = model_.embed(prompt_1n, 0, seen);
    for (int64_t layer = 0; layer < model_.shape().layers; ++layer) {
      control.check();
      h_BTD = model_.block(layer, h_BTD, &shared);
      const auto at = static_cast<size_t>(layer);
      cache_.keys[at].narrow(2, 0, seen).copy_(shared.keys[at]);
      cache_.values[at].narrow(2, 0, seen).copy_(shared.values[at]);
    }
    cache_.length = seen;
    return hold(model_.head(h_BTD.narrow(1, length, 1).contiguous()).squeeze(1).expand({rows, -1}));
  }

  std::span<const float> advance(std::span<const Token> tokens) override {
    const c10::InferenceMode valuesOnly;
    auto column_B1 = at::empty({std::ssize(tokens), 1}, at::kLong);
    std::ranges::copy(tokens, column_B1.mutable_data_ptr<int64_t>());
    tokens_Bn_.narrow(1, cache_.length - 1, 1).copy_(uploaded(column_B1, device_));
    auto h_BTD = model_.embed(tokens_Bn_, cache_.length, 1);
    for (int64_t layer = 0; layer < model_.shape().layers; ++layer) h_BTD = model_.block(layer, h_BTD, &cache_);
    ++cache_.length;
    return hold(model_.head(h_BTD).squeeze(1));
  }

  std::span<const float> follow(std::span<const Token> tokens, std::span<double> nats,
                                const Control& control) override {
    const auto rows = tokens_Bn_.size(0), scored = nats.empty() ? 0 : std::ssize(tokens) - 1,
               V = model_.shape().paletteSize;
    std::span<const float> logits;
    for (int64_t i = 0; i < std::ssize(tokens); ++i) {
      control.check();
      const auto token = tokens[static_cast<size_t>(i)];
      for (int64_t row = 0; i > 0 && i <= scored && row < rows; ++row)
        nats[static_cast<size_t>(row * scored + i - 1)] =
            natsOf(logits.subspan(static_cast<size_t>(row * V), static_cast<size_t>(V)), token);
      logits = advance(std::vector<Token>(static_cast<size_t>(rows), token));
    }
    return logits;
  }

  void draw(const TokenDrawSettings& settings, std::span<const double> uniforms, std::span<Token> tokens,
            std::span<double> nats) override {
    const auto V = static_cast<size_t>(logits_BV_.size(1));
    for (size_t row = 0; row < tokens.size(); ++row) {
      const auto drawn = drawToken({logits_BV_.const_data_ptr<float>() + row * V, V}, settings, uniforms[row]);
      tokens[row] = drawn.token;
      nats[row] = drawn.nats;
    }
  }

  std::span<const float> select(std::span<const int32_t> sources) override {
    const c10::InferenceMode valuesOnly;
    const auto all_B = at::tensor(std::vector<int64_t>(sources.begin(), sources.end()), at::kLong);
    const auto logits = hold(logits_BV_.index_select(0, all_B));
    std::vector<int64_t> from, to;
    for (size_t i = 0; i < sources.size(); ++i)
      if (sources[i] != static_cast<int32_t>(i)) {
        from.push_back(sources[i]);
        to.push_back(static_cast<int64_t>(i));
      }
    if (to.empty()) return logits;
    const auto from_M = uploaded(at::tensor(from, at::kLong), device_),
               to_M = uploaded(at::tensor(to, at::kLong), device_);
    const auto move = [&](const at::Tensor& of_BHnK) {
      const auto seen = of_BHnK.narrow(2, 0, cache_.length);
      of_BHnK.narrow(2, 0, cache_.length).index_copy_(0, to_M, seen.index_select(0, from_M));
    };
    for (const auto& keys : cache_.keys) move(keys);
    for (const auto& values : cache_.values) move(values);
    return logits;
  }

 private:
  std::span<const float> hold(const at::Tensor& logits_BV) {
    logits_BV_ = logits_BV.cpu().contiguous();
    return {logits_BV_.const_data_ptr<float>(), static_cast<size_t>(logits_BV_.numel())};
  }

  const Gpt& model_;
  at::Device device_;
  KeyValueCache cache_;
  at::Tensor tokens_Bn_;  ///< int64; of each row at least the last token is there
  at::Tensor logits_BV_;  ///< on the CPU
};

/// On a CPU.
class DecodedRows final : public DrawnRows {
 public:
  DecodedRows(const DrawingModel& model, int64_t rows, bool bf16Cache)
      : decoder_(model.packed, rows, {.bf16Cache = bf16Cache}),
        prompts_(model.prompts),
        bf16Cache_(bf16Cache),
        rowBytes_(Decoder::cacheBytes(model.packed->shape(), bf16Cache)) {}

  std::span<const float> begin(std::span<const Token> given, const Control& control) override {
    control.check();
    if (given.empty()) return decoder_.advance({});
    if (prompts_)
      if (const auto kept = prompts_->find(given, bf16Cache_)) return decoder_.goOnFrom(*kept);
    const std::vector<std::vector<Token>> prompt{{given.begin(), given.end()}};
    const auto logits = decoder_.prefill(prompt, std::vector<int32_t>(static_cast<size_t>(decoder_.rows())), control);
    if (prompts_) prompts_->keep(given, bf16Cache_, decoder_.seen(), rowBytes_);
    return logits;
  }
  std::span<const float> advance(std::span<const Token> tokens) override { return decoder_.advance(tokens); }
  std::span<const float> follow(std::span<const Token> tokens, std::span<double> nats,
                                const Control& control) override {
    control.check();
    return decoder_.follow(tokens, nats, control);
  }
  void draw(const TokenDrawSettings& settings, std::span<const double> uniforms, std::span<Token> tokens,
            std::span<double> nats) override {
    decoder_.draw(settings, uniforms, tokens, nats);
  }
  std::span<const float> select(std::span<const int32_t> sources) override {
    decoder_.select(sources);
    return decoder_.logits();
  }

 private:
  Decoder decoder_;
  KeptPrompts* prompts_;
  bool bf16Cache_;
  int64_t rowBytes_;
};

}  // namespace

std::unique_ptr<DrawnRows> drawnRows(const DrawingModel& model, int64_t rows, int64_t positions, bool bf16Cache) {
  if (model.packed) return std::make_unique<DecodedRows>(model, rows, bf16Cache);
  return std::make_unique<TensorRows>(model.model, rows, positions);
}

int64_t rowBytes(const DrawingModel& model, int64_t positions, bool bf16Cache) {
  const auto& shape = model.model.shape();
  if (model.packed) return Decoder::cacheBytes(shape, bf16Cache);
  return 2 * shape.layers * positions * shape.width * model.model.weights().operands.element_size();
}

}  // namespace scanline
