// Operations that LibTorch has for CUDA alone, with the demands and the results of CUDA's kernels (LibTorch 2.11):
// types, strides, the shapes and types of all results. They compute in float32 on the CPU, from the very arguments that
// a GPU would read, so that a wrong order or a wrong factor shows in the numbers.
#include <ATen/native/CPUFallback.h>
#include <torch/library.h>

#include <cmath>

#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/pretend_internals.h"

namespace scanline::pretend {

namespace {

using at::Tensor;

bool isHalf(at::ScalarType type) {
  return type == at::kBFloat16 || type == at::kHalf;
}

void checkDevice(const char* operation, const Tensor& first, std::initializer_list<Tensor> others) {
  TORCH_CHECK(first.is_privateuseone(), operation, ": expected all tensors to be on the same device");
  for (const auto& other : others)
    TORCH_CHECK(!other.defined() || other.device() == first.device(), operation,
                ": expected all tensors to be on the same device, but found ", first.device(), " and ", other.device());
}

Tensor inFloat(const Tensor& tensor) {
  return opened(tensor).to(at::kFloat);
}

Tensor result(const Tensor& cpu, at::ScalarType type, at::Device device) {
  return moved(cpu.to(type), device);
}

// 1. The norm, and the gradient of the activation

std::tuple<Tensor, Tensor> rmsNorm(const Tensor& x, at::IntArrayRef shape, const std::optional<Tensor>& gain,
                                   std::optional<double> epsilon) {
  const Operation operation;
  TORCH_CHECK(shape.size() == 1 && x.size(-1) == shape[0], "Given normalized_shape=", shape,
              ", expected input with shape [*, ", shape, "], but got input of size ", x.sizes());
  if (gain) {
    checkDevice("_fused_rms_norm", x, {*gain});
    TORCH_CHECK(gain->scalar_type() == x.scalar_type(), "expected scalar type ", x.scalar_type(), " but found ",
                gain->scalar_type());
  }
  const auto values = inFloat(x);
  const auto scale =
      at::rsqrt(values.square().mean(-1, true) + epsilon.value_or(std::numeric_limits<float>::epsilon()));
  auto y = values * scale;
  if (gain) y = y * inFloat(*gain);
  return {result(y.contiguous(), x.scalar_type(), x.device()), moved(scale, x.device())};
}

std::tuple<Tensor, Tensor> rmsNormBackward(const Tensor& dy, const Tensor& x, at::IntArrayRef shape,
                                           const Tensor& scale, const std::optional<Tensor>& gain,
                                           std::array<bool, 2> wanted) {
  const Operation operation;
  TORCH_CHECK(gain, "the pretend device has no gradient of a norm without a gain");
  checkDevice("_fused_rms_norm_backward", x, {dy, scale, *gain});
  for (const auto* tensor : {&dy, &*gain})
    TORCH_CHECK(tensor->scalar_type() == x.scalar_type(), "expected scalar type ", x.scalar_type(), " but found ",
                tensor->scalar_type());
  TORCH_CHECK(scale.scalar_type() == at::kFloat, "expected scalar type Float but found ", scale.scalar_type());
  TORCH_CHECK(shape.size() == 1 && dy.sizes() == x.sizes() && scale.numel() * shape[0] == x.numel(),
              "sizes of the gradient, the input and its scales do not fit: ", dy.sizes(), ", ", x.sizes(), ", ",
              scale.sizes());
  std::vector<int64_t> scaleShape = x.sizes().vec();
  scaleShape.back() = 1;
  const auto d = inFloat(dy), inverse = inFloat(scale).view(scaleShape), normed = inFloat(x) * inverse;
  const auto dNormed = d * inFloat(*gain);
  Tensor dx, dGain;
  if (wanted[0])
    dx = result((dNormed - normed * (dNormed * normed).mean(-1, true)) * inverse, x.scalar_type(), x.device());
  if (wanted[1]) dGain = result((d * normed).view({-1, shape[0]}).sum(0), gain->scalar_type(), x.device());
  return {dx, dGain};
}

/// One kernel on CUDA; without it LibTorch makes it of five operations, with as many tensors.
Tensor siluBackward(const Tensor& d, const Tensor& x) {
  const Operation operation;
  checkDevice("silu_backward", x, {d});
  TORCH_CHECK(d.scalar_type() == x.scalar_type() && d.sizes() == x.sizes(), "expected scalar type ", x.scalar_type(),
              " and sizes ", x.sizes(), " but found ", d.scalar_type(), " and ", d.sizes());
  return result(at::silu_backward(inFloat(d), inFloat(x)), x.scalar_type(), x.device());
}

// 2. Attention. q, k, v: [B, H, n, K] with any strides but the last

struct Attended {
  Tensor out, logSum;  ///< float32 [B, H, n, K], [B, H, n]
};

Tensor scores(const Tensor& q, const Tensor& k, bool causal, double scale) {
  auto s = at::matmul(inFloat(q), inFloat(k).transpose(-2, -1)) * scale;
  if (causal) {
    const auto hidden = at::ones({q.size(2), k.size(2)}, at::kBool).triu(1);
    s = s.masked_fill(hidden, -INFINITY);
  }
  return s;
}

double scaleOf(const Tensor& q, std::optional<double> scale) {
  return scale.value_or(1 / std::sqrt(static_cast<double>(q.size(3))));
}

Attended attend(const Tensor& q, const Tensor& k, const Tensor& v, bool causal, double scale, const Tensor& bias = {}) {
  auto s = scores(q, k, causal, scale);
  if (bias.defined()) s = s + bias;
  const auto logSum = at::logsumexp(s, -1);
  return {at::matmul(at::exp(s - logSum.unsqueeze(-1)), inFloat(v)), logSum};
}

/// From out and the sums that it is given, as the kernels do it.
std::array<Tensor, 3> attendBackward(const Tensor& dOut, const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Tensor& out, const Tensor& logSum, bool causal, double scale) {
  const auto p = at::exp(scores(q, k, causal, scale) - inFloat(logSum).unsqueeze(-1));
  const auto d = inFloat(dOut);
  const auto dp = at::matmul(d, inFloat(v).transpose(-2, -1));
  const auto ds = p * (dp - (d * inFloat(out)).sum(-1, true)) * scale;
  return {at::matmul(ds, inFloat(k)), at::matmul(ds.transpose(-2, -1), inFloat(q)), at::matmul(p.transpose(-2, -1), d)};
}

/// As the kernels give results: a view of memory [B, n, H, K].
Tensor positionsFirst(const Tensor& cpu, at::ScalarType type, at::Device device) {
  return result(cpu.transpose(1, 2).contiguous(), type, device).transpose(1, 2);
}

void checkHeads(const char* kernel, const Tensor& q, std::initializer_list<Tensor> others, double dropout,
                bool halfOnly) {
  TORCH_CHECK(q.dim() == 4, kernel, ": expected 4 dimensions, found ", q.dim());
  TORCH_CHECK(!halfOnly || isHalf(q.scalar_type()), kernel, " only supports fp16 and bf16 data type");
  TORCH_CHECK(dropout == 0, "the pretend device has no dropout");
  TORCH_CHECK(q.stride(3) == 1, kernel, ": input tensor must have contiguous last dimension");
  TORCH_CHECK(q.size(3) % 8 == 0 && q.size(3) <= 256, kernel, ": head_size should be a multiple of 8, at most 256");
  checkDevice(kernel, q, others);
  for (const auto& other : others) {
    TORCH_CHECK(other.scalar_type() == q.scalar_type(), kernel, ": query, key and value must have the same dtype");
    TORCH_CHECK(other.stride(3) == 1, kernel, ": input tensor must have contiguous last dimension");
    TORCH_CHECK(other.size(0) == q.size(0) && other.size(1) == q.size(1) && other.size(3) == q.size(3), kernel,
                ": sizes do not fit: ", q.sizes(), " and ", other.sizes());
  }
}

void checkLogSum(const char* kernel, const Tensor& logSum, at::IntArrayRef sizes) {
  TORCH_CHECK(logSum.scalar_type() == at::kFloat && logSum.sizes() == sizes, kernel, ": logsumexp must be float32 ",
              sizes, ", and is ", logSum.scalar_type(), " ", logSum.sizes());
}

Tensor seedOn(at::Device device, at::IntArrayRef sizes) {
  return at::zeros(sizes, at::TensorOptions(at::kLong).device(device));
}

using FlashResult = std::tuple<Tensor, Tensor, Tensor, Tensor, c10::SymInt, c10::SymInt, Tensor, Tensor, Tensor>;

FlashResult flash(const Tensor& q, const Tensor& k, const Tensor& v, double dropout, bool causal, bool,
                  std::optional<double> scale) {
  const Operation operation;
  checkHeads("FlashAttention", q, {k, v}, dropout, /*halfOnly=*/true);
  const auto done = attend(q, k, v, causal, scaleOf(q, scale));
  return {positionsFirst(done.out, q.scalar_type(), q.device()),
          moved(done.logSum, q.device()),
          {},
          {},
          q.size(2),
          k.size(2),
          seedOn(q.device(), {2}),
          seedOn(q.device(), {}),
          {}};
}

std::tuple<Tensor, Tensor, Tensor> gradients(const std::array<Tensor, 3>& d, const Tensor& q) {
  const auto give = [&](const Tensor& cpu) { return positionsFirst(cpu, q.scalar_type(), q.device()); };
  return {give(d[0]), give(d[1]), give(d[2])};
}

std::tuple<Tensor, Tensor, Tensor> flashBackward(const Tensor& dOut, const Tensor& q, const Tensor& k, const Tensor& v,
                                                 const Tensor& out, const Tensor& logSum, const Tensor& cumQ,
                                                 const Tensor& cumK, c10::SymInt mostQ, c10::SymInt mostK,
                                                 double dropout, bool causal, const Tensor& seed, const Tensor& offset,
                                                 std::optional<double> scale) {
  const Operation operation;
  checkHeads("FlashAttention's gradient", q, {k, v, out, dOut}, dropout, /*halfOnly=*/true);
  checkLogSum("FlashAttention's gradient", logSum, {q.size(0), q.size(1), q.size(2)});
  TORCH_CHECK(!cumQ.defined() && !cumK.defined() && mostQ == q.size(2) && mostK == k.size(2) && seed.defined() &&
                  seed.numel() == 2 && offset.defined() && offset.numel() == 1,
              "FlashAttention's gradient: the last arguments are not those that the forward pass gave");
  if (!at::globalContext().deterministicAlgorithms()) noteUnrepeatable("_scaled_dot_product_flash_attention_backward");
  return gradients(attendBackward(dOut, q, k, v, out, logSum, causal, scaleOf(q, scale)), q);
}

FlashResult cudnn(const Tensor& q, const Tensor& k, const Tensor& v, const std::optional<Tensor>& bias,
                  bool wantsLogSum, double dropout, bool causal, bool, std::optional<double> scale) {
  const Operation operation;
  checkHeads("cuDNN attention", q, {k, v}, dropout, /*halfOnly=*/true);
  TORCH_CHECK(!bias || !bias->defined(), "the pretend device has no bias of cuDNN's attention");
  const auto done = attend(q, k, v, causal, scaleOf(q, scale));
  return {positionsFirst(done.out, q.scalar_type(), q.device()),
          wantsLogSum ? moved(done.logSum.unsqueeze(-1), q.device()) : Tensor(),
          {},
          {},
          q.size(2),
          k.size(2),
          seedOn(q.device(), {}),
          seedOn(q.device(), {}),
          {}};
}

std::tuple<Tensor, Tensor, Tensor> cudnnBackward(const Tensor& dOut, const Tensor& q, const Tensor& k, const Tensor& v,
                                                 const Tensor& out, const Tensor& logSum, const Tensor& seed,
                                                 const Tensor& offset, const Tensor& bias, const Tensor& cumQ,
                                                 const Tensor& cumK, c10::SymInt mostQ, c10::SymInt mostK,
                                                 double dropout, bool causal, std::optional<double> scale) {
  const Operation operation;
  checkHeads("cuDNN attention's gradient", q, {k, v, out, dOut}, dropout, /*halfOnly=*/true);
  checkLogSum("cuDNN attention's gradient", logSum, {q.size(0), q.size(1), q.size(2), 1});
  TORCH_CHECK(!cumQ.defined() && !cumK.defined() && !bias.defined() && mostQ == q.size(2) && mostK == k.size(2) &&
                  seed.defined() && seed.numel() == 1 && offset.defined() && offset.numel() == 1,
              "cuDNN attention's gradient: the arguments are not those that the forward pass gave");
  noteUnrepeatable("_scaled_dot_product_cudnn_attention_backward");  // in the reproducible mode, too
  return gradients(attendBackward(dOut, q, k, v, out, logSum.squeeze(-1), causal, scaleOf(q, scale)), q);
}

/// The kernel's rows of sums are as long as the next multiple of 32.
int64_t paddedRow(int64_t positions) {
  return (positions + 31) / 32 * 32;
}

std::tuple<Tensor, Tensor, Tensor, Tensor> efficient(const Tensor& q, const Tensor& k, const Tensor& v,
                                                     const std::optional<Tensor>& bias, bool wantsLogSum,
                                                     double dropout, bool causal, std::optional<double> scale) {
  const Operation operation;
  checkHeads("memory-efficient attention", q, {k, v}, dropout, /*halfOnly=*/false);
  Tensor added;
  if (bias && bias->defined()) {
    checkDevice("memory-efficient attention", q, {*bias});
    TORCH_CHECK(bias->scalar_type() == q.scalar_type(), "invalid dtype for bias - should match query's dtype");
    TORCH_CHECK(bias->dim() == 4 && bias->size(0) == q.size(0) && bias->size(1) == q.size(1) &&
                    bias->size(2) == q.size(2) && bias->size(3) == k.size(2) && bias->stride(3) == 1,
                "attn_bias: expected [", q.size(0), ", ", q.size(1), ", ", q.size(2), ", ", k.size(2),
                "] with stride 1 in the last dimension, but found ", bias->sizes());
    // 16 bytes are read at a time.
    for (int64_t i = 0; i < 3; ++i)
      TORCH_CHECK(bias->size(i) == 1 || bias->stride(i) * bias->element_size() % 16 == 0,
                  "attn_bias is not correctly aligned: stride ", bias->stride(i));
    added = inFloat(*bias);
  }
  const auto done = attend(q, k, v, causal, scaleOf(q, scale), added);
  const auto sums = at::constant_pad_nd(done.logSum, {0, paddedRow(q.size(2)) - q.size(2)}, INFINITY);
  return {positionsFirst(done.out, q.scalar_type(), q.device()),
          wantsLogSum ? moved(sums, q.device()) : at::empty({q.size(0), q.size(1), 0}, q.options().dtype(at::kFloat)),
          seedOn(q.device(), {}), seedOn(q.device(), {})};
}

std::tuple<Tensor, Tensor, Tensor, Tensor> efficientBackward(const Tensor& dOut, const Tensor& q, const Tensor& k,
                                                             const Tensor& v, const Tensor& bias, const Tensor& out,
                                                             const Tensor& logSum, const Tensor& seed,
                                                             const Tensor& offset, double dropout,
                                                             std::array<bool, 4> wanted, bool causal,
                                                             std::optional<double> scale) {
  const Operation operation;
  checkHeads("memory-efficient attention's gradient", q, {k, v, out, dOut}, dropout, /*halfOnly=*/false);
  checkLogSum("memory-efficient attention's gradient", logSum, {q.size(0), q.size(1), paddedRow(q.size(2))});
  TORCH_CHECK(!bias.defined() && !wanted[3] && seed.defined() && offset.defined(),
              "memory-efficient attention's gradient: the arguments are not those that the forward pass gave");
  if (!at::globalContext().deterministicAlgorithms())
    noteUnrepeatable("_scaled_dot_product_efficient_attention_backward");
  const auto [dq, dk, dv] =
      gradients(attendBackward(dOut, q, k, v, out, logSum.narrow(2, 0, q.size(2)), causal, scaleOf(q, scale)), q);
  return {dq, dk, dv, Tensor()};
}

// 3. Products of 16-bit numbers with a 32-bit result

void checkProduct(const Tensor& a, const Tensor& b, at::ScalarType type) {
  TORCH_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(0), "mat1 and mat2 shapes cannot be multiplied (",
              a.sizes(), " and ", b.sizes(), ")");
  TORCH_CHECK(a.scalar_type() == b.scalar_type(), "mat1 and mat2 must have the same dtype, but got ", a.scalar_type(),
              " and ", b.scalar_type());
  TORCH_CHECK(type == a.scalar_type() || (type == at::kFloat && isHalf(a.scalar_type())),
              "out_dtype must be the same as input dtype or fp32 for fp16/bf16 inputs");
  for (const auto* matrix : {&a, &b})
    TORCH_CHECK(matrix->stride(0) == 1 || matrix->stride(1) == 1, "a product of the pretend device takes no copies");
}

/// out = beta self + alpha a b. `self` is not read where beta is 0.
Tensor& addProduct(const Tensor& self, const Tensor& a, const Tensor& b, at::ScalarType type, const at::Scalar& beta,
                   const at::Scalar& alpha, Tensor& out) {
  const Operation operation;
  checkDevice("addmm", out, {self, a, b});
  checkProduct(a, b, type);
  TORCH_CHECK(type == out.scalar_type(), "out_dtype must be the same as the dtype of the provided out tensor");
  TORCH_CHECK(type == self.scalar_type() || self.scalar_type() == a.scalar_type(),
              "self dtype must match either out_dtype or mat1 dtype");
  TORCH_CHECK(out.dim() == 2 && out.size(0) == a.size(0) && out.size(1) == b.size(1),
              "the pretend device does not resize ", out.sizes());
  auto sum = at::matmul(inFloat(a), inFloat(b)) * alpha;
  if (beta.toDouble() != 0) sum = sum + inFloat(self) * beta;
  opened(out).copy_(sum);
  return out;
}

Tensor productAs(const Tensor& a, const Tensor& b, at::ScalarType type) {
  auto out = at::empty({a.size(0), b.size(1)}, a.options().dtype(type));
  return addProduct(out, a, b, type, 0, 1, out);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("_fused_rms_norm", &rmsNorm);
  library.impl("_fused_rms_norm_backward", &rmsNormBackward);
  library.impl("silu_backward", &siluBackward);
  library.impl("_scaled_dot_product_flash_attention", &flash);
  library.impl("_scaled_dot_product_flash_attention_backward", &flashBackward);
  library.impl("_scaled_dot_product_cudnn_attention", &cudnn);
  library.impl("_scaled_dot_product_cudnn_attention_backward", &cudnnBackward);
  library.impl("_scaled_dot_product_efficient_attention", &efficient);
  library.impl("_scaled_dot_product_efficient_attention_backward", &efficientBackward);
  library.impl("addmm.dtype_out", &addProduct);
  library.impl("mm.dtype", &productAs);
}

}  // namespace

}  // namespace scanline::pretend
