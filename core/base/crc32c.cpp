#include "core/base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace scanline {

uint32_t crc32c(std::span<const std::byte> bytes, uint32_t seed) {
  constexpr size_t kMost = 1 << 30;  // the library counts in int
  uint32_t crc = ~seed;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kMost));
    auto* begin = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(part.data()));  // which it only reads
    crc = crc32_iscsi(begin, static_cast<int>(part.size()), crc);
    bytes = bytes.subspan(part.size());
  }
  return ~crc;
}

}  // namespace scanline
