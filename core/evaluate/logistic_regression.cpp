#include "core/evaluate/logistic_regression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/evaluate/lbfgs.h"

namespace scanline {

namespace {

constexpr double kLargest = 1e100;                // of a feature: products of two, summed over the rows, stay finite
constexpr int64_t kCurvatureRowsPerFeature = 16;  // rows that estimate the curvature; more would change it little
constexpr int64_t kMaxCurvatureFeatures = 4096;   // above, its factorisation would cost more than it saves

void checkFeatures(const at::Tensor& x_ND) {
  TORCH_INTERNAL_ASSERT(x_ND.dim() == 2 && x_ND.device().is_cpu());
  if (x_ND.size(0) == 0) throw Error("A probe needs labelled images to learn from, and there are none.");
  const auto [low, high] = at::aminmax(x_ND);
  const double largest =
      std::max(std::abs(low.item<double>()), high.item<double>());  // NaN if any is: aminmax passes it on
  if (!(largest <= kLargest))
    throw Error(fmt::format(
        "A feature has the value {}; a probe can be fitted only to finite numbers up to {}. The model that made it "
        "has diverged.",
        largest, kLargest));
}

at::Tensor checkedLabels(const at::Tensor& x_ND, std::span<const int32_t> labels, int64_t classes) {
  if (std::ssize(labels) != x_ND.size(0))
    throw Error(
        fmt::format("There are {} rows of features and {} labels; each row needs one.", x_ND.size(0), labels.size()));
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(fmt::format("Row {} has the label {}; expected 0 to {}.", i, labels[i], classes - 1));
  if (std::ranges::all_of(labels, [&](int32_t label) { return label == labels[0]; }))
    throw Error(fmt::format("All {} rows are of class {}; a probe needs at least two classes. Give it more images.",
                            labels.size(), labels[0]));
  auto y_N = at::empty({x_ND.size(0)}, at::kLong);
  std::ranges::copy(labels, y_N.mutable_data_ptr<int64_t>());
  return y_N;
}

/// The objective along lines. Features are centred, which the intercept absorbs, so that weights and intercept hardly
/// interact. A point is [D + 1, C]: the weights and, below them, the intercept.
///
/// Logits are linear in the point. So those of the present point and of the direction are kept, a trial step costs only
/// passes over [C, N], and an iteration reads the features twice (direction, gradient) however many steps its line
/// search tries.
class Objective final : public LineObjective {
 public:
  Objective(at::Tensor xc_ND, at::Tensor y_N, int64_t classes, double l2)
      : xc_ND_(std::move(xc_ND)),
        xc_DN_(xc_ND_.t()),
        y_1N_(y_N.unsqueeze(0)),
        l2_(l2),
        point_(at::zeros({xc_ND_.size(1) + 1, classes}, at::kDouble)),
        logits_CN_(at::zeros({classes, xc_ND_.size(0)}, at::kDouble)) {
    prepareCurvature();
  }

  double value() override {
    startLine(at::zeros_like(point_));
    return at(0).value;
  }

  void startLine(const at::Tensor& direction) override {
    direction_ = direction;
    const int64_t D = xc_ND_.size(1);
    slope_CN_ = at::addmm(direction[D].unsqueeze(1), direction.narrow(0, 0, D).t(), xc_DN_);
    const auto w = point_.narrow(0, 0, D), d = direction.narrow(0, 0, D);
    ww_ = (w * w).sum().item<double>();
    wd_ = (w * d).sum().item<double>();
    dd_ = (d * d).sum().item<double>();
  }

  Value at(double step) override {
    trial_CN_ = at::add(logits_CN_, slope_CN_, step);
    const auto logP_CN = at::log_softmax(trial_CN_, 0);
    const double loss = -logP_CN.gather(0, y_1N_).mean().item<double>();
    residual_CN_ = logP_CN.exp_();
    residual_CN_.scatter_add_(0, y_1N_, at::full({1, 1}, -1.0, at::kDouble).expand_as(y_1N_));
    const double rows = static_cast<double>(xc_ND_.size(0));
    const double slope = at::dot(residual_CN_.view(-1), slope_CN_.view(-1)).item<double>() / rows;
    return {loss + 0.5 * l2_ * (ww_ + 2 * step * wd_ + step * step * dd_), slope + l2_ * (wd_ + step * dd_)};
  }

  void accept(double step) override {
    point_.add_(direction_, step);
    logits_CN_ = trial_CN_;
  }

  at::Tensor gradient() override {
    const int64_t D = xc_ND_.size(1);
    const auto scaled_CN = residual_CN_.div(static_cast<double>(xc_ND_.size(0)));
    auto g = at::empty_like(point_);
    g.narrow(0, 0, D).copy_(at::mm(scaled_CN, xc_ND_).t());
    g.narrow(0, 0, D).add_(point_.narrow(0, 0, D), l2_);
    g[D].copy_(scaled_CN.sum(1));
    return g;
  }

  /// The inverse of the Hessian at zero weights: with all classes equally likely it is (XᵀX/N)/C + lambda for every
  /// class.
  at::Tensor precondition(const at::Tensor& g) const override {
    const int64_t D = xc_ND_.size(1);
    auto out = at::empty_like(g);
    const auto weights = g.narrow(0, 0, D);
    out.narrow(0, 0, D).copy_(factor_.defined() ? at::cholesky_solve(weights * scale_D1_, factor_) * scale_D1_
                                                : weights * scale_D1_.square());
    out[D].copy_(g[D] * static_cast<double>(point_.size(1)));
    return out;
  }

  const at::Tensor& point() const { return point_; }

 private:
  void prepareCurvature() {
    const int64_t N = xc_ND_.size(0), D = xc_ND_.size(1);
    const int64_t stride = std::max<int64_t>(N / (kCurvatureRowsPerFeature * D), 1);
    const auto rows = xc_ND_.slice(0, 0, N, stride);
    const double share = 1.0 / static_cast<double>(rows.size(0) * point_.size(1));
    const auto diagonal = rows.square().sum(0) * share + l2_;
    scale_D1_ = at::where(diagonal > 0, diagonal.rsqrt(), at::ones_like(diagonal)).unsqueeze(1);
    if (D > kMaxCurvatureFeatures) return;
    auto scaled = rows * scale_D1_.t();
    auto curvature = at::mm(scaled.t(), scaled).mul_(share);
    curvature.diagonal().add_(scale_D1_.squeeze(1).square() * l2_ + 1e-10);  // 1e-10: features may depend on each other
    const auto [factor, failed] = at::linalg_cholesky_ex(curvature);
    if (failed.item<int>() == 0) factor_ = factor;  // otherwise the diagonal has to do: slower, to the same end
  }

  at::Tensor xc_ND_, xc_DN_, y_1N_;
  double l2_;
  at::Tensor point_, direction_;
  at::Tensor logits_CN_, slope_CN_, trial_CN_, residual_CN_;
  double ww_ = 0, wd_ = 0, dd_ = 0;
  at::Tensor factor_, scale_D1_;
};

}  // namespace

Standardizer::Standardizer(const at::Tensor& x_ND) {
  checkFeatures(x_ND);
  const auto x = x_ND.to(at::kDouble);
  mean_D_ = x.mean(0);
  const auto deviation = (x - mean_D_).square_().mean(0).sqrt_();
  // What is constant but for rounding has no information; without this, the noise of the last digit would become a
  // feature.
  const auto varies = deviation > 1e-12 * mean_D_.abs();
  scale_D_ = at::where(varies, deviation.reciprocal(), at::zeros_like(deviation));
}

at::Tensor Standardizer::apply(const at::Tensor& x_ND) const {
  return (x_ND.to(at::kDouble) - mean_D_).mul_(scale_D_);
}

at::Tensor LogisticModel::logits(const at::Tensor& x_ND) const {
  return at::addmm(intercept_C, x_ND.to(at::kDouble), weights_DC);
}

std::optional<LogisticModel> fitLogistic(const at::Tensor& x_ND, std::span<const int32_t> labels, int64_t classes,
                                         const LogisticOptions& options, const std::function<bool()>& keepGoing) {
  checkFeatures(x_ND);
  const auto y_N = checkedLabels(x_ND, labels, classes);
  const c10::InferenceMode valuesOnly;
  const auto x = x_ND.to(at::kDouble);
  const auto mean_D = x.mean(0);
  Objective objective((x - mean_D).contiguous(), y_N, classes, options.l2);
  const auto end =
      minimize(objective, {.maxIterations = options.maxIterations, .tolerance = options.tolerance}, keepGoing);
  if (!end) return std::nullopt;

  const int64_t D = x.size(1);
  LogisticModel model;
  model.weights_DC = objective.point().narrow(0, 0, D).contiguous();
  model.intercept_C = objective.point()[D] - at::mv(model.weights_DC.t(), mean_D);
  model.objective = end->value;
  model.iterations = end->iterations;
  model.converged = end->converged;
  return model;
}

}  // namespace scanline
