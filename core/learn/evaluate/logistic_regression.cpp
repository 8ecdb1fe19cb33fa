#include "core/learn/evaluate/logistic_regression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/learn/evaluate/lbfgs.h"

namespace scanline {

namespace {

constexpr double kLargest = 1e100;                // of a feature: products of two, summed over the rows, stay finite
constexpr int64_t kCurvatureRowsPerFeature = 16;  // rows that estimate the curvature; more would change it little
constexpr int64_t kMaxCurvatureFeatures = 4096;   // above, its factorisation would cost more than it saves

constexpr int64_t kBlockElements = 1 << 22;  // features that are summed or standardised at a time: 32 MB in double

/// The largest magnitude.
double checkFeatures(const at::Tensor& x_ND) {
  TORCH_INTERNAL_ASSERT(x_ND.dim() == 2 && x_ND.device().is_cpu());
  if (x_ND.size(0) == 0) throw Error("A probe needs labelled images to learn from, and there are none.");
  const auto [low, high] = at::aminmax(x_ND);
  // NaN if any is: aminmax passes it on.
  const double largest = std::max(std::abs(low.item<double>()), high.item<double>());
  if (!(largest <= kLargest))
    throw Error(fmt::format(
        "A feature has the value {}; a probe can be fitted only to finite numbers up to {}. The model that made it has diverged.",
        largest, kLargest));
  return largest;
}

/// The rows a few at a time, in double: whole, they might not fit into memory once more.
void forBlocks(const at::Tensor& x_ND, const std::function<void(int64_t first, const at::Tensor& block_RD)>& work) {
  const int64_t rows = std::max<int64_t>(1, kBlockElements / std::max<int64_t>(1, x_ND.size(1)));
  for (int64_t first = 0; first < x_ND.size(0); first += rows)
    work(first, x_ND.narrow(0, first, std::min(rows, x_ND.size(0) - first)).to(at::kDouble));
}

/// The objectives of K penalties along lines. Features are centred, which the intercept absorbs, so that weights and
/// intercept hardly interact. A point is [C, D + 1]: the weights and, beside them, the intercept.
///
/// Logits are linear in the point. So those of the present point and of the direction are kept, a trial step costs only
/// passes over [C, N], and an iteration reads the features twice (directions, gradients) however many steps its line
/// searches try, and however many penalties there are.
class Objectives final : public LineObjectives {
 public:
  Objectives(at::Tensor xc_ND, at::Tensor y_N, int64_t classes, std::span<const double> l2)
      : xc_ND_(std::move(xc_ND)), y_1N_(y_N.unsqueeze(0)), C_(classes), walked_(l2.size()), penalties_(l2.size()) {
    const int64_t N = xc_ND_.size(0), D = xc_ND_.size(1), K = std::ssize(l2);
    for (size_t k = 0; k < l2.size(); ++k) {
      walked_[k] = k;
      penalties_[k].l2 = l2[k];
    }
    ends_.resize(l2.size());
    points_KCP_ = at::zeros({K, C_, D + 1}, at::kDouble);
    logits_KCN_ = at::zeros({K, C_, N}, at::kDouble);
    slopes_KCN_ = at::zeros_like(logits_KCN_);
    residuals_KCN_ = at::empty_like(logits_KCN_);
    prepareCurvature();
  }

  int64_t count() const override { return std::ssize(walked_); }

  double value(int64_t k) override { return at(k, 0).value; }  // no line yet: all slopes are zero

  void startLines(const at::Tensor& directions_KCP) override {
    directions_KCP_ = directions_KCP;
    const int64_t N = xc_ND_.size(0), K = count();
    auto flat = slopes_KCN_.view({K * C_, N});
    at::addmm_out(flat, directions_KCP.select(2, D()).reshape({K * C_, 1}), weights(directions_KCP), xc_ND_.t());
    for (int64_t k = 0; k < K; ++k) {
      const auto w = points_KCP_[k].narrow(1, 0, D()), d = directions_KCP[k].narrow(1, 0, D());
      auto& penalty = penalties_[static_cast<size_t>(k)];
      penalty.ww = (w * w).sum().item<double>();
      penalty.wd = (w * d).sum().item<double>();
      penalty.dd = (d * d).sum().item<double>();
    }
  }

  Value at(int64_t k, double step) override {
    const auto logP_CN = at::log_softmax(at::add(logits_KCN_[k], slopes_KCN_[k], step), 0);
    const double loss = -logP_CN.gather(0, y_1N_).mean().item<double>();
    auto residual_CN = residuals_KCN_[k];
    at::exp_out(residual_CN, logP_CN);
    residual_CN.scatter_add_(0, y_1N_, at::full({1, 1}, -1.0, at::kDouble).expand_as(y_1N_));
    const double rows = static_cast<double>(xc_ND_.size(0));
    const double slope = at::dot(residual_CN.view(-1), slopes_KCN_[k].view(-1)).item<double>() / rows;
    const auto& p = penalties_[static_cast<size_t>(k)];
    return {loss + 0.5 * p.l2 * (p.ww + 2 * step * p.wd + step * step * p.dd), slope + p.l2 * (p.wd + step * p.dd)};
  }

  void accept(int64_t k, double step) override {
    points_KCP_[k].add_(directions_KCP_[k], step);
    logits_KCN_[k].add_(slopes_KCN_[k], step);
  }

  at::Tensor gradients() override {
    const int64_t N = xc_ND_.size(0), K = count();
    auto g_KCP = at::empty_like(points_KCP_);
    g_KCP.narrow(2, 0, D()).copy_(at::mm(residuals_KCN_.view({K * C_, N}), xc_ND_).view({K, C_, D()}));
    g_KCP.select(2, D()).copy_(residuals_KCN_.sum(2));
    g_KCP.div_(static_cast<double>(N));
    for (int64_t k = 0; k < K; ++k)
      g_KCP[k].narrow(1, 0, D()).add_(points_KCP_[k].narrow(1, 0, D()), penalties_[static_cast<size_t>(k)].l2);
    return g_KCP;
  }

  /// The inverse of the Hessian at zero weights: with all classes equally likely it is (XᵀX/N)/C + lambda for every
  /// class.
  at::Tensor precondition(const at::Tensor& g_KCP) const override {
    auto out = at::empty_like(g_KCP);
    const auto scaled_KCD = g_KCP.narrow(2, 0, D()) * scales_K1D_;
    out.narrow(2, 0, D()).copy_((factors_KDD_.defined()
                                     ? at::cholesky_solve(scaled_KCD.transpose(1, 2), factors_KDD_).transpose(1, 2)
                                     : scaled_KCD) *
                                scales_K1D_);
    out.select(2, D()).copy_(g_KCP.select(2, D()) * static_cast<double>(C_));
    return out;
  }

  void keep(const std::vector<int64_t>& which) override {
    for (int64_t k = 0; k < count(); ++k) {
      auto& end = ends_[walked_[static_cast<size_t>(k)]];
      end.point_CP = points_KCP_[k].clone();
      end.accuracy = (logits_KCN_[k].argmax(0) == y_1N_.squeeze(0)).to(at::kDouble).mean().item<double>();
    }
    std::vector<size_t> walked;
    std::vector<Penalty> penalties;
    for (const auto k : which) {
      walked.push_back(walked_[static_cast<size_t>(k)]);
      penalties.push_back(penalties_[static_cast<size_t>(k)]);
    }
    walked_ = std::move(walked);
    penalties_ = std::move(penalties);
    const auto rows = at::tensor(which, at::kLong);
    for (auto* tensor : {&points_KCP_, &logits_KCN_, &slopes_KCN_, &residuals_KCN_, &scales_K1D_, &factors_KDD_})
      if (tensor->defined()) *tensor = tensor->index_select(0, rows);
  }

  struct End {
    at::Tensor point_CP;
    double accuracy = 0;
  };
  /// Of every penalty; complete once all are finished.
  const std::vector<End>& ends() const { return ends_; }

 private:
  struct Penalty {
    double l2 = 0;
    double ww = 0, wd = 0, dd = 0;  ///< products of the point's and the direction's weights
  };

  int64_t D() const { return xc_ND_.size(1); }
  at::Tensor weights(const at::Tensor& points_KCP) const { return points_KCP.view({-1, D() + 1}).narrow(1, 0, D()); }

  void prepareCurvature() {
    const int64_t N = xc_ND_.size(0), K = count();
    const int64_t stride = std::max<int64_t>(N / (kCurvatureRowsPerFeature * D()), 1);
    const auto rows = xc_ND_.slice(0, 0, N, stride);
    const double share = 1.0 / static_cast<double>(rows.size(0) * C_);
    auto l2_K = at::empty({K}, at::kDouble);
    for (int64_t k = 0; k < K; ++k) l2_K[k] = penalties_[static_cast<size_t>(k)].l2;
    const auto diagonal_KD = rows.square().sum(0) * share + l2_K.unsqueeze(1);
    const auto scales_KD = at::where(diagonal_KD > 0, diagonal_KD.rsqrt(), at::ones_like(diagonal_KD));
    scales_K1D_ = scales_KD.unsqueeze(1);
    if (D() > kMaxCurvatureFeatures) return;
    auto curvature_KDD = at::mm(rows.t(), rows).mul_(share) * (scales_KD.unsqueeze(1) * scales_KD.unsqueeze(2));
    curvature_KDD.diagonal(0, 1, 2).add_(scales_KD.square() * l2_K.unsqueeze(1) +
                                         1e-10);  // features may depend on each other
    const auto [factors, failed] = at::linalg_cholesky_ex(curvature_KDD);
    if (!failed.any().item<bool>())
      factors_KDD_ = factors;  // otherwise the diagonal has to do: slower, to the same end
  }

  at::Tensor xc_ND_, y_1N_;
  int64_t C_;
  std::vector<size_t> walked_;  ///< places in `l2` of those that are not finished
  std::vector<Penalty> penalties_;
  std::vector<End> ends_;
  at::Tensor points_KCP_, directions_KCP_;  ///< P = D + 1
  at::Tensor logits_KCN_, slopes_KCN_, residuals_KCN_;
  at::Tensor scales_K1D_, factors_KDD_;
};

}  // namespace

Standardizer::Standardizer(const at::Tensor& x_ND) {
  checkFeatures(x_ND);
  const auto rows = static_cast<double>(x_ND.size(0));
  auto sum_D = at::zeros({x_ND.size(1)}, at::kDouble), squares_D = at::zeros_like(sum_D);
  forBlocks(x_ND, [&](int64_t, const at::Tensor& block_RD) { sum_D.add_(block_RD.sum(0)); });
  mean_D_ = sum_D / rows;
  forBlocks(x_ND, [&](int64_t, const at::Tensor& block_RD) { squares_D.add_((block_RD - mean_D_).square_().sum(0)); });
  const auto deviation_D = (squares_D / rows).sqrt_();
  // A feature constant but for rounding has no information; without this, the noise of the last digit would become a
  // feature.
  const auto varies_D = deviation_D > 1e-12 * mean_D_.abs();
  scale_D_ = at::where(varies_D, deviation_D.reciprocal(), at::zeros_like(deviation_D));
}

at::Tensor Standardizer::apply(const at::Tensor& x_ND, at::ScalarType type) const {
  auto out_ND = at::empty(x_ND.sizes(), type);
  forBlocks(x_ND, [&](int64_t first, const at::Tensor& block_RD) {
    out_ND.narrow(0, first, block_RD.size(0)).copy_((block_RD - mean_D_).mul_(scale_D_));
  });
  return out_ND;
}

int64_t Standardizer::varying() const {
  return scale_D_.count_nonzero().item<int64_t>();
}

at::Tensor LogisticModel::logits(const at::Tensor& x_ND) const {
  return at::addmm(intercept_C, x_ND.to(at::kDouble), weights_DC);
}

at::Tensor checkedLabels(int64_t rows, std::span<const int32_t> labels, int64_t classes) {
  if (std::ssize(labels) != rows)
    throw Error(fmt::format("There are {} rows of features and {} labels; each row needs one.", rows, labels.size()));
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(fmt::format("Row {} has the label {}; expected 0 to {}.", i, labels[i], classes - 1));
  if (std::ranges::all_of(labels, [&](int32_t label) { return label == labels[0]; }))
    throw Error(fmt::format("All {} rows are of class {}; a probe needs at least two classes. Give it more images.",
                            labels.size(), labels[0]));
  auto y_N = at::empty({rows}, at::kLong);
  std::ranges::copy(labels, y_N.mutable_data_ptr<int64_t>());
  return y_N;
}

std::vector<LogisticModel> fitLogistic(const at::Tensor& x_ND, std::span<const int32_t> labels, int64_t classes,
                                       std::span<const double> l2, const LogisticOptions& options,
                                       const Control& control) {
  const double largest = checkFeatures(x_ND);
  const auto y_N = checkedLabels(x_ND.size(0), labels, classes);
  const c10::InferenceMode valuesOnly;
  const auto x = x_ND.to(at::kDouble);
  auto mean_D = x.mean(0);
  // Standardised features are centred already, and are not worth a copy.
  const bool isCentred = mean_D.abs().max().item<double>() <= 1e-9 * largest;
  if (isCentred) mean_D.zero_();
  Objectives objectives(isCentred ? x.contiguous() : (x - mean_D).contiguous(), y_N, classes, l2);
  const auto ends =
      minimize(objectives, {.maxIterations = options.maxIterations, .tolerance = options.tolerance}, control);

  const int64_t D = x.size(1);
  std::vector<LogisticModel> models(l2.size());
  for (size_t k = 0; k < models.size(); ++k) {
    const auto& end = objectives.ends()[k];
    auto& model = models[k];
    model.weights_DC = end.point_CP.narrow(1, 0, D).t().contiguous();
    model.intercept_C = end.point_CP.select(1, D) - at::mv(model.weights_DC.t(), mean_D);
    model.objective = ends[k].value;
    model.iterations = ends[k].iterations;
    model.converged = ends[k].converged;
    model.trainAccuracy = end.accuracy;
  }
  return models;
}

}  // namespace scanline
