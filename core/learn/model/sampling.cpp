#include "core/learn/model/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "core/learn/model/decoder.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/tensor_chunk.h"
#include "core/learn/model/token_rows.h"
#include "core/tokens/tokens.h"

namespace scanline {

namespace {

constexpr int64_t kCacheBytes = 256 << 20;  // keys and values of one chunk, on a CPU
constexpr int64_t kLogitBytes = 64 << 20;   // logits of one pass that scores originals

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
      drawn([&](int64_t first, int64_t count) { return TensorChunk(model, request, first, count); });
  }
  if (isDecoded && !set.originalNats.empty())
    set.originalNats.erase(set.originalNats.begin(), set.originalNats.begin() + prompts.begin);
  return set;
}

}  // namespace scanline
