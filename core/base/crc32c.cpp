#include "core/base/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace scanline {
namespace {

constexpr uint32_t kReversedPolynomial = 0x82F63B78U;
constexpr size_t kSlices = 8;

using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

/// Slicing-by-8 (Kounavis and Berry 2005): table k holds what a byte contributes with k zero bytes behind it.
constexpr Tables makeTables() {
  Tables tables{};
  for (uint32_t value = 0; value < 256; ++value) {
    uint32_t crc = value;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kReversedPolynomial : 0U);
    tables[0][value] = crc;
  }
  for (size_t slice = 1; slice < kSlices; ++slice)
    for (size_t value = 0; value < 256; ++value) {
      const uint32_t before = tables[slice - 1][value];
      tables[slice][value] = (before >> 8) ^ tables[0][before & 0xFFU];
    }
  return tables;
}

constexpr Tables kTables = makeTables();

}  // namespace

uint32_t crc32c(std::span<const std::byte> bytes, uint32_t seed) {
  static_assert(std::endian::native == std::endian::little, "the eight bytes are taken as a little-endian number");
  uint32_t crc = ~seed;
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= crc;
    crc = 0;
    for (size_t i = 0; i < kSlices; ++i) crc ^= kTables[kSlices - 1 - i][(word >> (8 * i)) & 0xFFU];
  }
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<uint32_t>(byte)) & 0xFFU];
  return ~crc;
}

}  // namespace scanline
