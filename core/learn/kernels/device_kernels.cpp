#include "core/learn/kernels/device_kernels.h"

#include "core/learn/kernels/reference.h"

namespace scanline::direct {

std::pair<at::Tensor, at::Tensor> rmsNorm(const at::Tensor& h, const at::Tensor& gain) {
  auto [y, inverse] = at::_fused_rms_norm(h, {h.size(-1)}, gain, kNormEpsilon);
  return {y, inverse};
}

std::pair<at::Tensor, at::Tensor> rmsNormBackward(const at::Tensor& h, const at::Tensor& inverse,
                                                  const at::Tensor& gain, const at::Tensor& dy) {
  auto [dh, dGain] =
      at::_fused_rms_norm_backward(dy.to(at::kFloat).view_as(h), h, {h.size(-1)}, inverse, gain, {true, true});
  return {dh, dGain};
}

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double alpha, double beta) {
  if (bias.defined()) {
    const auto b = bias.to(x.scalar_type());
    return at::addmm(beta == 1 ? b : b * beta, x, weight, 1, alpha);
  }
  if (alpha == 1) return at::mm(x, weight);
  auto y = at::empty({x.size(0), weight.size(1)}, x.options());
  return at::addmm_out(y, y, x, weight, /*beta=*/0, alpha);  // with 0 y is not read, and y itself is not copied
}

at::Tensor productInFloat(const at::Tensor& x, const at::Tensor& weight) {
  return x.scalar_type() == at::kFloat ? at::mm(x, weight) : at::mm(x, weight, at::kFloat);
}

void addWeightGradient(at::Tensor& sum, const at::Tensor& x, const at::Tensor& dy, double alpha) {
  if (dy.scalar_type() == at::kFloat)
    sum.addmm_(x.t(), dy, 1, alpha);
  else
    at::addmm_outf(sum, x.t(), dy, at::kFloat, 1, alpha, sum);
}

std::pair<at::Tensor, at::Tensor> crossEntropy(const at::Tensor& logits, const at::Tensor& targets, double scale,
                                               const at::Tensor& rowScale) {
  // Neither scatter nor nll_loss: both have no fast way on CUDA whose sums repeat.
  const auto targets_R1 = targets.unsqueeze(1);
  auto shares = at::_log_softmax(logits.to(at::kFloat), 1, /*half_to_float=*/false);
  const auto nats = shares.gather(1, targets_R1).squeeze(1).neg_();
  const auto colours = at::arange(logits.size(1), targets.options());
  shares.exp_().sub_(at::eq(targets_R1, colours).to(at::kFloat));
  if (rowScale.defined())
    shares.mul_((rowScale * scale).unsqueeze(1));
  else
    shares.mul_(scale);
  return {nats, shares};
}

}  // namespace scanline::direct
