#pragma once

// Vectors of float in the compiler's own vector types, for files that are compiled once for each instruction set
// (SCANLINE_ISA names it). Everything lies in a namespace of that name and nothing of the standard library is used: an
// inline function shared with ordinary files could be taken by the linker from the wrong set and crash an older
// processor.

#ifdef __AVX512BF16__
#include <immintrin.h>  // its functions are forced inline, so none is shared
#endif

#include "core/learn/kernels/kernels.h"

namespace scanline::SCANLINE_ISA {

#ifdef __AVX512F__
inline constexpr int kLanes = 16;  // 32 registers: 8 rows of 3 vectors stay in them
inline constexpr int kTileRows = 8;
#else
inline constexpr int kLanes = 8;  // 16 registers: 4 rows of 3 vectors
inline constexpr int kTileRows = 4;
#endif
inline constexpr int kTileVectors = 3;

using V = float __attribute__((vector_size(kLanes * 4)));
using I = int32_t __attribute__((vector_size(kLanes * 4)));
using U = uint32_t __attribute__((vector_size(kLanes * 4)));
using H = uint16_t __attribute__((vector_size(kLanes * 2)));

#define SCANLINE_INLINE static inline __attribute__((always_inline))

/// Minus zero, which changes nothing, not plus zero, which makes -0 to 0 and so would cost an addition.
SCANLINE_INLINE V splat(float value) {
  return value - V{};
}

SCANLINE_INLINE V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
SCANLINE_INLINE void store(float* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}

SCANLINE_INLINE V load(const Bf16* p) {
  H h;
  __builtin_memcpy(&h, p, sizeof h);
  return (V)(__builtin_convertvector(h, U) << 16);
}
/// To nearest, ties to even; a NaN stays one, since its fraction is made non-zero before it is cut.
SCANLINE_INLINE void store(Bf16* p, V v) {
#ifdef __AVX512BF16__
  const __m256bh h = _mm512_cvtneps_pbh((__m512)v);
#else
  const U bits = (U)v;
  const U rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  const H h = __builtin_convertvector(v == v ? rounded : (bits >> 16) | 0x40, H);
#endif
  __builtin_memcpy(p, &h, sizeof h);
}

/// The first `count` < kLanes elements; the others are 0 (load) or untouched (store).
template <class T>
SCANLINE_INLINE V loadPart(const T* p, int64_t count) {
  T part[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) part[i] = p[i];
  return load(part);
}
template <class T>
SCANLINE_INLINE void storePart(T* p, V v, int64_t count) {
  T part[kLanes];
  store(part, v);
  for (int64_t i = 0; i < count; ++i) p[i] = part[i];
}

template <class T>
SCANLINE_INLINE V loadUpTo(const T* p, int64_t count) {
  return count >= kLanes ? load(p) : loadPart(p, count);
}
template <class T>
SCANLINE_INLINE void storeUpTo(T* p, V v, int64_t count) {
  if (count >= kLanes)
    store(p, v);
  else
    storePart(p, v, count);
}

SCANLINE_INLINE float sum(V v) {
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += v[i];
  return total;
}
SCANLINE_INLINE V larger(V a, V b) {
  return a > b ? a : b;
}
SCANLINE_INLINE float largest(V v) {
  float result = v[0];
  for (int i = 1; i < kLanes; ++i) result = v[i] > result ? v[i] : result;
  return result;
}
SCANLINE_INLINE V iota() {
  V v{};
  for (int i = 0; i < kLanes; ++i) v[i] = static_cast<float>(i);
  return v;
}

/// e^x within 2 units in the last place (Cephes' expf); below -87.3 it stays at e^-87.3, above 88.3 at e^88.3. NaN
/// stays NaN.
SCANLINE_INLINE V exponential(V x) {
  x = x < -87.3f ? splat(-87.3f) : x;
  x = x > 88.3f ? splat(88.3f) : x;
  const V shifted = x * 1.44269504f + 12582912.f;  // 1.5 * 2^23: the sum is rounded to a whole number
  const V whole = shifted - 12582912.f;
  const V f = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  V p = f * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * (f * f) + f + 1.f;
  const I power = ((I)shifted - 0x4B400000 + 127) << 23;
  return p * (V)power;
}

}  // namespace scanline::SCANLINE_ISA
