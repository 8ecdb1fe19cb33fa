#include "core/evaluate/lbfgs.h"

#include <cmath>
#include <deque>
#include <vector>

namespace scanline {

namespace {

constexpr size_t kHistory = 10;
constexpr double kDecrease = 1e-4, kCurvature = 0.5;  // of the strong Wolfe conditions
constexpr int kMaxTrials = 40;

using Value = LineObjective::Value;

double scalarProduct(const at::Tensor& a, const at::Tensor& b) {
  return at::dot(a.view(-1), b.view(-1)).item<double>();
}

/// Pairs of steps and changes of the gradient, and the product of the inverse Hessian they imply with a gradient.
class History {
 public:
  explicit History(const LineObjective& objective) : objective_(objective) {}

  void add(at::Tensor step, at::Tensor change) {
    const double product = scalarProduct(step, change);
    if (!(product > 0)) return;  // rounding only: the line search sees to it
    if (pairs_.size() == kHistory) pairs_.pop_front();
    const double norm = scalarProduct(change, objective_.precondition(change));
    pairs_.push_back({std::move(step), std::move(change), product, product / norm});
  }

  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  at::Tensor descent(const at::Tensor& gradient) const {
    auto q = gradient.clone();
    std::vector<double> alphas(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = scalarProduct(pairs_[i].step, q) / pairs_[i].product;
      q.sub_(pairs_[i].change, alphas[i]);
    }
    q = objective_.precondition(q);
    if (!pairs_.empty()) q.mul_(pairs_.back().scale);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = scalarProduct(pairs_[i].change, q) / pairs_[i].product;
      q.add_(pairs_[i].step, alphas[i] - beta);
    }
    return q.neg_();
  }

 private:
  struct Pair {
    at::Tensor step, change;
    double product;  ///< step . change
    double scale;    ///< how far the preconditioner is off along this pair
  };
  const LineObjective& objective_;
  std::deque<Pair> pairs_;
};

struct Trial {
  double step = 0;
  Value at;
};

/// Minimiser between two trials of the cubic through their values and slopes; the middle where that is of no use.
double between(const Trial& a, const Trial& b) {
  const double d1 = a.at.slope + b.at.slope - 3 * (a.at.value - b.at.value) / (a.step - b.step);
  const double square = d1 * d1 - a.at.slope * b.at.slope;
  const double low = std::min(a.step, b.step), width = std::abs(b.step - a.step);
  if (square >= 0) {
    const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
    const double step = b.step - (b.step - a.step) * (b.at.slope + d2 - d1) / (b.at.slope - a.at.slope + 2 * d2);
    if (step > low + 0.1 * width && step < low + 0.9 * width) return step;
  }
  return low + 0.5 * width;
}

/// A step that fulfils the strong Wolfe conditions, or, where rounding hides the decrease, one that does not raise the
/// value and flattens the slope. 0 if there is none.
Trial lineSearch(LineObjective& objective, const Value& start) {
  const double noise = 1e-15 * std::abs(start.value);
  const auto tooHigh = [&](const Trial& trial) {
    return !(trial.at.value <= start.value + kDecrease * trial.step * start.slope + noise);  // true for NaN
  };
  const auto flat = [&](const Trial& trial) { return std::abs(trial.at.slope) <= -kCurvature * start.slope; };

  Trial low{0, start}, high{0, start}, trial{1, {}};
  bool bracketed = false;
  for (int count = 0; count < kMaxTrials; ++count) {
    trial.at = objective.at(trial.step);
    if (tooHigh(trial) || (bracketed && trial.at.value > low.at.value + noise)) {
      high = trial;
      bracketed = true;
    } else if (flat(trial)) {
      return trial;
    } else {
      const bool pastMinimum = trial.at.slope * (bracketed ? high.step - low.step : 1) >= 0;
      if (pastMinimum) {
        high = low;
        bracketed = true;
      }
      low = trial;
    }
    trial.step = bracketed ? between(low, high) : 2 * trial.step;
    if (bracketed && std::abs(high.step - low.step) < 1e-14) break;
  }
  return {0, start};
}

}  // namespace

std::optional<LbfgsEnd> minimize(LineObjective& objective, const LbfgsOptions& options,
                                 const std::function<bool()>& keepGoing) {
  History history(objective);
  LbfgsEnd end{.value = objective.value()};
  auto gradient = objective.gradient();
  for (;; ++end.iterations) {
    if (keepGoing && !keepGoing()) return std::nullopt;
    end.converged = gradient.abs().max().item<double>() <= options.tolerance;
    if (end.converged || end.iterations >= options.maxIterations) return end;

    auto direction = history.descent(gradient);
    double slope = scalarProduct(direction, gradient);
    if (!(slope < 0)) {
      history.clear();
      direction = history.descent(gradient);
      slope = scalarProduct(direction, gradient);
    }
    objective.startLine(direction);
    const auto found = lineSearch(objective, {end.value, slope});
    if (found.step == 0) {
      if (history.empty()) return end;  // not even steepest descent goes down: the limit of double precision
      history.clear();
      continue;
    }
    auto next = objective.gradient();
    objective.accept(found.step);
    history.add(direction.mul(found.step), next - gradient);
    gradient = next;
    end.value = found.at.value;
  }
}

}  // namespace scanline
