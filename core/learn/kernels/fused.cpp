#include "core/learn/kernels/fused.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/learn/kernels/device_kernels.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/kernels/reference.h"

namespace scanline::fused {

namespace {

constexpr int64_t kGrain = 8192;  ///< elements that are worth a thread

bool hasKernel(const at::Tensor& activations) {
  return activations.is_cpu() &&
         (activations.scalar_type() == at::kFloat || activations.scalar_type() == at::kBFloat16);
}

template <class T>
const Kernels<T>& kernels() {
  if constexpr (std::is_same_v<T, float>)
    return kernelTable().f32;
  else
    return kernelTable().bf16;
}

/// Calls run(T{}) with the kernels' name of the tensor's type.
template <class Run>
void withType(const at::Tensor& activations, Run&& run) {
  if (activations.scalar_type() == at::kFloat)
    run(float{});
  else
    run(Bf16{});
}

template <class T>
T* data(const at::Tensor& tensor) {
  TORCH_INTERNAL_ASSERT(tensor.is_contiguous());
  return static_cast<T*>(tensor.data_ptr());
}

template <class Run>
void forRows(int64_t rows, int64_t rowSize, Run&& run) {
  at::parallel_for(0, rows, std::max<int64_t>(1, kGrain / rowSize), run);
}

/// The gradient of a function for one input, by autograd.
template <class Function>
at::Tensor gradientOf(const Function& function, const at::Tensor& input, const at::Tensor& dOut) {
  const at::AutoGradMode record(true);
  const auto leaf = input.detach().requires_grad_();
  return torch::autograd::grad({function(leaf)}, {leaf}, {dOut})[0];
}

HeadLayout layoutOf(const at::Tensor& qkv, int64_t heads, bool causal) {
  const int64_t D = qkv.size(2) / 3;
  return {.positions = qkv.size(1), .headWidth = D / heads, .width = D, .causal = causal};
}

/// run(image, head, scratch) for every head of every image.
template <class Run>
void forHeads(const at::Tensor& qkv, int64_t heads, const HeadLayout& layout, bool backward, Run&& run) {
  const int64_t scratch = kernelTable().attentionScratch(layout, backward);
  at::parallel_for(0, qkv.size(0) * heads, 1, [&](int64_t begin, int64_t end) {
    const auto memory = at::empty({scratch}, at::kFloat);
    for (int64_t i = begin; i < end; ++i) run(i / heads, i % heads, memory.data_ptr<float>());
  });
}

}  // namespace

Normed addRmsNorm(const at::Tensor& h, const at::Tensor& delta, const at::Tensor& gain, at::ScalarType type) {
  const int64_t D = h.size(-1), rows = h.numel() / D;
  if (!h.is_cpu()) {
    const auto sum = delta.defined() ? at::add(h, delta) : h;
    const auto [y, inverse] = direct::rmsNorm(sum, gain);
    return {sum, y.to(type), inverse};
  }
  if (type != at::kFloat && type != at::kBFloat16) {
    const auto sum = delta.defined() ? h + delta : h;
    const auto inverse = at::rsqrt(sum.square().mean(-1) + kNormEpsilon);
    return {sum, (sum * inverse.unsqueeze(-1) * gain).to(type), inverse};
  }
  Normed out{delta.defined() ? at::empty_like(h) : h, at::empty(h.sizes(), h.options().dtype(type)),
             at::empty({rows}, h.options())};
  withType(out.y, [&]<class T>(T) {
    forRows(rows, D, [&](int64_t begin, int64_t end) {
      kernels<T>().addRmsNorm(end - begin, D, data<float>(h) + begin * D,
                              delta.defined() ? data<T>(delta) + begin * D : nullptr, data<float>(gain),
                              data<float>(out.h) + begin * D, data<T>(out.y) + begin * D,
                              data<float>(out.inverse) + begin);
    });
  });
  return out;
}

at::Tensor rmsNormBackward(const Normed& normed, const at::Tensor& gain, const at::Tensor& dy, at::Tensor& dh,
                           at::Tensor& dGain) {
  const int64_t D = dh.size(-1), rows = dh.numel() / D;
  if (!dy.is_cpu()) {
    const auto [dIn, dOfGain] = direct::rmsNormBackward(normed.h, normed.inverse, gain, dy);
    dh.add_(dIn);
    dGain.add_(dOfGain);
    return dh.to(dy.scalar_type());
  }
  if (!hasKernel(dy)) {
    dh.add_(gradientOf([&](const at::Tensor& x) { return reference::rmsNorm(x, gain); }, normed.h, dy.to(at::kFloat)));
    dGain.add_(
        gradientOf([&](const at::Tensor& g) { return reference::rmsNorm(normed.h, g); }, gain, dy.to(at::kFloat)));
    return dh.to(dy.scalar_type());
  }
  const bool isFloat = dy.scalar_type() == at::kFloat;
  const auto dhT = isFloat ? dh : at::empty_like(dy);
  // A fixed number of parts, so that sums do not depend on the number of threads.
  constexpr int64_t kParts = 16;
  const auto gains = at::zeros({kParts, D}, dh.options());
  const int64_t rowsPerPart = (rows + kParts - 1) / kParts;
  withType(dy, [&]<class T>(T) {
    at::parallel_for(0, kParts, std::max<int64_t>(1, kGrain / (rowsPerPart * D)), [&](int64_t from, int64_t to) {
      for (int64_t part = from; part < to; ++part) {
        const int64_t begin = std::min(rows, part * rowsPerPart), end = std::min(rows, begin + rowsPerPart);
        kernels<T>().rmsNormBackward(end - begin, D, data<float>(normed.h) + begin * D,
                                     data<float>(normed.inverse) + begin, data<float>(gain), data<T>(dy) + begin * D,
                                     data<float>(dh) + begin * D, isFloat ? nullptr : data<T>(dhT) + begin * D,
                                     data<float>(gains) + part * D);
      }
    });
  });
  dGain.add_(gains.sum(0));
  return dhT;
}

double geluFactor(const at::Device& device) {
  return device.is_cpu() ? 1 : kGeluSlope;
}

at::Tensor quickGelu(const at::Tensor& u) {
  if (!u.is_cpu()) return at::silu(u);
  if (!hasKernel(u)) return reference::quickGelu(u);
  auto y = at::empty_like(u);
  withType(u, [&]<class T>(T) {
    at::parallel_for(0, u.numel(), kGrain, [&](int64_t begin, int64_t end) {
      kernels<T>().quickGelu(end - begin, data<T>(u) + begin, data<T>(y) + begin);
    });
  });
  return y;
}

void quickGeluBackward_(const at::Tensor& u, at::Tensor& d) {
  if (!u.is_cpu()) {
    d = at::silu_backward(d, u);
    return;
  }
  if (!hasKernel(u)) {
    d = gradientOf(reference::quickGelu, u, d);
    return;
  }
  withType(u, [&]<class T>(T) {
    at::parallel_for(0, u.numel(), kGrain, [&](int64_t begin, int64_t end) {
      kernels<T>().quickGeluBackward(end - begin, data<T>(u) + begin, data<T>(d) + begin);
    });
  });
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double alpha, double beta) {
  if (!x.is_cpu()) return direct::product(x, weight, bias, alpha, beta);
  TORCH_INTERNAL_ASSERT(alpha == 1 && beta == 1);
  return bias.defined() ? at::addmm(bias.to(x.scalar_type()), x, weight) : at::mm(x, weight);
}

void addWeightGradient(at::Tensor& dWeight, const at::Tensor& x, const at::Tensor& dy, double alpha) {
  if (!x.is_cpu()) return direct::addWeightGradient(dWeight, x, dy, alpha);
  TORCH_INTERNAL_ASSERT(alpha == 1);
  if (dy.scalar_type() == at::kFloat)
    dWeight.addmm_(x.t(), dy);
  else
    dWeight.add_(at::mm(x.t(), dy));
}

at::Tensor logits(const at::Tensor& y, const at::Tensor& weight) {
  return y.is_cpu() ? at::mm(y, weight) : direct::productInFloat(y, weight);
}

at::Tensor crossEntropy_(at::Tensor& logits, const at::Tensor& targets, double scale, const at::Tensor& rowScale) {
  const int64_t rows = logits.size(0), V = logits.size(1);
  if (!logits.is_cpu()) {
    const auto [nats, gradient] = direct::crossEntropy(logits, targets, scale, rowScale);
    logits = gradient;
    return nats;
  }
  if (!hasKernel(logits)) {
    const auto nats = reference::crossEntropy(logits, targets);
    const auto weights = rowScale.defined() ? rowScale * scale : at::full_like(nats, scale);
    logits = gradientOf([&](const at::Tensor& z) { return reference::crossEntropy(z, targets); }, logits, weights);
    return nats;
  }
  auto nats = at::empty({rows}, logits.options().dtype(at::kFloat));
  withType(logits, [&]<class T>(T) {
    forRows(rows, V, [&](int64_t begin, int64_t end) {
      kernels<T>().crossEntropy(end - begin, V, data<T>(logits) + begin * V, data<int64_t>(targets) + begin,
                                static_cast<float>(scale), rowScale.defined() ? data<float>(rowScale) + begin : nullptr,
                                data<float>(nats) + begin);
    });
  });
  return nats;
}

Attended attention(const at::Tensor& qkv, int64_t heads, bool causal, AttentionKernels wanted) {
  if (!qkv.is_cpu()) {
    const int64_t B = qkv.size(0), positions = qkv.size(1), width = qkv.size(2) / 3;
    const auto parts = direct::headsOf(qkv, heads);
    auto attended = direct::attend(direct::attentionKernel(qkv.device(), qkv.scalar_type(), width / heads, wanted),
                                   parts[0], parts[1], parts[2], causal);
    return {attended.out.transpose(1, 2).reshape({B, positions, width}), {}, attended};
  }
  if (!hasKernel(qkv)) return {reference::attention(qkv, heads, causal), {}, {}};
  const auto layout = layoutOf(qkv, heads, causal);
  const int64_t n = layout.positions, D = layout.width, K = layout.headWidth;
  Attended result{at::empty({qkv.size(0), n, D}, qkv.options()),
                  at::empty({qkv.size(0), heads, n}, qkv.options().dtype(at::kFloat)),
                  {}};
  withType(qkv, [&]<class T>(T) {
    forHeads(qkv, heads, layout, false, [&](int64_t image, int64_t head, float* scratch) {
      kernels<T>().attention(layout, data<T>(qkv) + image * n * 3 * D + head * K,
                             data<T>(result.out) + image * n * D + head * K,
                             data<float>(result.logSum) + (image * heads + head) * n, scratch);
    });
  });
  return result;
}

at::Tensor attentionBackward(const at::Tensor& qkv, int64_t heads, bool causal, const Attended& attended,
                             const at::Tensor& dOut, AttentionKernels wanted) {
  if (!qkv.is_cpu()) return direct::attendBackward(attended.device, qkv, heads, causal, dOut, wanted);
  if (!hasKernel(qkv))
    return gradientOf([&](const at::Tensor& x) { return reference::attention(x, heads, causal); }, qkv, dOut);
  const auto layout = layoutOf(qkv, heads, causal);
  const int64_t n = layout.positions, D = layout.width, K = layout.headWidth;
  auto dqkv = at::empty_like(qkv);
  withType(qkv, [&]<class T>(T) {
    forHeads(qkv, heads, layout, true, [&](int64_t image, int64_t head, float* scratch) {
      const int64_t wide = image * n * 3 * D + head * K, narrow = image * n * D + head * K;
      kernels<T>().attentionBackward(layout, data<T>(qkv) + wide, data<T>(attended.out) + narrow,
                                     data<T>(dOut) + narrow, data<float>(attended.logSum) + (image * heads + head) * n,
                                     data<T>(dqkv) + wide, scratch);
    });
  });
  return dqkv;
}

at::Tensor attendTo(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values, const at::Tensor& hidden) {
  const int64_t B = q.size(0), H = q.size(1), T = q.size(2), K = q.size(3);
  const auto kernel = q.is_cpu()
                          ? direct::AttentionKernel::Plain
                          : direct::attentionKernel(q.device(), q.scalar_type(), K, AttentionKernels::Reproducible);
  at::Tensor mixed_BHTK;
  if (hidden.defined())
    mixed_BHTK = direct::attendUnlessHidden(kernel, q, keys, values, hidden.view({1, 1, 1, -1}).expand({B, H, T, -1}));
  else if (q.is_cpu())
    mixed_BHTK = at::scaled_dot_product_attention(q, keys, values);
  else
    mixed_BHTK = direct::attend(kernel, q, keys, values, /*causal=*/false).out;
  return mixed_BHTK.transpose(1, 2).reshape({B, T, H * K});
}

}  // namespace scanline::fused
