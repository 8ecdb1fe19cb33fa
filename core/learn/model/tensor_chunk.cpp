#include "core/learn/model/tensor_chunk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/random.h"
#include "core/learn/model/device_graph.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/token_rows.h"
#include "core/run/diverged.h"

namespace scanline {

namespace {

constexpr int64_t kRoom = 64;                // entries of the cache by which what is looked at grows
constexpr uint32_t kWholeImages = 1U << 31;  // whole images must not repeat the random numbers of completions

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

}  // namespace

double uniformAt(const SampleRequest& request, int64_t position, int64_t picture) {
  const uint32_t family = request.originals.empty() ? kWholeImages : 0;
  return RandomStream(request.seed, Purpose::SampleTokens, static_cast<uint64_t>(position),
                      family | static_cast<uint32_t>(picture))
      .uniform();
}

void throwDiverged(int64_t position) {
  throw Diverged(fmt::format(
      "The model's output for pixel {} is not finite, so nothing can be drawn: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.",
      position));
}

TensorChunk::TensorChunk(const Gpt& model, const SampleRequest& request, int64_t first, int64_t count)
    : model_(model),
      request_(request),
      first_(first),
      count_(count),
      device_(model.weights().flat.device()),
      cache_(model.weights(), count, model.shape().positions),
      uniform_nB1_(uploaded(uniformNumbers(), device_)),
      position_1_(at::full({1}, request.given, at::TensorOptions(at::kLong).device(device_))),
      entries_n_(at::arange(model.shape().positions, at::TensorOptions(at::kLong).device(device_))),
      tokens_Bn_(at::zeros({count, model.shape().positions}, at::TensorOptions(at::kLong).device(device_))),
      nats_B_(at::zeros({count}, at::TensorOptions(at::kDouble).device(device_))),
      isFinite_n_(at::ones({model.shape().positions}, at::TensorOptions(at::kBool).device(device_))) {}

void TensorChunk::draw(const Control& control) {
  const int64_t n = model_.shape().positions;
  control.check();
  if (!device_.is_cpu())  // hidden entries are multiplied, too
    for (auto* list : {&cache_.keys, &cache_.values})
      for (auto& entries : *list) entries.zero_();
  logits_BV_ = prefill().contiguous();
  MadeGraph made = request_.usesGraph && !device_.is_cpu() ? makeDeviceGraph(device_) : MadeGraph{};
  tell(made.problem);
  {
    RepeatedWork step(device_, std::move(made.graph));
    for (int64_t position = request_.given; position + 1 < n; ++position) {
      control.check();
      // The host gives the work's size alone, in strides: a new size is another graph.
      const int64_t room = std::min(n, (position + 2 + kRoom - 1) / kRoom * kRoom);
      step.run(room, [&] {
        const auto token_B1 = place();
        advance(token_B1, position + 1, room);
      });
    }
    tell(step.problem());
  }
  place();
}

void TensorChunk::addTo(SampleSet& set) && {
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

at::Tensor TensorChunk::forward(int64_t first, int64_t count, KeyValueCache& cache, const at::Tensor& tokens) const {
  auto h_BTD = model_.embed(tokens, first, count);
  for (int64_t layer = 0; layer < model_.shape().layers; ++layer) h_BTD = model_.block(layer, h_BTD, &cache);
  cache.length += count;
  return model_.head(h_BTD.narrow(1, count - 1, 1).contiguous()).squeeze(1);
}

at::Tensor TensorChunk::uniformNumbers() const {
  auto numbers = at::zeros({model_.shape().positions, count_, 1}, at::kDouble);
  auto* number = numbers.mutable_data_ptr<double>() + request_.given * count_;
  for (int64_t position = request_.given; position < model_.shape().positions; ++position)
    for (int64_t i = 0; i < count_; ++i) *number++ = uniformAt(request_, position, first_ + i);
  return numbers;
}

at::Tensor TensorChunk::prefill() {
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

at::Tensor TensorChunk::place() {
  const auto logSum_B = at::logsumexp(logits_BV_, -1);
  isFinite_n_.index_copy_(0, position_1_, at::isfinite(logSum_B).all().view({1}));
  const auto token_B1 = Drawer(request_.temperature, request_.topK, model_.shape().paletteSize)
                            .draw(logits_BV_, uniform_nB1_.index_select(0, position_1_).squeeze(0));
  tokens_Bn_.index_copy_(1, position_1_, token_B1);
  nats_B_.add_(logSum_B - logits_BV_.gather(1, token_B1).squeeze(1));
  return token_B1;
}

void TensorChunk::advance(const at::Tensor& token_B1, int64_t position, int64_t room) {
  position_1_.add_(1);
  const auto options = model_.weights().operands.options();
  if (!device_.is_cpu())
    cache_.place = KeyValueCache::Place{
        .position_1 = position_1_,
        .room = room,
        .hidden_R = at::zeros({room}, options).masked_fill_(entries_n_.narrow(0, 0, room).gt(position_1_), -INFINITY)};
  auto h_B1D = device_.is_cpu() ? model_.embed(tokens_Bn_, position, 1) : model_.embedAt(token_B1, position_1_);
  for (int64_t layer = 0; layer < model_.shape().layers; ++layer) h_B1D = model_.block(layer, h_B1D, &cache_);
  ++cache_.length;
  logits_BV_.copy_(model_.head(h_B1D).squeeze(1));
}

void TensorChunk::tell(const std::string& problem) const {
  if (!problem.empty() && request_.say)
    request_.say(fmt::format("Pictures are drawn without a CUDA graph, kernel by kernel. {}", problem));
}

}  // namespace scanline
