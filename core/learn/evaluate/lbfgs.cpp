#include "core/learn/evaluate/lbfgs.h"

#include <cmath>
#include <deque>
#include <vector>

namespace scanline {

namespace {

constexpr size_t kHistory = 10;
constexpr double kDecrease = 1e-4, kCurvature = 0.5;  // of the strong Wolfe conditions
constexpr int kMaxTrials = 40;

using Value = LineObjectives::Value;

double scalarProduct(const at::Tensor& a, const at::Tensor& b) {
  return at::dot(a.view(-1), b.view(-1)).item<double>();
}

/// Pairs of steps and changes of the gradient, and the product of the inverse Hessian they imply with a gradient. That
/// product is made in two halves, for between them all functions are preconditioned at once.
class History {
 public:
  /// `preconditioned`: the change, preconditioned.
  void add(at::Tensor step, at::Tensor change, const at::Tensor& preconditioned) {
    const double product = scalarProduct(step, change);
    if (!(product > 0)) return;  // rounding only: the line search sees to it
    if (pairs_.size() == kHistory) pairs_.pop_front();
    const double norm = scalarProduct(change, preconditioned);
    pairs_.push_back({std::move(step), std::move(change), product, product / norm});
  }

  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  void firstHalf(at::Tensor q) {
    alphas_.resize(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      alphas_[i] = scalarProduct(pairs_[i].step, q) / pairs_[i].product;
      q.sub_(pairs_[i].change, alphas_[i]);
    }
  }

  void secondHalf(at::Tensor q) const {
    if (!pairs_.empty()) q.mul_(pairs_.back().scale);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = scalarProduct(pairs_[i].change, q) / pairs_[i].product;
      q.add_(pairs_[i].step, alphas_[i] - beta);
    }
  }

 private:
  struct Pair {
    at::Tensor step, change;
    double product;  ///< step . change
    double scale;    ///< how far the preconditioner is off along this pair
  };
  std::deque<Pair> pairs_;
  std::vector<double> alphas_;
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
Trial lineSearch(LineObjectives& objectives, int64_t k, const Value& start) {
  const double noise = 1e-15 * std::abs(start.value);
  const auto tooHigh = [&](const Trial& trial) {
    return !(trial.at.value <= start.value + kDecrease * trial.step * start.slope + noise);  // true for NaN
  };
  const auto flat = [&](const Trial& trial) { return std::abs(trial.at.slope) <= -kCurvature * start.slope; };

  Trial low{0, start}, high{0, start}, trial{1, {}};
  bool bracketed = false;
  for (int count = 0; count < kMaxTrials; ++count) {
    trial.at = objectives.at(k, trial.step);
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

/// One function on its way.
struct Minimizer {
  size_t place = 0;  ///< among all that were begun with
  History history;
  at::Tensor gradient;
  LbfgsEnd end;
  bool isStuck = false;
};

at::Tensor descents(const LineObjectives& objectives, std::vector<Minimizer>& minimizers) {
  std::vector<at::Tensor> gradients;
  for (const auto& minimizer : minimizers) gradients.push_back(minimizer.gradient);
  auto q = at::stack(gradients);
  for (size_t k = 0; k < minimizers.size(); ++k) minimizers[k].history.firstHalf(q[static_cast<int64_t>(k)]);
  q = objectives.precondition(q);
  for (size_t k = 0; k < minimizers.size(); ++k) minimizers[k].history.secondHalf(q[static_cast<int64_t>(k)]);
  return q.neg_();
}

/// Directions in which every function goes down. Slopes beside them.
at::Tensor goodDescents(const LineObjectives& objectives, std::vector<Minimizer>& minimizers,
                        std::vector<double>& slopes) {
  at::Tensor directions;
  for (bool good = false; !good;) {
    directions = descents(objectives, minimizers);
    slopes.clear();
    good = true;
    for (size_t k = 0; k < minimizers.size(); ++k) {
      slopes.push_back(scalarProduct(directions[static_cast<int64_t>(k)], minimizers[k].gradient));
      if (slopes.back() < 0 || minimizers[k].history.empty()) continue;
      minimizers[k].history.clear();
      good = false;
    }
  }
  return directions;
}

/// One step of every function. A line search that finds nothing costs its function the history, or shows that it is
/// stuck.
void takeSteps(LineObjectives& objectives, std::vector<Minimizer>& minimizers) {
  std::vector<double> slopes;
  const auto directions = goodDescents(objectives, minimizers, slopes);
  objectives.startLines(directions);
  std::vector<Trial> found;
  for (size_t k = 0; k < minimizers.size(); ++k)
    found.push_back(lineSearch(objectives, static_cast<int64_t>(k), {minimizers[k].end.value, slopes[k]}));

  for (size_t k = 0; k < minimizers.size(); ++k)
    if (found[k].step > 0) objectives.accept(static_cast<int64_t>(k), found[k].step);

  const auto next = objectives.gradients();
  auto changes = next.clone();
  for (size_t k = 0; k < minimizers.size(); ++k) changes[static_cast<int64_t>(k)].sub_(minimizers[k].gradient);
  const auto preconditioned = objectives.precondition(changes);
  for (size_t k = 0; k < minimizers.size(); ++k) {
    auto& minimizer = minimizers[k];
    const auto row = static_cast<int64_t>(k);
    ++minimizer.end.iterations;
    if (found[k].step == 0) {
      minimizer.isStuck =
          minimizer.history.empty();  // not even steepest descent goes down: the limit of double precision
      minimizer.history.clear();
      continue;
    }
    minimizer.history.add(directions[row].mul(found[k].step), changes[row].clone(), preconditioned[row]);
    minimizer.gradient = next[row];
    minimizer.end.value = found[k].at.value;
  }
}

}  // namespace

std::vector<LbfgsEnd> minimize(LineObjectives& objectives, const LbfgsOptions& options, const Control& control) {
  std::vector<Minimizer> minimizers(static_cast<size_t>(objectives.count()));
  std::vector<LbfgsEnd> ends(minimizers.size());
  for (size_t k = 0; k < minimizers.size(); ++k) minimizers[k].end.value = objectives.value(static_cast<int64_t>(k));
  const auto gradients = objectives.gradients();
  for (size_t k = 0; k < minimizers.size(); ++k) {
    minimizers[k].place = k;
    minimizers[k].gradient = gradients[static_cast<int64_t>(k)];
  }
  while (true) {
    control.check();
    std::vector<Minimizer> going;
    std::vector<int64_t> kept;
    for (size_t k = 0; k < minimizers.size(); ++k) {
      auto& minimizer = minimizers[k];
      minimizer.end.converged =
          !minimizer.isStuck && minimizer.gradient.abs().max().item<double>() <= options.tolerance;
      ends[minimizer.place] = minimizer.end;
      if (minimizer.end.converged || minimizer.isStuck || minimizer.end.iterations >= options.maxIterations) continue;
      kept.push_back(static_cast<int64_t>(k));
      going.push_back(std::move(minimizer));
    }
    if (kept.size() != minimizers.size()) objectives.keep(kept);
    minimizers = std::move(going);
    if (minimizers.empty()) return ends;
    takeSteps(objectives, minimizers);
  }
}

}  // namespace scanline
