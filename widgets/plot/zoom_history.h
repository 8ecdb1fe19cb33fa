#pragma once

#include <optional>
#include <vector>

#include "widgets/plot/chart_types.h"

namespace scanline {

/// The part of a chart that is shown; an axis without a span fits the data.
struct ChartView {
  std::optional<Span> x, y;
  bool operator==(const ChartView&) const = default;
};

/// The views somebody looked at, with a way back and forth.
class ZoomHistory {
 public:
  const ChartView& current() const { return views_[at_]; }
  /// A step to a view, perhaps an equal one (linked charts keep their steps alike); the views after it are forgotten.
  /// With `replace` it takes the current one's place (the turns of one wheel are one step of the way back).
  void go(const ChartView& view, bool replace = false) {
    views_.resize(at_ + 1);
    if (replace && at_ > 0)
      views_.back() = view;
    else
      views_.push_back(view);
    at_ = views_.size() - 1;
  }
  /// Moves the current view along without a step (following a live run).
  void shift(const ChartView& view) { views_[at_] = view; }
  bool canGoBack() const { return at_ > 0; }
  bool canGoForward() const { return at_ + 1 < views_.size(); }
  void back() { at_ -= canGoBack() ? 1 : 0; }
  void forward() { at_ += canGoForward() ? 1 : 0; }

 private:
  std::vector<ChartView> views_{ChartView{}};
  size_t at_ = 0;
};

}  // namespace scanline
