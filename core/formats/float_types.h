#pragma once

#include <bit>
#include <cstdint>

namespace scanline {

/// IEEE binary16 to float; exact for every value, subnormals, infinities and NaN included.
inline float halfToFloat(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  const uint32_t exponent = (half >> 10) & 31u, fraction = half & 1023u;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t wide = exponent == 31 ? 255u : exponent + 112u;  // the biases differ by 127 - 15
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

/// bfloat16 to float: the upper half of its bits.
inline float bfloatToFloat(uint16_t value) {
  return std::bit_cast<float>(uint32_t{value} << 16);
}

}  // namespace scanline
