#include "core/learn/model/token_draw.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/learn/kernels/decode_kernels.h"

namespace scanline {

DrawnToken TokenDrawer::draw(std::span<const float> logits, const TokenDrawSettings& settings, double uniform) {
  const int64_t V = std::ssize(logits);
  const auto& kernel = *kernels_->decode;
  shares_.resize(logits.size());
  const float top = kernel.shares(V, logits.data(), settings.temperature, shares_.data());
  double all = std::accumulate(shares_.begin(), shares_.end(), 0.0);
  if (settings.temperature != 1) {
    plain_.resize(logits.size());
    (void)kernel.shares(V, logits.data(), 1, plain_.data());
    all = std::accumulate(plain_.begin(), plain_.end(), 0.0);
  }
  if (!std::isfinite(all)) return {0, NAN};

  if (settings.topK > 0 && settings.topK < V) keepMostProbable(logits, settings.topK);
  if (settings.topP < 1) keepShare(settings.topP);
  std::partial_sum(shares_.begin(), shares_.end(), shares_.begin());
  const double total = shares_.back();
  auto found = std::upper_bound(shares_.begin(), shares_.end(), uniform * total);
  // Rounding may take the number up to the sum itself: that is the last colour which may be drawn.
  if (found == shares_.end()) found = std::lower_bound(shares_.begin(), shares_.end(), total);
  const auto token = static_cast<size_t>(found - shares_.begin());
  return {static_cast<Token>(token), std::log(all) - (static_cast<double>(logits[token]) - top)};
}

/// Ties go to the lower index.
void TokenDrawer::keepMostProbable(std::span<const float> logits, int64_t count) {
  sorted_.assign(logits.begin(), logits.end());
  const auto last = sorted_.begin() + (count - 1);
  std::nth_element(sorted_.begin(), last, sorted_.end(), std::greater<>());
  const float least = *last;
  auto ties = count - std::count_if(sorted_.begin(), last, [&](float logit) { return logit > least; });
  for (size_t i = 0; i < logits.size(); ++i)
    if (logits[i] < least || (logits[i] == least && ties-- <= 0)) shares_[i] = 0;
}

/// Ties go to the lower index.
void TokenDrawer::keepShare(double share) {
  const double total = std::accumulate(shares_.begin(), shares_.end(), 0.0);
  // The shares up to `small` sum to no more than the part to leave out, so that only larger ones have to be sorted.
  const double small = (1 - share) * total / static_cast<double>(shares_.size());
  order_.clear();
  for (size_t i = 0; i < shares_.size(); ++i)
    if (shares_[i] > small) order_.push_back(static_cast<int32_t>(i));
  std::ranges::stable_sort(
      order_, [&](int32_t a, int32_t b) { return shares_[static_cast<size_t>(a)] > shares_[static_cast<size_t>(b)]; });
  plain_.assign(shares_.size(), 0);
  double sum = 0;
  for (size_t i = 0; i < order_.size() && (i == 0 || sum < share * total); ++i) {
    const auto colour = static_cast<size_t>(order_[i]);
    sum += plain_[colour] = shares_[colour];
  }
  shares_.swap(plain_);
}

DrawnToken drawToken(std::span<const float> logits, const TokenDrawSettings& settings, double uniform) {
  return TokenDrawer(kernelTable()).draw(logits, settings, uniform);
}

}  // namespace scanline
