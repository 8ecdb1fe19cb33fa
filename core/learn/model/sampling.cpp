#include "core/learn/model/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/learn/model/decoder.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/token_rows.h"
#include "core/run/diverged.h"
#include "core/tokens/tokens.h"

namespace scanline {

namespace {

constexpr int64_t kCacheBytes = 256 << 20;   // keys and values of one chunk, on a CPU
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

/// Chooses one colour a row of logits, where they lie: the host reads nothing.
class Drawer {
 public:
  Drawer(double temperature, int64_t topK, int64_t colours)
      : temperature_(temperature), topK_(topK == 0 ? colours : std::min(topK, colours)) {}

  /// float32 [B, V] and float64 [B, 1] in [0, 1) -> int64 [B, 1]. Inverse of the cumulative distribution, in double:
  /// the first colour whose cumulative share exceeds the random number. Within the palette even where logits are not
  /// finite.
  at::Tensor draw(const at::Tensor& logits_BV, const at::Tensor& uniform_B1) const {
    const int64_t V = logits_BV.size(1);
    auto shares_BV = logits_BV.to(at::kDouble);
    shares_BV = shares_BV.sub_(shares_BV.amax(-1, /*keepdim=*/true)).div_(temperature_).exp_();
    if (topK_ < V) {
      const auto best_BK = at::argsort(logits_BV, /*stable=*/true, -1, /*descending=*/true).narrow(1, 0, topK_);
      shares_BV.mul_(at::zeros_like(shares_BV).scatter_(1, best_BK, 1));
    }
    // Whole numbers, as CUDA adds up others in no fixed order, and refuses to where a training elsewhere in this
    // process asks for one. The largest share is 2^48, and a palette has 2^12 colours at most.
    const auto sums_BV = shares_BV.mul_(0x1p48).to(at::kLong).cumsum(-1).to(at::kDouble);
    return at::searchsorted(sums_BV, uniform_B1 * sums_BV.narrow(1, V - 1, 1), /*out_int32=*/false, /*right=*/true)
        .clamp_max_(V - 1);
  }

 private:
  double temperature_;
  int64_t topK_;
};

/// The random number of a position of a picture.
double uniformAt(const SampleRequest& request, int64_t position, int64_t picture) {
  const uint32_t family = request.originals.empty() ? kWholeImages : 0;
  return RandomStream(request.seed, Purpose::SampleTokens, static_cast<uint64_t>(position),
                      family | static_cast<uint32_t>(picture))
      .uniform();
}

[[noreturn]] void throwDiverged(int64_t position) {
  throw Diverged(fmt::format(
      "The model's output for pixel {} is not finite, so nothing can be drawn: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.",
      position));
}

bool hasBf16Cache(const Gpt& model, const SampleRequest& request) {
  return request.bf16Cache.value_or(prefersBf16Cache(model.weights()));
}

/// Pictures first .. first + count - 1 of a request, drawn together by the decoder.
class DecodedChunk {
 public:
  DecodedChunk(std::shared_ptr<const PackedGpt> weights, const SampleRequest& request, bool bf16Cache, int64_t first,
               int64_t count)
      : request_(request),
        bf16Cache_(bf16Cache),
        first_(first),
        count_(count),
        weights_(std::move(weights)),
        pictures_(static_cast<size_t>(count)),
        nats_(static_cast<size_t>(count)) {}

  void draw(const Control& control) {
    const int64_t n = weights_->shape().positions;
    control.check();
    Decoder decoder(weights_, count_, {.bf16Cache = bf16Cache_});
    prefill(decoder, control);
    std::vector<Token> tokens(pictures_.size());
    std::vector<double> uniforms(pictures_.size()), nats(pictures_.size());
    for (int64_t position = request_.given;; ++position) {
      for (int64_t i = 0; i < count_; ++i) uniforms[static_cast<size_t>(i)] = uniformAt(request_, position, first_ + i);
      decoder.draw({.temperature = request_.temperature, .topK = request_.topK}, uniforms, tokens, nats);
      for (size_t i = 0; i < pictures_.size(); ++i) {
        if (!std::isfinite(nats[i])) throwDiverged(position);
        pictures_[i].push_back(tokens[i]);
        nats_[i] += nats[i];
      }
      if (position + 1 == n) return;
      control.check();
      decoder.advance(tokens);
    }
  }

  void addTo(SampleSet& set) && {
    set.originalNats.resize(static_cast<size_t>(firstOriginal_));  // one that two chunks have is scored by both
    set.originalNats.insert(set.originalNats.end(), originalNats_.begin(), originalNats_.end());
    const auto drawn = static_cast<double>(weights_->shape().positions - request_.given);
    for (size_t i = 0; i < pictures_.size(); ++i) {
      set.samples.push_back(std::move(pictures_[i]));
      set.sampleNats.push_back(nats_[i] / drawn);
    }
  }

 private:
  void prefill(Decoder& decoder, const Control& control) {
    const int64_t k = request_.perPrompt, first = first_ / k, last = (first_ + count_ - 1) / k + 1;
    if (request_.originals.empty() || (request_.given == 0 && !request_.scoreOriginals)) {
      decoder.advance({});
      return;
    }
    std::vector<std::vector<Token>> originals(request_.originals.begin() + first, request_.originals.begin() + last);
    std::vector<int32_t> promptOfRow;
    for (int64_t i = 0; i < count_; ++i) {
      promptOfRow.push_back(static_cast<int32_t>((first_ + i) / k - first));
      const auto& original = originals[static_cast<size_t>(promptOfRow.back())];
      pictures_[static_cast<size_t>(i)].assign(original.begin(), original.begin() + request_.given);
    }
    if (request_.scoreOriginals) {
      firstOriginal_ = first;
      originalNats_.resize(originals.size());
      decoder.prefillScored(originals, request_.given, promptOfRow, originalNats_, control);
    } else {
      for (auto& original : originals) original.resize(static_cast<size_t>(request_.given));
      decoder.prefill(originals, promptOfRow, control);
    }
  }

  const SampleRequest& request_;
  bool bf16Cache_;
  int64_t first_, count_;
  std::shared_ptr<const PackedGpt> weights_;
  std::vector<std::vector<Token>> pictures_;  ///< as far as they are drawn
  std::vector<double> nats_;                  ///< summed over the drawn positions
  int64_t firstOriginal_ = 0;
  std::vector<double> originalNats_;  ///< from firstOriginal_ on
};

/// The same with tensors, on any device: the host waits for it at the end alone.
class Chunk {
 public:
  Chunk(const Gpt& model, const SampleRequest& request, int64_t first, int64_t count)
      : model_(model),
        request_(request),
        first_(first),
        count_(count),
        device_(model.weights().flat.device()),
        cache_(model.weights(), count, model.shape().positions),
        drawer_(request.temperature, request.topK, model.shape().paletteSize),
        uniform_nB1_(uploaded(uniformNumbers(), device_)),
        tokens_Bn_(at::zeros({count, model.shape().positions}, at::TensorOptions(at::kLong).device(device_))),
        nats_B_(at::zeros({count}, at::TensorOptions(at::kDouble).device(device_))),
        isFinite_n_(at::ones({model.shape().positions}, at::TensorOptions(at::kBool).device(device_))) {}

  void draw(const Control& control) {
    const int64_t n = model_.shape().positions;
    control.check();
    auto logits_BV = prefill();
    for (int64_t position = request_.given;; ++position) {
      place(logits_BV, position);
      if (position + 1 == n) return;
      control.check();
      logits_BV = forward(position + 1, 1, cache_, tokens_Bn_);
    }
  }

  /// The drawn pictures; throws Diverged.
  void addTo(SampleSet& set) && {
    const int64_t n = model_.shape().positions;
    const auto isFinite_n = isFinite_n_.cpu();
    const auto* isFinite = isFinite_n.const_data_ptr<bool>();
    if (const auto* bad = std::find(isFinite, isFinite + n, false); bad != isFinite + n) throwDiverged(bad - isFinite);
    const auto tokens_Bn = tokens_Bn_.cpu(), nats_B = nats_B_.cpu();
    const auto* ids = tokens_Bn.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < count_; ++i) {
      auto& image = set.samples.emplace_back(static_cast<size_t>(n));
      std::transform(ids + i * n, ids + (i + 1) * n, image.begin(), [](int64_t id) { return static_cast<Token>(id); });
      set.sampleNats.push_back(nats_B.const_data_ptr<double>()[i] / static_cast<double>(n - request_.given));
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

  /// float64 [n - given, B, 1]: one for each position that is drawn of each picture, made before the first is drawn.
  at::Tensor uniformNumbers() const {
    const int64_t drawn = model_.shape().positions - request_.given;
    auto numbers = at::empty({drawn, count_, 1}, at::kDouble);
    auto* number = numbers.mutable_data_ptr<double>();
    for (int64_t position = request_.given; position < model_.shape().positions; ++position)
      for (int64_t i = 0; i < count_; ++i) *number++ = uniformAt(request_, position, first_ + i);
    return numbers;
  }

  /// The given tokens in one causal pass, once a prompt; its pictures share the cache that it fills.
  at::Tensor prefill() {
    const int64_t rows = request_.given + 1;
    if (request_.given == 0) return forward(0, rows, cache_, tokens_Bn_);
    const int64_t k = request_.perPrompt, firstPrompt = first_ / k, lastPrompt = (first_ + count_ - 1) / k + 1;
    const auto prompts_Pn =
        uploaded(tokensOf(request_.originals, firstPrompt, lastPrompt).narrow(1, 0, request_.given), device_);
    auto places_B = at::empty({count_}, at::kLong);
    for (int64_t i = 0; i < count_; ++i) places_B.mutable_data_ptr<int64_t>()[i] = (first_ + i) / k - firstPrompt;
    const auto promptOf_B = uploaded(places_B, device_);

    KeyValueCache shared(model_.weights(), lastPrompt - firstPrompt, rows);
    const auto logits = forward(0, rows, shared, prompts_Pn);
    for (size_t layer = 0; layer < cache_.keys.size(); ++layer) {
      cache_.keys[layer].narrow(2, 0, rows).copy_(shared.keys[layer].index_select(0, promptOf_B));
      cache_.values[layer].narrow(2, 0, rows).copy_(shared.values[layer].index_select(0, promptOf_B));
    }
    cache_.length = rows;
    tokens_Bn_.narrow(1, 0, request_.given).copy_(prompts_Pn.index_select(0, promptOf_B));
    return logits.index_select(0, promptOf_B);
  }

  /// Draws position `position` of every picture.
  void place(const at::Tensor& logits_BV, int64_t position) {
    const auto logSum_B = at::logsumexp(logits_BV, -1);
    isFinite_n_.select(0, position).copy_(at::isfinite(logSum_B).all());
    const auto token_B1 = drawer_.draw(logits_BV, uniform_nB1_.select(0, position - request_.given));
    tokens_Bn_.narrow(1, position, 1).copy_(token_B1);
    nats_B_.add_(logSum_B - logits_BV.gather(1, token_B1).squeeze(1));
  }

  const Gpt& model_;
  const SampleRequest& request_;
  int64_t first_, count_;
  at::Device device_;
  KeyValueCache cache_;
  Drawer drawer_;
  at::Tensor uniform_nB1_;
  at::Tensor tokens_Bn_;   ///< int64
  at::Tensor nats_B_;      ///< float64, summed over the drawn positions
  at::Tensor isFinite_n_;  ///< whether the model's output was, at each position
};

/// `prompts`: those that are scored.
void scoreOriginals(const Gpt& model, const SampleRequest& request, Range prompts, const Control& control,
                    SampleSet& set) {
  const int64_t count = prompts.size(), n = model.shape().positions;
  int64_t batch =
      std::clamp<int64_t>(kLogitBytes / (n * model.shape().paletteSize * 4), 1, std::max<int64_t>(count, 1));
  while (std::ssize(set.originalNats) < count) {
    control.check();
    const int64_t first = prompts.begin + std::ssize(set.originalNats);
    const auto nats = whileMemoryLasts(batch, model.weights().flat.device(), [&] {
      return model.nats(tokensOf(request.originals, first, std::min(first + batch, prompts.end))).cpu();
    });
    const std::span values(nats.const_data_ptr<float>(), static_cast<size_t>(nats.numel()));
    set.originalNats.insert(set.originalNats.end(), values.begin(), values.end());
  }
}

/// How many of `total` pictures are drawn together.
int64_t chunkSize(const Gpt& model, const SampleRequest& request, int64_t total) {
  const auto& shape = model.shape();
  const auto device = model.weights().flat.device();
  const int64_t imageBytes = canDecode(model.weights()) ? Decoder::cacheBytes(shape, hasBf16Cache(model, request))
                                                        : 2 * shape.layers * shape.positions * shape.width *
                                                              model.weights().operands.element_size();
  // On an accelerator the rest is for the prompts' own caches and for the passes over them.
  const int64_t bytes = device.is_cpu() ? kCacheBytes : freeMemory(device) / 3;
  return std::clamp<int64_t>(bytes / imageBytes, 1, total);
}

}  // namespace

SampleSet undrawn(const SampleRequest& request) {
  return {.step = request.step,
          .width = request.width,
          .height = request.height,
          .given = request.given,
          .perPrompt = request.perPrompt,
          .originals = request.originals};
}

SampleSet drawSamples(const Gpt& model, const SampleRequest& request, const Control& control) {
  check(model, request);
  const c10::InferenceMode valuesOnly;
  SampleSet set = undrawn(request);
  const bool isDecoded = canDecode(model.weights());
  const Range all{0, request.perPrompt * std::max<int64_t>(std::ssize(request.originals), 1)};
  const Range part = request.part.value_or(all);
  if (part.size() < 1) return set;
  const Range prompts{part.begin / request.perPrompt, (part.end - 1) / request.perPrompt + 1};
  if (request.scoreOriginals && !isDecoded && !request.originals.empty())
    scoreOriginals(model, request, prompts, control, set);

  int64_t batch = chunkSize(model, request, part.size());
  const auto drawn = [&](auto&& makeChunk) {
    const int64_t first = part.begin + std::ssize(set.samples);
    auto done = whileMemoryLasts(batch, model.weights().flat.device(), [&] {
      auto chunk = makeChunk(first, std::min(batch, part.end - first));
      chunk.draw(control);
      return chunk;
    });
    std::move(done).addTo(set);
  };
  std::shared_ptr<const PackedGpt> packed;
  while (std::ssize(set.samples) < part.size()) {
    if (isDecoded)
      drawn([&](int64_t first, int64_t count) {
        if (!packed) packed = std::make_shared<const PackedGpt>(model.weights());
        return DecodedChunk(packed, request, hasBf16Cache(model, request), first, count);
      });
    else
      drawn([&](int64_t first, int64_t count) { return Chunk(model, request, first, count); });
  }
  if (isDecoded && !set.originalNats.empty())
    set.originalNats.erase(set.originalNats.begin(), set.originalNats.begin() + prompts.begin);
  return set;
}

}  // namespace scanline
