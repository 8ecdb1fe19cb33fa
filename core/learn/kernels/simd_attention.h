#pragma once

// Attention of one head; one of the parts of simd_kernels.cpp (see simd_vector.h).
//
// A strip of kStrip queries is held against all keys that it sees, so that softmax sees whole rows and nothing has to
// be rescaled; a strip of 16 x 1024 scores is 64 KiB. Keys and values of the head are first copied to float32,
// as rows and transposed, with room rounded up to whole strips (n') and whole vectors (K'), zero-filled: the products
// then know no odd sizes. All products are one function: rows of C are sums of rows of B.

#include "core/learn/kernels/simd_vector.h"

namespace scanline::SCANLINE_ISA {

inline constexpr int64_t kStrip = 16;

SCANLINE_INLINE int64_t roundUp(int64_t value, int64_t to) {
  return (value + to - 1) / to * to;
}

/// A strided view of a left operand: element (m, d) at data[m * row + d * depth].
struct Left {
  const float* data;
  int64_t row, depth;
};

template <int R, int N, bool Add>
SCANLINE_INLINE void tile(Left a, const float* b, int64_t ldb, int64_t depth, float* c, int64_t ldc) {
  V sums[R][N];
  for (int m = 0; m < R; ++m)
    for (int v = 0; v < N; ++v) sums[m][v] = Add ? load(c + m * ldc + v * kLanes) : V{};
  for (int64_t d = 0; d < depth; ++d) {
    V row[N];
    for (int v = 0; v < N; ++v) row[v] = load(b + d * ldb + v * kLanes);
    for (int m = 0; m < R; ++m) {
      const V left = splat(a.data[m * a.row + d * a.depth]);
      for (int v = 0; v < N; ++v) sums[m][v] += left * row[v];
    }
  }
  for (int m = 0; m < R; ++m)
    for (int v = 0; v < N; ++v) store(c + m * ldc + v * kLanes, sums[m][v]);
}

template <int N, bool Add>
static void column(int64_t rows, Left a, const float* b, int64_t ldb, int64_t depth, float* c, int64_t ldc) {
  for (int64_t m = 0; m < rows; m += kTileRows)
    tile<kTileRows, N, Add>({a.data + m * a.row, a.row, a.depth}, b, ldb, depth, c + m * ldc, ldc);
}

/// C[rows, columns] (+)= A B. rows: a multiple of kTileRows; columns: of kLanes.
template <bool Add>
static void multiply(int64_t rows, int64_t columns, int64_t depth, Left a, const float* b, int64_t ldb, float* c,
                     int64_t ldc) {
  static_assert(kTileVectors == 3);
  while (columns > 0) {
    const int64_t vectors = columns / kLanes;
    // Four are two and two: three and one would leave the last column with too little to do.
    const int64_t now = vectors == 4 ? 2 : vectors < kTileVectors ? vectors : kTileVectors;
    if (now == 3)
      column<3, Add>(rows, a, b, ldb, depth, c, ldc);
    else if (now == 2)
      column<2, Add>(rows, a, b, ldb, depth, c, ldc);
    else
      column<1, Add>(rows, a, b, ldb, depth, c, ldc);
    b += now * kLanes;
    c += now * kLanes;
    columns -= now * kLanes;
  }
}

/// The arrays that lie in the scratch memory.
struct AttentionArrays {
  int64_t rows, columns;                                    // n', K'
  float *keysT, *values;                                    // [K', n'], [n', K']
  float *queries, *strip, *result;                          // [kStrip, K'], [kStrip, n'], [kStrip, K']
  float *valuesT, *keys, *dKeys, *dValues, *dOut, *dStrip;  // backward only
  int64_t size = 0;                                         ///< floats; the arrays themselves are null if `memory` is

  AttentionArrays(const HeadLayout& l, float* memory, bool backward)
      : rows(roundUp(l.positions, kStrip)), columns(roundUp(l.headWidth, kLanes)) {
    const auto take = [&](int64_t count) {
      float* begin = memory ? memory + size : nullptr;
      size += count;
      return begin;
    };
    keysT = take(columns * rows);
    queries = take(kStrip * columns);
    strip = take(kStrip * rows);
    result = take(kStrip * columns);
    values = backward ? nullptr : take(rows * columns);
    valuesT = backward ? take(columns * rows) : nullptr;
    keys = backward ? take(rows * columns) : nullptr;
    dKeys = backward ? take(rows * columns) : nullptr;
    dValues = backward ? take(rows * columns) : nullptr;
    dOut = backward ? take(kStrip * columns) : nullptr;
    dStrip = backward ? take(kStrip * rows) : nullptr;
  }
};

/// `count` rows of a head times `scale` into [rows, K'], zero-filled below and to the right.
template <class T>
static void copyRows(const T* from, int64_t stride, int64_t count, int64_t width, float scale, float* to, int64_t rows,
                     int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, to += columns)
    for (int64_t i = 0; i < columns; i += kLanes) {
      const int64_t left = row < count ? width - i : 0;
      store(to + i, left >= kLanes ? load(from + row * stride + i) * scale
                    : left > 0     ? loadPart(from + row * stride + i, left) * scale
                                   : V{});
    }
}

/// Rows of a head into [K', n'], transposed in blocks of kLanes rows.
template <class T>
static void copyTransposed(const T* from, int64_t stride, int64_t count, int64_t width, float* to, int64_t rows,
                           int64_t columns) {
  float block[kLanes][kLanes];
  for (int64_t row = 0; row < rows; row += kLanes)
    for (int64_t i = 0; i < columns; i += kLanes) {
      for (int64_t r = 0; r < kLanes; ++r) {
        const bool inside = row + r < count && i < width;
        store(block[r], inside ? loadUpTo(from + (row + r) * stride + i, width - i) : V{});
      }
      for (int64_t c = 0; c < kLanes; ++c) {
        V line;
        for (int r = 0; r < kLanes; ++r) line[r] = block[r][c];
        store(to + (i + c) * rows + row, line);
      }
    }
}

/// The keys that a strip of queries sees: those up to that of its last row, or all; in whole strips.
SCANLINE_INLINE int64_t seenKeys(const HeadLayout& l, int64_t first) {
  return l.causal ? first + kStrip : roundUp(l.positions, kStrip);
}
/// The last key that the query at `position` sees.
SCANLINE_INLINE int64_t lastKey(const HeadLayout& l, int64_t position) {
  return l.causal ? position : l.positions - 1;
}

struct Softmax {
  float shift, total;
};
/// Scores 0 .. edge become e^(score - shift), with the largest for shift; those after them, up to `seen`, become 0.
SCANLINE_INLINE Softmax softmaxRow(float* scores, int64_t edge, int64_t seen) {
  const int64_t last = edge / kLanes * kLanes;  // the vector that the edge cuts
  const auto visible = iota() <= static_cast<float>(edge - last);
  V top = visible ? load(scores + last) : splat(-1e30f);
  for (int64_t j = 0; j < last; j += kLanes) top = larger(load(scores + j), top);
  const float shift = largest(top);
  const V cut = exponential(load(scores + last) - shift);
  V total = visible ? cut : V{};
  store(scores + last, total);
  for (int64_t j = 0; j < last; j += kLanes) {
    const V e = exponential(load(scores + j) - shift);
    store(scores + j, e);
    total += e;
  }
  for (int64_t j = last + kLanes; j < seen; j += kLanes) store(scores + j, V{});
  return {shift, sum(total)};
}

template <class T>
static void attention(const HeadLayout& l, const T* q, T* out, float* logSum, float* scratch) {
  const AttentionArrays a(l, scratch, false);
  const int64_t n = l.positions, K = l.headWidth, stride = 3 * l.width;
  const float scale = 1.f / __builtin_sqrtf(static_cast<float>(K));
  copyTransposed(q + l.width, stride, n, K, a.keysT, a.rows, a.columns);
  copyRows(q + 2 * l.width, stride, n, K, 1.f, a.values, a.rows, a.columns);

  for (int64_t first = 0; first < n; first += kStrip) {
    const int64_t count = first + kStrip < n ? kStrip : n - first, seen = seenKeys(l, first);
    copyRows(q + first * stride, stride, count, K, scale, a.queries, kStrip, a.columns);
    multiply<false>(kStrip, seen, K, {a.queries, a.columns, 1}, a.keysT, a.rows, a.strip, a.rows);

    float factors[kStrip];
    for (int64_t r = 0; r < kStrip; ++r) {
      const auto [shift, total] = softmaxRow(a.strip + r * a.rows, lastKey(l, first + r), seen);
      factors[r] = 1.f / total;
      if (r < count) logSum[first + r] = shift + __builtin_logf(total);
    }

    multiply<false>(kStrip, a.columns, seen, {a.strip, a.rows, 1}, a.values, a.columns, a.result, a.columns);
    for (int64_t r = 0; r < count; ++r)
      for (int64_t i = 0; i < K; i += kLanes)
        storeUpTo(out + (first + r) * l.width + i, load(a.result + r * a.columns + i) * factors[r], K - i);
  }
}

/// P and dS = P (dP - sum(dO O)) of a strip, from scores (in strip) and dP (in dStrip), in place.
static void stripGradients(const HeadLayout& l, const AttentionArrays& a, int64_t first, int64_t count,
                           const float* logSum, const float* dots) {
  const int64_t seen = seenKeys(l, first);
  for (int64_t r = 0; r < kStrip; ++r) {
    float *p = a.strip + r * a.rows, *d = a.dStrip + r * a.rows;
    const int64_t edge = lastKey(l, first + r), last = edge / kLanes * kLanes;
    int64_t j = 0;
    if (r < count) {
      for (; j < last; j += kLanes) {
        const V e = exponential(load(p + j) - logSum[first + r]);
        store(p + j, e);
        store(d + j, e * (load(d + j) - dots[r]));
      }
      const auto visible = iota() <= static_cast<float>(edge - last);
      const V cut = exponential(load(p + j) - logSum[first + r]), e = visible ? cut : V{};
      store(p + j, e);
      store(d + j, e * (load(d + j) - dots[r]));
      j += kLanes;
    }
    for (; j < seen; j += kLanes) {
      store(p + j, V{});
      store(d + j, V{});
    }
  }
}

template <class T>
static void attentionBackward(const HeadLayout& l, const T* q, const T* out, const T* dOut, const float* logSum, T* dq,
                              float* scratch) {
  const AttentionArrays a(l, scratch, true);
  const int64_t n = l.positions, K = l.headWidth, stride = 3 * l.width;
  const float scale = 1.f / __builtin_sqrtf(static_cast<float>(K));
  copyTransposed(q + l.width, stride, n, K, a.keysT, a.rows, a.columns);
  copyTransposed(q + 2 * l.width, stride, n, K, a.valuesT, a.rows, a.columns);
  copyRows(q + l.width, stride, n, K, scale, a.keys, a.rows, a.columns);
  for (int64_t i = 0; i < a.rows * a.columns; i += kLanes) {
    store(a.dKeys + i, V{});
    store(a.dValues + i, V{});
  }

  for (int64_t first = 0; first < n; first += kStrip) {
    const int64_t count = first + kStrip < n ? kStrip : n - first, seen = seenKeys(l, first);
    copyRows(q + first * stride, stride, count, K, scale, a.queries, kStrip, a.columns);
    copyRows(dOut + first * l.width, l.width, count, K, 1.f, a.dOut, kStrip, a.columns);
    float dots[kStrip] = {};
    for (int64_t r = 0; r < count; ++r) {
      V products{};
      for (int64_t i = 0; i < K; i += kLanes)
        products += load(a.dOut + r * a.columns + i) * loadUpTo(out + (first + r) * l.width + i, K - i);
      dots[r] = sum(products);
    }

    multiply<false>(kStrip, seen, K, {a.queries, a.columns, 1}, a.keysT, a.rows, a.strip, a.rows);
    multiply<false>(kStrip, seen, K, {a.dOut, a.columns, 1}, a.valuesT, a.rows, a.dStrip, a.rows);
    stripGradients(l, a, first, count, logSum, dots);
    multiply<true>(seen, a.columns, kStrip, {a.strip, 1, a.rows}, a.dOut, a.columns, a.dValues, a.columns);
    multiply<true>(seen, a.columns, kStrip, {a.dStrip, 1, a.rows}, a.queries, a.columns, a.dKeys, a.columns);
    multiply<false>(kStrip, a.columns, seen, {a.dStrip, a.rows, 1}, a.keys, a.columns, a.result, a.columns);
    for (int64_t r = 0; r < count; ++r)
      for (int64_t i = 0; i < K; i += kLanes)
        storeUpTo(dq + (first + r) * stride + i, load(a.result + r * a.columns + i), K - i);
  }
  for (int64_t row = 0; row < n; ++row)
    for (int64_t i = 0; i < K; i += kLanes) {
      storeUpTo(dq + row * stride + l.width + i, load(a.dKeys + row * a.columns + i), K - i);
      storeUpTo(dq + row * stride + 2 * l.width + i, load(a.dValues + row * a.columns + i), K - i);
    }
}

static int64_t attentionScratch(const HeadLayout& layout, bool backward) {
  return AttentionArrays(layout, nullptr, backward).size;
}

}  // namespace scanline::SCANLINE_ISA
