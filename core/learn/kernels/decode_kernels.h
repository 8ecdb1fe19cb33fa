#pragma once

#include <cstdint>

#include "core/learn/kernels/kernels.h"

namespace scanline {

// The parts of a network that see one position, on raw rows and one thread; the callers in core/learn/model/decoder.cpp
// share them out among threads. Arithmetic is float32 throughout; weights and cache are float or Bf16. Functions of
// this header are always inlined: of a copy that files for several instruction sets share, the linker may keep the
// wrong one.

/// Columns of a packed matrix that are read together. A packed matrix [in, out] is a list of panels [in,
/// kPanelColumns], the last one filled up with zeros.
inline constexpr int64_t kPanelColumns = 32;
/// Positions of a page of cache.
inline constexpr int64_t kPagePositions = 32;
/// Values of a head are filled up to a multiple of it.
inline constexpr int64_t kValueColumns = 32;

/// Where element `index` of a line of Bf16 lies: those of two neighbouring vectors alternate, so that either is had
/// from one load by a shift or a mask. Floats lie as they are. `lanes`: of a vector, see DecodeKernels.
[[gnu::always_inline]] inline constexpr int64_t pairedPlace(int64_t index, int64_t lanes) {
  const int64_t inPair = index % (2 * lanes);
  return index - inPair + (inPair < lanes ? 2 * inPair : 2 * (inPair - lanes) + 1);
}

/// y[rows, columns] from x[rows, depth] times one panel.
template <class W>
struct PanelProduct {
  const W* panel;
  int64_t depth, columns;  ///< columns: 1 .. kPanelColumns
  const float* bias;       ///< [columns], nullptr: none
  int64_t rows;
  const float* x;
  int64_t xStride;
  float* y;
  int64_t yStride;
  const W* next;  ///< the panel, of `depth` lines or more, that this thread reads next: on its way meanwhile
};

/// Keys and values of one head in one page: keys [K, kPagePositions], transposed, and values [kPagePositions, K'] with
/// K' = K rounded up to kValueColumns. A page holds, for each layer, the keys of all heads and then the values of all.
struct PageLayout {
  int64_t heads, headWidth;

  [[gnu::always_inline]] constexpr int64_t valueWidth() const {
    return (headWidth + kValueColumns - 1) / kValueColumns * kValueColumns;
  }
  [[gnu::always_inline]] constexpr int64_t keys(int64_t head) const { return head * headWidth * kPagePositions; }
  [[gnu::always_inline]] constexpr int64_t values(int64_t head) const {
    return keys(heads) + head * valueWidth() * kPagePositions;
  }
  [[gnu::always_inline]] constexpr int64_t layerSize() const { return values(heads); }  ///< elements
};

/// One position of some rows against their caches, for heads firstHead .. lastHead - 1. Pages that several of the rows
/// have in common are read once. A row's result does not depend on the others.
template <class C>
struct RowAttention {
  PageLayout layout;
  int64_t firstHead, lastHead;
  int64_t rows;                  ///< 1 .. kGroupRows
  const C* const* const* pages;  ///< [rows] lists of pages, in order; `offset` elements into each page begins the layer
  int64_t offset;
  int64_t positions;  ///< that are seen, at least 1
  const float* q;     ///< [rows, D], heads outermost, rows `qStride` apart
  int64_t qStride;
  float* out;  ///< [rows, D], rows `outStride` apart
  int64_t outStride;
  float* scratch;  ///< 64-byte aligned: attentionScratch() floats
  const C* next;   ///< the layer in the first page of the row that this thread sees next; or of this one
};
inline constexpr int64_t kGroupRows = 8;

/// Consecutive positions of one row and head against the cache, in which their own keys and values stand already:
/// position first + i sees 0 .. first + i.
template <class C>
struct RunAttention {
  PageLayout layout;
  int64_t head;
  const C* const* pages;  ///< of this row, in order; `offset` elements into each begins the layer
  int64_t offset;
  int64_t first, count;  ///< positions
  const float* q;        ///< [count, K], rows `qStride` apart
  int64_t qStride;
  float* out;  ///< [count, K], rows `outStride` apart
  int64_t outStride;
  float* scratch;  ///< 64-byte aligned: runScratch() floats
};

/// Rows and columns of a tile of Bf16, and the depth of one that is multiplied at a time.
inline constexpr int64_t kTileSide = 16, kTileDepth = 32;

/// Bytes of `rows` rows as tiles: [rows / 16][depth / 32][16, 32] of Bf16, both numbers rounded up.
[[gnu::always_inline]] inline constexpr int64_t leftTileBytes(int64_t rows, int64_t depth) {
  return (rows + kTileSide - 1) / kTileSide * ((depth + kTileDepth - 1) / kTileDepth) * 1024;
}
/// Bytes of a panel as tiles: [depth / 32][2][16 pairs of lines, 16 columns, 2] of Bf16, rounded up.
[[gnu::always_inline]] inline constexpr int64_t panelTileBytes(int64_t depth) {
  return (depth + kTileDepth - 1) / kTileDepth * 2 * 1024;
}

/// y[rows, columns] from rows of tiles times panels of tiles, which lie behind one another.
struct TileProduct {
  const uint8_t* left;
  const uint8_t* panels;
  int64_t depth, columns;
  const float* bias;  ///< [columns], nullptr: none
  int64_t rows;
  float* y;
  int64_t yStride;
};

/// Products of many rows by the processor's matrix unit (AMX): operands are rounded to Bf16, sums are float32. A row's
/// result does not depend on the others. Memory is 64-byte aligned.
struct TileKernels {
  /// A panel [depth, kPanelColumns] as tiles.
  void (*f32Panel)(const float* panel, int64_t depth, uint8_t* tiles);
  void (*bf16Panel)(const Bf16* panel, int64_t depth, uint8_t* tiles);
  /// x[rows, depth] as tiles.
  void (*left)(int64_t rows, int64_t depth, const float* x, int64_t xStride, uint8_t* tiles);
  void (*store)(const TileProduct& product);      ///< y = x w + b
  void (*add)(const TileProduct& product);        ///< y += x w + b
  void (*quickGelu)(const TileProduct& product);  ///< y = gelu(x w + b)
};

template <class W>
struct ProductKernels {
  void (*store)(const PanelProduct<W>& product);      ///< y = x w + b
  void (*add)(const PanelProduct<W>& product);        ///< y += x w + b
  void (*quickGelu)(const PanelProduct<W>& product);  ///< y = gelu(x w + b)
};

template <class C>
struct CacheKernels {
  /// Puts k and v ([K] each) of one head at `place`, 0 .. kPagePositions - 1, of a page's layer.
  void (*put)(const PageLayout& layout, int64_t head, C* layer, int64_t place, const float* k, const float* v);
  /// Softmax attention, scaled by 1/sqrt(K).
  void (*attend)(const RowAttention<C>& rows);
  /// The same for many positions of a row.
  void (*attendRun)(const RunAttention<C>& run);
};

struct DecodeKernels {
  int64_t lanes;  ///< floats of a vector; for pairedPlace()
  ProductKernels<float> f32Product;
  ProductKernels<Bf16> bf16Product;
  CacheKernels<float> f32Cache;
  CacheKernels<Bf16> bf16Cache;
  /// Floats of RowAttention::scratch, of so many rows that see up to `positions`.
  int64_t (*attentionScratch)(const PageLayout& layout, int64_t positions, int64_t rows);
  /// Floats of RunAttention::scratch, where the last position is below `positions`.
  int64_t (*runScratch)(const PageLayout& layout, int64_t positions);
  const TileKernels* tiles;  ///< nullptr: this processor has no matrix unit
  /// shares[V] = e^((logit - largest) / temperature) in double, within 2 units in the last place; returns the largest
  /// logit. NaN where a logit is NaN or the largest is infinite.
  float (*shares)(int64_t V, const float* logits, double temperature, double* shares);
};

}  // namespace scanline
