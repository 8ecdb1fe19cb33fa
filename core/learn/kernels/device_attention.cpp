#include "core/learn/kernels/device_attention.h"

#include <map>
#include <mutex>
#include <tuple>

#include "core/learn/kernels/reference.h"

namespace scanline::direct {

namespace {

/// LibTorch takes deterministic algorithms as long as one of these lives. The setting is one of the process and is read
/// when an operation is called, so it is held for the call alone: other threads are to notice as little of it as
/// possible.
class Deterministic {
 public:
  Deterministic() {
    const std::scoped_lock lock(mutex());
    if (users()++ > 0) return;
    at::globalContext().setDeterministicFillUninitializedMemory(false);  // else every empty tensor is filled
    at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  }
  ~Deterministic() {
    const std::scoped_lock lock(mutex());
    if (--users() == 0) at::globalContext().setDeterministicAlgorithms(false, false);
  }
  Deterministic(const Deterministic&) = delete;
  Deterministic& operator=(const Deterministic&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static int& users() {
    static int users = 0;
    return users;
  }
};

std::vector<AttentionKernel> candidates(at::ScalarType type, int64_t headWidth, AttentionKernels wanted) {
  using enum AttentionKernel;
  constexpr int64_t kWidest = 256;
  if (headWidth % 8 != 0 || headWidth > kWidest) return {};
  if (type != at::kBFloat16 && type != at::kHalf) return {Efficient};
  if (wanted == AttentionKernels::Fast) return {Cudnn, Flash, Efficient};
  return {Flash, Efficient};
}

/// Whether the device takes it, forward and back.
bool isTaken(AttentionKernel kernel, at::Device device, at::ScalarType type, int64_t headWidth) {
  try {
    const auto qkv = at::zeros({1, 8, 3 * headWidth}, at::TensorOptions(type).device(device));
    const auto parts = headsOf(qkv, 1);
    const auto attended = attend(kernel, parts[0], parts[1], parts[2], /*causal=*/true);
    (void)attendBackward(attended, qkv, 1, /*causal=*/true, qkv.narrow(2, 0, headWidth).contiguous(),
                         AttentionKernels::Fast);
    return true;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error&) {  // of an older GPU, or not in this build
    return false;
  }
}

}  // namespace

std::string_view nameOf(AttentionKernel kernel) {
  switch (kernel) {
    case AttentionKernel::Flash:
      return "flash";
    case AttentionKernel::Cudnn:
      return "cuDNN";
    case AttentionKernel::Efficient:
      return "memory-efficient";
    case AttentionKernel::Plain:
      break;
  }
  return "plain";
}

AttentionKernel attentionKernel(at::Device device, at::ScalarType type, int64_t headWidth, AttentionKernels wanted) {
  using Key = std::tuple<at::DeviceType, int, int, int64_t, AttentionKernels>;
  static std::mutex mutex;
  static std::map<Key, AttentionKernel> found;
  const Key key{device.type(), device.index(), static_cast<int>(type), headWidth, wanted};
  const std::scoped_lock lock(mutex);
  if (const auto known = found.find(key); known != found.end()) return known->second;
  auto kernel = AttentionKernel::Plain;
  for (const auto candidate : candidates(type, headWidth, wanted)) {
    if (!isTaken(candidate, device, type, headWidth)) continue;
    kernel = candidate;
    break;
  }
  return found[key] = kernel;
}

at::Tensor headsOf(const at::Tensor& qkv, int64_t heads) {
  const int64_t B = qkv.size(0), n = qkv.size(1), D = qkv.size(2) / 3;
  return qkv.view({B, n, 3, heads, D / heads}).permute({2, 0, 3, 1, 4});
}

DeviceAttended attend(AttentionKernel kernel, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      bool causal) {
  DeviceAttended result{.kernel = kernel};
  switch (kernel) {
    case AttentionKernel::Flash: {
      auto all = at::_scaled_dot_product_flash_attention(q, k, v, /*dropout_p=*/0.0, causal);
      result.out = std::get<0>(all);
      result.logSum = std::get<1>(all);
      result.seed = std::get<6>(all);
      result.offset = std::get<7>(all);
      break;
    }
    case AttentionKernel::Cudnn: {
      auto all = at::_scaled_dot_product_cudnn_attention(q, k, v, /*attn_bias=*/{}, /*compute_log_sumexp=*/true,
                                                         /*dropout_p=*/0.0, causal);
      result.out = std::get<0>(all);
      result.logSum = std::get<1>(all);
      result.seed = std::get<6>(all);
      result.offset = std::get<7>(all);
      break;
    }
    case AttentionKernel::Efficient:
      std::tie(result.out, result.logSum, result.seed, result.offset) = at::_scaled_dot_product_efficient_attention(
          q, k, v, /*attn_bias=*/{}, /*compute_log_sumexp=*/true, /*dropout_p=*/0.0, causal);
      break;
    case AttentionKernel::Plain:
      result.out = at::scaled_dot_product_attention(q, k, v, {}, 0.0, causal);
      break;
  }
  return result;
}

at::Tensor attendUnlessHidden(AttentionKernel kernel, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const at::Tensor& bias) {
  if (kernel == AttentionKernel::Plain) return at::scaled_dot_product_attention(q, k, v, bias);
  return std::get<0>(at::_scaled_dot_product_efficient_attention(q, k, v, bias, /*compute_log_sumexp=*/false,
                                                                 /*dropout_p=*/0.0, /*is_causal=*/false));
}

at::Tensor attendBackward(const DeviceAttended& a, const at::Tensor& qkv, int64_t heads, bool causal,
                          const at::Tensor& dOut, AttentionKernels kernels) {
  const int64_t B = qkv.size(0), n = qkv.size(1), D = qkv.size(2) / 3;
  if (a.kernel == AttentionKernel::Plain) {
    const at::AutoGradMode record(true);
    const auto leaf = qkv.detach().requires_grad_();
    return torch::autograd::grad({reference::attention(leaf, heads, causal)}, {leaf}, {dOut})[0];
  }
  std::optional<Deterministic> deterministic;
  if (kernels == AttentionKernels::Reproducible) deterministic.emplace();
  const auto parts = headsOf(qkv, heads);
  const at::Tensor q = parts[0], k = parts[1], v = parts[2], d = dOut.view({B, n, heads, D / heads}).transpose(1, 2);
  at::Tensor dq, dk, dv;
  if (a.kernel == AttentionKernel::Flash)
    std::tie(dq, dk, dv) = at::_scaled_dot_product_flash_attention_backward(
        d, q, k, v, a.out, a.logSum, /*cum_seq_q=*/{}, /*cum_seq_k=*/{}, n, n, /*dropout_p=*/0.0, causal, a.seed,
        a.offset);
  else if (a.kernel == AttentionKernel::Cudnn)
    std::tie(dq, dk, dv) = at::_scaled_dot_product_cudnn_attention_backward(
        d, q, k, v, a.out, a.logSum, a.seed, a.offset, /*attn_bias=*/{}, /*cum_seq_q=*/{}, /*cum_seq_k=*/{}, n, n,
        /*dropout_p=*/0.0, causal);
  else
    std::tie(dq, dk, dv, std::ignore) = at::_scaled_dot_product_efficient_attention_backward(
        d, q, k, v, /*attn_bias=*/{}, a.out, a.logSum, a.seed, a.offset, /*dropout_p=*/0.0, {true, true, true, false},
        causal);
  return at::stack({dq.transpose(1, 2), dk.transpose(1, 2), dv.transpose(1, 2)}, 2).view({B, n, 3 * D});
}

}  // namespace scanline::direct
