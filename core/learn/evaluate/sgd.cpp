#include "core/learn/evaluate/sgd.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/tokens/batches.h"

namespace scanline {

namespace {

constexpr int64_t kScoredRows = 4096;  // at a time

/// Weights and intercept that SGD changes: of rows that are standardised and divided by `length`.
struct Point {
  at::Tensor weights_DC, intercept_C;
};

at::Tensor logitsOf(const Point& point, const at::Tensor& x_BD) {
  return at::addmm(point.intercept_C, x_BD, point.weights_DC);
}

/// Cross entropy and accuracy over all rows.
void scoreAll(LogisticModel& model, const Point& point, const at::Tensor& x_ND, const Standardizer& standardizer,
              double length, const at::Tensor& y_N) {
  const int64_t N = x_ND.size(0);
  double nats = 0, right = 0;
  for (int64_t first = 0; first < N; first += kScoredRows) {
    const int64_t rows = std::min(kScoredRows, N - first);
    const auto logits = logitsOf(point, standardizer.apply(x_ND.narrow(0, first, rows), at::kFloat).div_(length));
    const auto y = y_N.narrow(0, first, rows);
    nats -= at::log_softmax(logits, -1).gather(1, y.unsqueeze(1)).sum(at::kDouble).item<double>();
    right += (logits.argmax(-1) == y).sum().item<double>();
  }
  model.objective = nats / static_cast<double>(N);
  model.trainAccuracy = right / static_cast<double>(N);
}

}  // namespace

LogisticModel fitSgd(const at::Tensor& x_ND, const Standardizer& standardizer, std::span<const int32_t> labels,
                     int64_t classes, const SgdOptions& options, const Control& control) {
  const auto y_N = checkedLabels(x_ND.size(0), labels, classes);
  const c10::InferenceMode valuesOnly;
  const int64_t N = x_ND.size(0), D = x_ND.size(1), B = options.batchSize;
  const double length = std::sqrt(static_cast<double>(std::max<int64_t>(1, standardizer.varying())));
  Point point{at::zeros({D, classes}), at::zeros({classes})}, velocity{at::zeros({D, classes}), at::zeros({classes})};
  auto rows_B = at::empty({B}, at::kLong);
  const auto one = at::full({1, 1}, -1.0f).expand({B, 1});
  for (int64_t step = 0; step < options.steps; ++step) {
    control.check();
    std::ranges::copy(batchRows(N, B, options.seed, step, Purpose::ProbeBatches), rows_B.mutable_data_ptr<int64_t>());
    const auto x_BD = standardizer.apply(x_ND.index_select(0, rows_B), at::kFloat).div_(length);
    auto residual_BC = at::softmax(logitsOf(point, x_BD), -1);
    residual_BC.scatter_add_(1, y_N.index_select(0, rows_B).unsqueeze(1), one).div_(static_cast<double>(B));

    velocity.weights_DC.mul_(options.momentum).addmm_(x_BD.t(), residual_BC);
    velocity.intercept_C.mul_(options.momentum).add_(residual_BC.sum(0));
    const double progress = static_cast<double>(step) / static_cast<double>(options.steps);
    const double rate = options.learningRate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
    point.weights_DC.sub_(velocity.weights_DC, rate);
    point.intercept_C.sub_(velocity.intercept_C, rate);
  }
  if (!at::isfinite(point.weights_DC).all().item<bool>())
    throw Error(fmt::format("The probe's weights grew beyond all bounds at probe.learningRate {:g}. Take a lower one.",
                            options.learningRate));

  LogisticModel model{.weights_DC = point.weights_DC.to(at::kDouble) / length,
                      .intercept_C = point.intercept_C.to(at::kDouble),
                      .iterations = options.steps,
                      .converged = true};
  scoreAll(model, point, x_ND, standardizer, length, y_N);
  return model;
}

}  // namespace scanline
