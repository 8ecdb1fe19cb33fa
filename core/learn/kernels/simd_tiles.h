#pragma once

// Products of many rows by AMX, the matrix unit of Intel's processors (Intel SDM, volume 1, chapter 18); one of the
// parts of simd_kernels.cpp (see simd_vector.h). The unit multiplies bfloat16 and adds in float32.

#include "core/learn/kernels/simd_decode.h"

#ifdef __AMX_BF16__

namespace scanline::SCANLINE_ISA {

inline constexpr int64_t kTileBytes = 1024, kTileLine = 64;

SCANLINE_INLINE U bf16Bits(V value) {
  H bits;
  store(reinterpret_cast<Bf16*>(&bits), value);
  return __builtin_convertvector(bits, U);
}

template <class W>
static void panelTiles(const W* panel, int64_t depth, uint8_t* tiles) {
  for (int64_t first = 0; first < depth; first += kTileDepth, tiles += 2 * kTileBytes)
    for (int64_t pair = 0; pair < kTileDepth / 2; ++pair) {
      const int64_t d = first + 2 * pair;
      const Pair above = d < depth ? loadPair(panel + d * kPanelColumns) : Pair{},
                 below = d + 1 < depth ? loadPair(panel + (d + 1) * kPanelColumns) : Pair{};
      const U left = bf16Bits(above.first) | bf16Bits(below.first) << 16,
              right = bf16Bits(above.second) | bf16Bits(below.second) << 16;
      __builtin_memcpy(tiles + pair * kTileLine, &left, sizeof left);
      __builtin_memcpy(tiles + kTileBytes + pair * kTileLine, &right, sizeof right);
    }
}

static void leftTiles(int64_t rows, int64_t depth, const float* x, int64_t xStride, uint8_t* tiles) {
  const int64_t whole = roundUp(rows, kTileSide);
  for (int64_t row = 0; row < whole; ++row) {
    uint8_t* to = tiles + row / kTileSide * leftTileBytes(kTileSide, depth) + row % kTileSide * kTileLine;
    for (int64_t d = 0; d < depth; d += kTileDepth, to += kTileBytes) {
      const auto part = [&](int64_t at) {
        return row < rows && at < depth ? loadUpTo(x + row * xStride + at, depth - at) : V{};
      };
      store(reinterpret_cast<Bf16*>(to), part(d));
      store(reinterpret_cast<Bf16*>(to) + kLanes, part(d + kLanes));
    }
  }
}

struct alignas(64) TileShape {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// One or two tiles of rows against a panel; sums [2][2][16, 16]. Tiles 0 to 3 are the sums, 4 and 5 the rows, 6 and 7
/// the columns.
template <bool IsPair>
SCANLINE_INLINE void tileSums(int64_t depth, const uint8_t* left, int64_t leftStep, const uint8_t* panel, float* sums) {
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (IsPair) {
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t d = 0; d < depth; d += kTileDepth, left += kTileBytes, panel += 2 * kTileBytes) {
    _tile_loadd(4, left, kTileLine);
    if constexpr (IsPair) _tile_loadd(5, left + leftStep, kTileLine);
    _tile_loadd(6, panel, kTileLine);
    _tile_loadd(7, panel + kTileBytes, kTileLine);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (IsPair) {
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, kTileLine);
  _tile_stored(1, sums + 256, kTileLine);
  if constexpr (IsPair) {
    _tile_stored(2, sums + 512, kTileLine);
    _tile_stored(3, sums + 768, kTileLine);
  }
}

template <Result Kind>
static void tileProduct(const TileProduct& p) {
  const TileShape shape;
  alignas(64) float sums[4 * 256];
  const int64_t leftStep = leftTileBytes(kTileSide, p.depth), panelStep = panelTileBytes(p.depth);
  __asm__ volatile("" ::: "memory");  // the unit reads memory behind the compiler's back
  _tile_loadconfig(&shape);
  for (int64_t column = 0; column < p.columns; column += kPanelColumns) {
    const uint8_t* panel = p.panels + column / kPanelColumns * panelStep;
    for (int64_t row = 0; row < p.rows; row += 2 * kTileSide) {
      const uint8_t* left = p.left + row / kTileSide * leftStep;
      if (row + kTileSide < p.rows)
        tileSums<true>(p.depth, left, leftStep, panel, sums);
      else
        tileSums<false>(p.depth, left, leftStep, panel, sums);
      const int64_t count = p.rows - row < 2 * kTileSide ? p.rows - row : 2 * kTileSide;
      for (int64_t m = 0; m < count; ++m)
        for (int64_t half = 0; half < 2; ++half) {
          const int64_t at = column + half * kTileSide;
          finish<Kind>(load(sums + (m / kTileSide * 2 + half) * 256 + m % kTileSide * kTileSide), p.bias, at,
                       p.columns - at, p.y + (row + m) * p.yStride);
        }
    }
  }
  _tile_release();
}

}  // namespace scanline::SCANLINE_ISA

#endif
