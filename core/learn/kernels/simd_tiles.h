#pragma once

// Products of many rows by AMX, the matrix unit of Intel's processors (Intel SDM, volume 1, chapter 18); one of the
// parts of simd_kernels.cpp (see simd_vector.h).
//
// The unit multiplies bfloat16 and adds in float32. A float32 is cut into three bfloat16 of 8 bits each, without loss;
// of the nine products of two such numbers, the six whose size is above 2^-24 of the largest are summed. That takes a
// fourth of the time of float32 vectors, and its error is theirs.

#include "core/learn/kernels/simd_decode.h"

#ifdef __AMX_BF16__

namespace scanline::SCANLINE_ISA {

inline constexpr int64_t kTileBytes = 1024, kTileLine = 64;

/// Two lines of 16 as pairs, those of a column beside one another; `part` of each.
SCANLINE_INLINE U pairsOf(U first, U second) {
  return (second & 0xFFFF0000u) | (first >> 16);
}
/// A number without its first 8 bits.
SCANLINE_INLINE V rest(V value) {
  return value - (V)((U)value & 0xFFFF0000u);
}

static void panelTiles(const float* panel, int64_t depth, uint8_t* tiles) {
  for (int64_t first = 0; first < depth; first += kTileDepth, tiles += 2 * kTileParts * kTileBytes)
    for (int64_t pair = 0; pair < kTileDepth / 2; ++pair)
      for (int64_t half = 0; half < 2; ++half) {
        const int64_t d = first + 2 * pair;
        const float* line = panel + d * kPanelColumns + half * kTileSide;
        V above = d < depth ? load(line) : V{}, below = d + 1 < depth ? load(line + kPanelColumns) : V{};
        for (int64_t part = 0; part < kTileParts; ++part) {
          const U both = pairsOf((U)above, (U)below);
          __builtin_memcpy(tiles + (2 * part + half) * kTileBytes + pair * kTileLine, &both, sizeof both);
          above = rest(above);
          below = rest(below);
        }
      }
}

static void panelTiles(const Bf16* panel, int64_t depth, uint8_t* tiles) {
  for (int64_t first = 0; first < depth; first += kTileDepth, tiles += 2 * kTileBytes)
    for (int64_t pair = 0; pair < kTileDepth / 2; ++pair) {
      const int64_t d = first + 2 * pair;
      const Pair above = d < depth ? loadPair(panel + d * kPanelColumns) : Pair{},
                 below = d + 1 < depth ? loadPair(panel + (d + 1) * kPanelColumns) : Pair{};
      const U left = pairsOf((U)above.first, (U)below.first), right = pairsOf((U)above.second, (U)below.second);
      __builtin_memcpy(tiles + pair * kTileLine, &left, sizeof left);
      __builtin_memcpy(tiles + kTileBytes + pair * kTileLine, &right, sizeof right);
    }
}

static void leftTiles(int64_t rows, int64_t depth, const float* x, int64_t xStride, uint8_t* tiles) {
  const int64_t steps = (depth + kTileDepth - 1) / kTileDepth, whole = (rows + kTileSide - 1) / kTileSide * kTileSide;
  for (int64_t row = 0; row < whole; ++row) {
    uint8_t* to = tiles + (row / kTileSide * steps * kTileParts * kTileSide + row % kTileSide) * kTileLine;
    for (int64_t d = 0; d < depth; d += kTileDepth, to += kTileParts * kTileBytes) {
      const auto part = [&](int64_t at) {
        return row < rows && at < depth ? loadUpTo(x + row * xStride + at, depth - at) : V{};
      };
      V first = part(d), second = part(d + kLanes);
      for (int64_t i = 0; i < kTileParts; ++i) {
        const H parts[2] = {__builtin_convertvector((U)first >> 16, H), __builtin_convertvector((U)second >> 16, H)};
        __builtin_memcpy(to + i * kTileBytes, parts, sizeof parts);
        first = rest(first);
        second = rest(second);
      }
    }
  }
}

struct alignas(64) TileShape {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// Tiles 0 to 3 are the sums [two of rows][two of columns], 4 and 5 the rows, 6 and 7 the columns.
template <bool IsPair>
SCANLINE_INLINE void tileStep(const uint8_t* left, int64_t leftStep, const uint8_t* panel, bool isNew) {
  if (isNew) {
    _tile_loadd(4, left, kTileLine);
    if constexpr (IsPair) _tile_loadd(5, left + leftStep, kTileLine);
  }
  _tile_loadd(6, panel, kTileLine);
  _tile_loadd(7, panel + kTileBytes, kTileLine);
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  if constexpr (IsPair) {
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

/// One or two tiles of rows against a panel; sums [2][2][16, 16].
template <bool IsPair, class W>
SCANLINE_INLINE void tileSums(const TileProduct& p, const uint8_t* left, int64_t leftStep, float* sums) {
  constexpr int64_t kParts = sizeof(W) == sizeof(float) ? kTileParts : 1;
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (IsPair) {
    _tile_zero(2);
    _tile_zero(3);
  }
  const uint8_t* panel = p.panel;
  for (int64_t d = 0; d < p.depth; d += kTileDepth) {
    for (int64_t i = 0; i < kTileParts; ++i)
      for (int64_t j = 0; j < kParts && i + j < kTileParts; ++j)
        tileStep<IsPair>(left + i * kTileBytes, leftStep, panel + 2 * j * kTileBytes, j == 0);
    left += kTileParts * kTileBytes;
    panel += 2 * kParts * kTileBytes;
  }
  _tile_stored(0, sums, kTileLine);
  _tile_stored(1, sums + 256, kTileLine);
  if constexpr (IsPair) {
    _tile_stored(2, sums + 512, kTileLine);
    _tile_stored(3, sums + 768, kTileLine);
  }
}

template <Result Kind, class W>
static void tileProduct(const TileProduct& p) {
  const TileShape shape;
  alignas(64) float sums[4 * 256];
  const int64_t leftStep = leftTileBytes(kTileSide, p.depth);
  __asm__ volatile("" ::: "memory");  // the unit reads memory behind the compiler's back
  _tile_loadconfig(&shape);
  for (int64_t row = 0; row < p.rows; row += 2 * kTileSide) {
    const uint8_t* left = p.left + row / kTileSide * leftStep;
    if (row + kTileSide < p.rows)
      tileSums<true, W>(p, left, leftStep, sums);
    else
      tileSums<false, W>(p, left, leftStep, sums);
    const int64_t count = p.rows - row < 2 * kTileSide ? p.rows - row : 2 * kTileSide;
    for (int64_t m = 0; m < count; ++m)
      for (int64_t half = 0; half < 2; ++half) {
        const int64_t at = half * kTileSide;
        finish<Kind>(load(sums + (m / kTileSide * 2 + half) * 256 + m % kTileSide * kTileSide), p.bias, at,
                     p.columns - at, p.y + (row + m) * p.yStride);
      }
  }
  _tile_release();
}

}  // namespace scanline::SCANLINE_ISA

#endif
