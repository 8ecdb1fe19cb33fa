#include "core/learn/evaluate/surprise.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/learn/model/device_memory.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/token_rows.h"
#include "core/run/diverged.h"

namespace scanline {

namespace {

constexpr int64_t kPassElements = int64_t{1} << 24;  // floats of the widest intermediate of one pass: 64 MB

/// float32 [3, M] on the CPU: nats, entropy and rank of M tokens under their logits.
at::Tensor numbersOf(const at::Tensor& logits_MV, const at::Tensor& tokens_M) {
  const auto logP_MV = at::log_softmax(logits_MV, -1);
  const auto token_M1 = tokens_M.unsqueeze(-1);
  const auto nats_M = -logP_MV.gather(-1, token_M1).squeeze(-1);
  const auto own_M1 = logits_MV.gather(-1, token_M1);
  const auto colours_V = at::arange(logits_MV.size(1), token_M1.options());
  const auto before_MV = (logits_MV > own_M1).logical_or_((logits_MV == own_M1).logical_and(colours_V < token_M1));
  // A colour whose probability vanishes adds nothing, where 0 * -inf would be no number.
  const auto entropy_M = -(logP_MV.exp() * logP_MV.clamp_min(-1e30)).sum(-1);
  return at::stack({nats_M, entropy_M, before_MV.sum(-1).to(at::kFloat)}).cpu().contiguous();
}

void append(Surprise& to, const at::Tensor& numbers_3M) {
  const auto count = numbers_3M.size(1);
  const auto* values = numbers_3M.const_data_ptr<float>();
  for (int64_t i = 0; i < count; ++i)
    if (!std::isfinite(values[i]))
      throw Diverged(
          "The model's output is not finite, so nothing can be said of pictures: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.");
  to.nats.insert(to.nats.end(), values, values + count);
  to.entropy.insert(to.entropy.end(), values + count, values + 2 * count);
  std::transform(values + 2 * count, values + 3 * count, std::back_inserter(to.rank),
                 [](float rank) { return static_cast<int32_t>(rank); });
}

/// Runs `numbers(first, count)` over pictures 0 .. total - 1 in batches that fit into memory.
template <class Numbers>
void inBatches(const Gpt& model, int64_t total, const Control& control, Surprise& to, const Numbers& numbers) {
  int64_t batch = passBatch(model.shape(), model.shape().positions, total);
  for (int64_t first = 0; first < total;) {
    control.report(first, total);
    const auto [count, found] = whileMemoryLasts(batch, model.weights().flat.device(), [&] {
      const int64_t some = std::min(batch, total - first);
      return std::pair(some, numbers(first, some));
    });
    append(to, found);
    first += count;
  }
}

/// The residual stream [B, n, D] of masked pictures.
at::Tensor streamOf(const Gpt& model, const at::Tensor& tokens_Bn, const at::Tensor& keep_Bn) {
  auto h_BnD = model.input(tokens_Bn, {.keep_Bn = keep_Bn});
  for (int64_t layer = 0; layer < model.shape().layers; ++layer) h_BnD = model.block(layer, h_BnD);
  return h_BnD;
}

/// bool [rows, n]: row i hides position first + i alone.
at::Tensor oneHidden(int64_t first, int64_t rows, int64_t n) {
  return at::ones({rows, n}, at::kBool).logical_and_(at::eye(rows, n, at::kBool).roll(first, 1).logical_not_());
}

/// Every pixel asked for alone: batches go over the positions of a picture.
void askEachAlone(const Gpt& model, const TokenSet& pictures, const Control& control, Surprise& to) {
  const auto device = model.weights().flat.device();
  const int64_t n = pictures.length, D = model.shape().width;
  int64_t batch = passBatch(model.shape(), n, n);
  for (int64_t image = 0; image < pictures.count; ++image) {
    const auto picture_1n = tokensOf(pictures, std::array{image});
    for (int64_t first = 0; first < n;) {
      control.report(image * n + first, pictures.count * n);
      const auto [count, found] = whileMemoryLasts(batch, device, [&] {
        const int64_t rows = std::min(batch, n - first);
        const auto h_BnD = streamOf(model, picture_1n.expand({rows, n}), oneHidden(first, rows, n));
        const auto places = uploaded(at::arange(rows) * n + at::arange(first, first + rows), device);
        const auto tokens = uploaded(picture_1n.flatten().narrow(0, first, rows), device);
        return std::pair(rows, numbersOf(model.head(h_BnD.view({rows * n, D}).index_select(0, places)), tokens));
      });
      append(to, found);
      first += count;
    }
  }
}

}  // namespace

int64_t passBatch(const GptShape& shape, int64_t positions, int64_t count) {
  const int64_t widest = std::max(4 * shape.width, shape.paletteSize);
  return std::clamp<int64_t>(kPassElements / (widest * positions), 1, std::max<int64_t>(1, count));
}

Surprise surpriseOf(const Gpt& model, const TokenSet& pictures, std::span<const uint8_t> keep, const Control& control) {
  const c10::InferenceMode valuesOnly;
  const auto device = model.weights().flat.device();
  const int64_t n = pictures.length, V = model.shape().paletteSize, D = model.shape().width;
  Surprise surprise;
  if (model.shape().objective == Objective::Autoregressive) {
    inBatches(model, pictures.count, control, surprise, [&](int64_t first, int64_t count) {
      const auto tokens_Bn = uploaded(tokensOf(pictures, rowsFrom(first, count)), device);
      return numbersOf(model.logits(tokens_Bn).view({count * n, V}), tokens_Bn.flatten());
    });
    return surprise;
  }
  if (keep.empty()) {
    askEachAlone(model, pictures, control, surprise);
    return surprise;
  }
  inBatches(model, pictures.count, control, surprise, [&](int64_t first, int64_t count) {
    const auto tokens_Bn = tokensOf(pictures, rowsFrom(first, count));
    auto keep_Bn = at::empty({count, n}, at::kBool);
    std::ranges::transform(keep.subspan(static_cast<size_t>(first * n), static_cast<size_t>(count * n)),
                           keep_Bn.mutable_data_ptr<bool>(), [](uint8_t visible) { return visible != 0; });
    const auto places = maskedPlaces(keep_Bn);
    const auto found = numbersOf(
        model.head(streamOf(model, tokens_Bn, keep_Bn).view({count * n, D}).index_select(0, uploaded(places, device))),
        uploaded(tokens_Bn.flatten().index_select(0, places), device));
    return at::zeros({3, count * n}).index_copy_(1, places, found);
  });
  return surprise;
}

at::Tensor logitsOfMasked(const Gpt& model, std::span<const Token> picture, int64_t position,
                          std::span<const uint8_t> keep) {
  const c10::InferenceMode valuesOnly;
  const auto n = std::ssize(picture);
  auto tokens_1n = at::empty({1, n}, at::kLong);
  std::ranges::copy(picture, tokens_1n.mutable_data_ptr<int64_t>());
  auto keep_1n = at::ones({1, n}, at::kBool);
  auto* visible = keep_1n.mutable_data_ptr<bool>();
  for (size_t i = 0; i < keep.size(); ++i) visible[i] = keep[i] != 0;
  visible[position] = false;
  return model.head(streamOf(model, tokens_1n, keep_1n).narrow(1, position, 1).contiguous()).flatten().cpu();
}

}  // namespace scanline
