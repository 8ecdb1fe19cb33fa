#include "core/learn/model/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/run/diverged.h"

namespace scanline {

namespace {

constexpr int64_t kCacheBytes = 256 << 20;   // keys and values of one chunk
constexpr int64_t kLogitBytes = 64 << 20;    // logits of one pass that scores originals
constexpr uint32_t kWholeImages = 1U << 31;  // whole images must not repeat the random numbers of completions

void check(const Gpt& model, const SampleRequest& request) {
  const auto& shape = model.shape();
  if (shape.objective != Objective::Autoregressive)
    throw Error(
        "This model was trained on masked pixels (BERT): it fills gaps from all sides and cannot draw a picture pixel by pixel. Choose an autoregressive model.");
  if (!(request.temperature > 0) || !std::isfinite(request.temperature))
    throw Error(fmt::format("The temperature is {}; it must be above 0. For the most probable colours take top-k 1.",
                            request.temperature));
  if (request.topK < 0) throw Error(fmt::format("Top-k is {}; it must be 0 (all colours) or more.", request.topK));
  if (request.perPrompt < 1)
    throw Error(fmt::format("{} pictures a prompt were asked for; at least 1 is needed.", request.perPrompt));
  if (request.given < 0 || request.given >= shape.positions)
    throw Error(fmt::format("{} pixels are given; 0 to {} are possible with pictures of {} pixels.", request.given,
                            shape.positions - 1, shape.positions));
  if (request.originals.empty() && request.given != 0)
    throw Error(fmt::format("{} pixels are to be given, but there are no pictures to take them from.", request.given));
  for (size_t i = 0; i < request.originals.size(); ++i) {
    const auto& original = request.originals[i];
    if (static_cast<int64_t>(original.size()) != shape.positions)
      throw Error(
          fmt::format("Picture {} has {} pixels, and the model was trained on {}. Bring it to the model's size.", i,
                      original.size(), shape.positions));
    checkTokens(original, static_cast<int64_t>(i), shape.paletteSize, "the given pictures");
  }
}

/// int64 [last - first, n].
at::Tensor tokensOf(const std::vector<std::vector<Token>>& images, int64_t first, int64_t last) {
  const auto n = static_cast<int64_t>(images[static_cast<size_t>(first)].size());
  auto tokens = at::empty({last - first, n}, at::kLong);
  auto* out = tokens.mutable_data_ptr<int64_t>();
  for (int64_t i = first; i < last; ++i) out = std::ranges::copy(images[static_cast<size_t>(i)], out).out;
  return tokens;
}

/// Chooses one colour a row, from the model's output for one position.
class Drawer {
 public:
  Drawer(double temperature, int64_t topK, int64_t colours)
      : temperature_(temperature),
        topK_(topK == 0 ? colours : std::min(topK, colours)),
        order_(static_cast<size_t>(colours)),
        weights_(static_cast<size_t>(colours)) {}

  /// `logits`: V of them; `uniform` in [0, 1). Inverse of the cumulative distribution, in double: the first colour
  /// whose cumulative share exceeds `uniform`.
  int64_t draw(std::span<const float> logits, double uniform) {
    const auto count = static_cast<size_t>(topK_);
    std::iota(order_.begin(), order_.end(), 0);
    if (topK_ < static_cast<int64_t>(logits.size())) {
      const auto first = order_.begin(), cut = first + topK_;
      std::nth_element(first, cut - 1, order_.end(), [&](int32_t a, int32_t b) {
        const float left = logits[static_cast<size_t>(a)], right = logits[static_cast<size_t>(b)];
        return left != right ? left > right : a < b;
      });
      std::sort(first, cut);  // the order in which shares are added up must not depend on nth_element
    }
    float highest = -INFINITY;
    for (size_t i = 0; i < count; ++i) highest = std::max(highest, logits[static_cast<size_t>(order_[i])]);
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
      weights_[i] = sum +=
          std::exp((static_cast<double>(logits[static_cast<size_t>(order_[i])]) - highest) / temperature_);
    const auto found = std::upper_bound(weights_.begin(), weights_.begin() + topK_, uniform * sum);
    return order_[static_cast<size_t>(std::min<int64_t>(found - weights_.begin(), topK_ - 1))];
  }

 private:
  double temperature_;
  int64_t topK_;
  std::vector<int32_t> order_;   ///< the colours drawn from, in its first topK_ entries, ascending
  std::vector<double> weights_;  ///< cumulative
};

/// Pictures first .. first + count - 1 of a request, drawn together.
class Chunk {
 public:
  Chunk(const Gpt& model, const SampleRequest& request, int64_t first, int64_t count)
      : model_(model),
        request_(request),
        first_(first),
        count_(count),
        cache_(model.weights(), count, model.shape().positions),
        drawer_(request.temperature, request.topK, model.shape().paletteSize),
        tokens_(at::zeros({count, model.shape().positions}, at::kLong)),
        nats_(static_cast<size_t>(count)) {}

  void draw(const Control& control) {
    const int64_t n = model_.shape().positions;
    control.check();
    auto logits_BV = prefill();
    for (int64_t position = request_.given;; ++position) {
      place(logits_BV, position);
      if (position + 1 == n) return;
      control.check();
      logits_BV = forward(position + 1, 1, cache_, tokens_);
    }
  }

  void addTo(SampleSet& set) const {
    const int64_t n = model_.shape().positions;
    const auto* ids = tokens_.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < count_; ++i) {
      auto& image = set.samples.emplace_back(static_cast<size_t>(n));
      std::transform(ids + i * n, ids + (i + 1) * n, image.begin(), [](int64_t id) { return static_cast<Token>(id); });
      set.sampleNats.push_back(nats_[static_cast<size_t>(i)] / static_cast<double>(n - request_.given));
    }
  }

 private:
  /// Rows first .. first + count - 1 through the network; the logits [B, V] of the last.
  at::Tensor forward(int64_t first, int64_t count, KeyValueCache& cache, const at::Tensor& tokens) const {
    auto h_BTD = model_.embed(tokens, first, count);
    for (int64_t layer = 0; layer < model_.shape().layers; ++layer) h_BTD = model_.block(layer, h_BTD, &cache);
    cache.length += count;
    return model_.head(h_BTD.narrow(1, count - 1, 1).contiguous()).squeeze(1);
  }

  /// The given tokens in one causal pass, once a prompt; its pictures share what it leaves in the cache.
  at::Tensor prefill() {
    const int64_t rows = request_.given + 1;
    if (request_.given == 0) return forward(0, rows, cache_, tokens_);
    const int64_t k = request_.perPrompt, firstPrompt = first_ / k, lastPrompt = (first_ + count_ - 1) / k + 1;
    const auto prompts = tokensOf(request_.originals, firstPrompt, lastPrompt).narrow(1, 0, request_.given);
    auto promptOf = at::empty({count_}, at::kLong);
    for (int64_t i = 0; i < count_; ++i) promptOf.mutable_data_ptr<int64_t>()[i] = (first_ + i) / k - firstPrompt;

    KeyValueCache shared(model_.weights(), lastPrompt - firstPrompt, rows);
    const auto logits = forward(0, rows, shared, prompts);
    for (size_t layer = 0; layer < cache_.keys.size(); ++layer) {
      cache_.keys[layer].narrow(2, 0, rows).copy_(shared.keys[layer].index_select(0, promptOf));
      cache_.values[layer].narrow(2, 0, rows).copy_(shared.values[layer].index_select(0, promptOf));
    }
    cache_.length = rows;
    tokens_.narrow(1, 0, request_.given).copy_(prompts.index_select(0, promptOf));
    return logits.index_select(0, promptOf);
  }

  /// Draws position `position` of every picture.
  void place(const at::Tensor& logits_BV, int64_t position) {
    const int64_t V = model_.shape().paletteSize, n = model_.shape().positions;
    const auto logits = logits_BV.contiguous();
    const auto logSum = at::logsumexp(logits, -1);
    if (!at::isfinite(logSum).all().item<bool>())
      throw Diverged(fmt::format(
          "The model's output for pixel {} is not finite, so nothing can be drawn: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.",
          position));
    const uint32_t family = request_.originals.empty() ? kWholeImages : 0;
    for (int64_t i = 0; i < count_; ++i) {
      const std::span row(logits.const_data_ptr<float>() + i * V, static_cast<size_t>(V));
      RandomStream random(request_.seed, Purpose::SampleTokens, static_cast<uint64_t>(position),
                          family | static_cast<uint32_t>(first_ + i));
      const int64_t token = drawer_.draw(row, random.uniform());
      tokens_.mutable_data_ptr<int64_t>()[i * n + position] = token;
      nats_[static_cast<size_t>(i)] += logSum.const_data_ptr<float>()[i] - row[static_cast<size_t>(token)];
    }
  }

  const Gpt& model_;
  const SampleRequest& request_;
  int64_t first_, count_;
  KeyValueCache cache_;
  Drawer drawer_;
  at::Tensor tokens_;         ///< int64 [B, n]
  std::vector<double> nats_;  ///< [B], summed over the drawn positions
};

void scoreOriginals(const Gpt& model, const SampleRequest& request, const Control& control, SampleSet& set) {
  const int64_t count = std::ssize(request.originals), n = model.shape().positions;
  const int64_t batch =
      std::clamp<int64_t>(kLogitBytes / (n * model.shape().paletteSize * 4), 1, std::max<int64_t>(count, 1));
  for (int64_t first = 0; first < count; first += batch) {
    control.check();
    const auto nats = model.nats(tokensOf(request.originals, first, std::min(first + batch, count)));
    for (int64_t i = 0; i < nats.size(0); ++i) set.originalNats.push_back(nats.const_data_ptr<float>()[i]);
  }
}

}  // namespace

SampleSet drawSamples(const Gpt& model, const SampleRequest& request, const Control& control) {
  check(model, request);
  const c10::InferenceMode valuesOnly;
  const auto& shape = model.shape();
  SampleSet set{.step = request.step,
                .width = request.width,
                .height = request.height,
                .given = request.given,
                .perPrompt = request.perPrompt,
                .originals = request.originals};
  scoreOriginals(model, request, control, set);

  const int64_t total = request.perPrompt * std::max<int64_t>(std::ssize(request.originals), 1);
  const int64_t imageBytes = 2 * shape.layers * shape.positions * shape.width * model.weights().operands.element_size();
  const int64_t batch = std::max<int64_t>(kCacheBytes / imageBytes, 1);
  for (int64_t first = 0; first < total; first += batch) {
    Chunk chunk(model, request, first, std::min(batch, total - first));
    chunk.draw(control);
    chunk.addTo(set);
  }
  return set;
}

}  // namespace scanline
