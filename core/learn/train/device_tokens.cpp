#include "core/learn/train/device_tokens.h"

#include <algorithm>

#include "core/base/memory.h"
#include "core/learn/model/device_memory.h"

namespace scanline {

DeviceTokens::DeviceTokens(const TokenSet& set, at::Device device) {
  constexpr int64_t kPart = int64_t{32} << 20;  // bytes of pinned memory that are taken at once
  static_assert(sizeof(Token) == sizeof(int16_t));
  const int64_t rowBytes = set.length * static_cast<int64_t>(sizeof(Token));
  if (device.is_cpu() || set.count == 0 || set.count * rowBytes > freeMemory(device) / 10) return;
  try {
    auto tokens = at::empty({set.count, set.length}, at::TensorOptions(at::kShort).device(device));
    const int64_t most = std::max<int64_t>(1, kPart / rowBytes);
    for (int64_t first = 0; first < set.count; first += most) {
      const int64_t count = std::min(most, set.count - first);
      const auto part = hostBuffer({count, set.length}, at::kShort, device);
      auto* to = part.mutable_data_ptr<int16_t>();
      for (int64_t i = 0; i < count; ++i) {
        const auto image = set.image(first + i);
        to = std::ranges::transform(image, to, [](Token token) { return static_cast<int16_t>(token); }).out;
      }
      tokens.narrow(0, first, count).copy_(uploaded(part, device));
    }
    tokens_Nn_ = tokens;
  } catch (const std::exception& failure) {
    if (!isOutOfMemory(failure)) throw;  // then they take the way of each batch
  }
}

at::Tensor DeviceTokens::rows(std::span<const int64_t> rows) const {
  const auto numbers = hostBuffer({std::ssize(rows)}, at::kLong, tokens_Nn_.device());
  std::ranges::copy(rows, numbers.mutable_data_ptr<int64_t>());
  return tokens_Nn_.index_select(0, uploaded(numbers, tokens_Nn_.device())).to(at::kLong);
}

}  // namespace scanline
