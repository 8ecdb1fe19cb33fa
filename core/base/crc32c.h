#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace scanline {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`. `seed` is the sum of the bytes before, so that
/// crc32c(b, crc32c(a)) is the sum of a followed by b. Any thread.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t seed = 0);

/// TensorFlow and LevelDB store sums turned and shifted, so that the sum of bytes that hold sums themselves stays
/// useful.
constexpr uint32_t maskedCrc32c(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}
/// The sum that maskedCrc32c() made `masked` of.
constexpr uint32_t unmaskCrc32c(uint32_t masked) {
  const uint32_t turned = masked - 0xA282EAD8U;
  return (turned >> 17) | (turned << 15);
}

}  // namespace scanline
