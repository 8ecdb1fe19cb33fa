#pragma once

// One position of many rows; one of the parts of simd_kernels.cpp (see simd_vector.h).

#include "core/learn/kernels/decode_kernels.h"
#include "core/learn/kernels/simd_attention.h"
#include "core/learn/kernels/simd_rows.h"

namespace scanline::SCANLINE_ISA {

#define SCANLINE_MEMBER inline __attribute__((always_inline))

struct Pair {
  V first, second;
};

/// 2 kLanes elements; Bf16 lie as pairedPlace() says.
SCANLINE_INLINE Pair loadPair(const float* p) {
  return {load(p), load(p + kLanes)};
}
SCANLINE_INLINE Pair loadPair(const Bf16* p) {
  U both;
  __builtin_memcpy(&both, p, sizeof both);
  return {(V)(both << 16), (V)(both & 0xFFFF0000u)};
}

SCANLINE_INLINE void storePair(float* p, Pair pair) {
  store(p, pair.first);
  store(p + kLanes, pair.second);
}
SCANLINE_INLINE void storePair(Bf16* p, Pair pair) {
  H first, second;
  store(reinterpret_cast<Bf16*>(&first), pair.first);
  store(reinterpret_cast<Bf16*>(&second), pair.second);
  const U both = __builtin_convertvector(first, U) | __builtin_convertvector(second, U) << 16;
  __builtin_memcpy(p, &both, sizeof both);
}

template <class C>
SCANLINE_INLINE int64_t placeOf(int64_t index) {
  return sizeof(C) == sizeof(float) ? index : pairedPlace(index, kLanes);
}
/// One line of kPanelColumns elements, into the second-level cache: prefetches into the first level would take up its
/// few miss buffers, which the present reads need.
template <class C>
SCANLINE_INLINE void prefetchLine(const C* line) {
  __builtin_prefetch(line, 0, 2);
  if constexpr (sizeof(C) * kPanelColumns > 64) __builtin_prefetch(line + 64 / sizeof(C), 0, 2);
}

enum class Result { Store, Add, QuickGelu };

/// Puts one vector of sums at y[at ..], of which `left` elements count.
template <Result Kind>
SCANLINE_INLINE void finish(V sum, const float* bias, int64_t at, int64_t left, float* y) {
  if (left <= 0) return;
  if (bias) sum += loadUpTo(bias + at, left);
  if constexpr (Kind == Result::Add) sum += loadUpTo(y + at, left);
  if constexpr (Kind == Result::QuickGelu) sum = sum * sigmoid1702(sum);
  storeUpTo(y + at, sum, left);
}

/// The part of the next panel that a tile of rows prefetches: `step` bytes a line, spread over the first two tiles.
struct Ahead {
  const char* at;
  int64_t step, second;

  template <class W>
  SCANLINE_MEMBER Ahead(const PanelProduct<W>& p, int64_t row, int64_t column) {
    constexpr int64_t kLine = kPanelColumns * sizeof(W);
    const bool isHalved = kLine > 64 && p.rows > kTileRows,
               isOver = column > 0 || row >= (isHalved ? 2 : 1) * kTileRows;
    at = reinterpret_cast<const char*>(p.next) + (isHalved && row > 0 && !isOver ? p.depth * 64 : 0);
    step = isOver ? 0 : isHalved ? 64 : kLine;
    second = step > 64 ? 64 : 0;
  }
  SCANLINE_MEMBER void fetch() {
    __builtin_prefetch(at, 0, 2);
    __builtin_prefetch(at + second, 0, 2);
    at += step;
  }
};

/// R rows of one panel, two vectors of columns from `column` on. The result of a row does not depend on R.
template <Result Kind, int R, class W>
SCANLINE_INLINE void panelTile(const PanelProduct<W>& p, int64_t row, int64_t column) {
  V sums[R][2];
  for (int m = 0; m < R; ++m) sums[m][0] = sums[m][1] = V{};
  const float* x = p.x + row * p.xStride;
  const W* w = p.panel + column;
  Ahead ahead(p, row, column);
  // Another thread has read this thread's last results here, so the lines are not in its own cache.
  for (int m = 0; m < R; ++m)
    for (int v = 0; v < 2; v += 16 / kLanes) __builtin_prefetch(p.y + (row + m) * p.yStride + column + v * kLanes, 1);
  for (int64_t d = 0; d < p.depth; ++d, w += kPanelColumns) {
    ahead.fetch();
    const Pair line = loadPair(w);
    for (int m = 0; m < R; ++m) {
      const V left = splat(x[m * p.xStride + d]);
      sums[m][0] += left * line.first;
      sums[m][1] += left * line.second;
    }
  }
  for (int m = 0; m < R; ++m)
    for (int v = 0; v < 2; ++v) {
      const int64_t at = column + v * kLanes;
      finish<Kind>(sums[m][v], p.bias, at, p.columns - at, p.y + (row + m) * p.yStride);
    }
}

template <Result Kind, class W>
static void panelProduct(const PanelProduct<W>& p) {
  for (int64_t column = 0; column < p.columns; column += 2 * kLanes) {
    int64_t row = 0;
    for (; row + kTileRows <= p.rows; row += kTileRows) panelTile<Kind, kTileRows>(p, row, column);
    if constexpr (kTileRows > 4)
      if (row + 4 <= p.rows) panelTile<Kind, 4>(p, row, column), row += 4;
    if (row + 2 <= p.rows) panelTile<Kind, 2>(p, row, column), row += 2;
    if (row < p.rows) panelTile<Kind, 1>(p, row, column);
  }
}

template <class C>
static void putInCache(const PageLayout& layout, int64_t head, C* layer, int64_t place, const float* k,
                       const float* v) {
  const int64_t K = layout.headWidth, width = layout.valueWidth();
  C* keys = layer + layout.keys(head) + placeOf<C>(place);
  C* values = layer + layout.values(head) + place * width;
  C rounded[kLanes];
  for (int64_t d = 0; d < K; d += kLanes) {
    store(rounded, loadUpTo(k + d, K - d));
    for (int64_t i = 0; i < kLanes && d + i < K; ++i) keys[(d + i) * kPagePositions] = rounded[i];
  }
  const auto part = [&](int64_t d) { return d < K ? loadUpTo(v + d, K - d) : V{}; };
  for (int64_t d = 0; d < width; d += 2 * kLanes) storePair(values + d, {part(d), part(d + kLanes)});
}

inline constexpr int kPageVectors = static_cast<int>(kPagePositions) / kLanes;

/// q k of one head and one page.
template <class C>
SCANLINE_INLINE void pageScores(const float* q, const C* keys, const C* next, int64_t headWidth, float scale,
                                float* scores) {
  V sums[kPageVectors];
  for (int v = 0; v < kPageVectors; ++v) sums[v] = V{};
  for (int64_t d = 0; d < headWidth; ++d) {
    prefetchLine(next + d * kPagePositions);
    const V left = splat(q[d]);
    for (int v = 0; v < kPageVectors; v += 2) {
      const Pair line = loadPair(keys + d * kPagePositions + v * kLanes);
      sums[v] += left * line.first;
      sums[v + 1] += left * line.second;
    }
  }
  for (int v = 0; v < kPageVectors; ++v) store(scores + v * kLanes, sums[v] * scale);
}

/// Scores become e^(score - largest); returns 1 / their sum. Whole pages; positions from `positions` on count nothing.
SCANLINE_INLINE float softmaxScores(float* scores, int64_t positions) {
  const int64_t whole = (positions + kPagePositions - 1) / kPagePositions * kPagePositions;
  for (int64_t i = positions; i < whole; ++i) scores[i] = -1e30f;
  V top = splat(-1e30f);
  for (int64_t i = 0; i < whole; i += kLanes) top = larger(load(scores + i), top);
  const float shift = largest(top);
  V total{};
  for (int64_t i = 0; i < whole; i += kLanes) {
    const V e = exponential(load(scores + i) - shift);
    store(scores + i, e);
    total += e;
  }
  return 1.f / sum(total);
}

/// sums[kValueColumns] += shares v over the positions of one page; two chains of additions.
template <class C>
SCANLINE_INLINE void addValues(const float* shares, const C* values, const C* next, int64_t width, int64_t positions,
                               float* sums) {
  constexpr int kVectors = static_cast<int>(kValueColumns) / kLanes;
  V even[kVectors], odd[kVectors];
  for (int v = 0; v < kVectors; ++v) even[v] = load(sums + v * kLanes), odd[v] = V{};
  const auto add = [&](V * to, int64_t position) __attribute__((always_inline)) {
    prefetchLine(next + position * width);
    const V share = splat(shares[position]);
    for (int v = 0; v < kVectors; v += 2) {
      const Pair line = loadPair(values + position * width + v * kLanes);
      to[v] += share * line.first;
      to[v + 1] += share * line.second;
    }
  };
  int64_t i = 0;
  for (; i + 2 <= positions; i += 2) add(even, i), add(odd, i + 1);
  if (i < positions) add(even, i);
  for (int v = 0; v < kVectors; ++v) store(sums + v * kLanes, even[v] + odd[v]);
}

static int64_t scoresOf(int64_t positions) {
  return (positions + kPagePositions - 1) / kPagePositions * kPagePositions;
}
static int64_t decodeScratch(const PageLayout& layout, int64_t positions, int64_t rows) {
  return rows * layout.heads * (scoresOf(positions) + layout.valueWidth() + 1);
}

/// Page by page, in each all rows and all heads in turn: memory is read as it lies, and a page of several rows once.
template <class C>
static void attendRows(const RowAttention<C>& r) {
  const auto& l = r.layout;
  const int64_t K = l.headWidth, width = l.valueWidth(), stride = scoresOf(r.positions);
  const int64_t pages = stride / kPagePositions, heads = r.lastHead - r.firstHead;
  const float scale = 1.f / __builtin_sqrtf(static_cast<float>(K));
  const auto layer = [&](int64_t row, int64_t page) { return page < pages ? r.pages[row][page] + r.offset : r.next; };
  const auto scoresAt = [&](int64_t row, int64_t head) {
    return r.scratch + (row * heads + head - r.firstHead) * stride;
  };
  const auto sumsAt = [&](int64_t row, int64_t head) {
    return r.scratch + r.rows * heads * stride + (row * heads + head - r.firstHead) * width;
  };
  const auto factorAt = [&](int64_t row, int64_t head) -> float& {
    return r.scratch[r.rows * heads * (stride + width) + row * heads + head - r.firstHead];
  };
  for (int64_t page = 0; page < pages; ++page)
    for (int64_t row = 0; row < r.rows; ++row)
      for (int64_t head = r.firstHead; head < r.lastHead; ++head)
        pageScores(r.q + row * r.qStride + head * K, layer(row, page) + l.keys(head),
                   page + 1 < pages ? layer(row, page + 1) + l.keys(head) : layer(row, 0) + l.values(head), K, scale,
                   scoresAt(row, head) + page * kPagePositions);

  for (int64_t row = 0; row < r.rows; ++row)
    for (int64_t head = r.firstHead; head < r.lastHead; ++head) {
      factorAt(row, head) = softmaxScores(scoresAt(row, head), r.positions);
      for (int64_t d = 0; d < width; d += kLanes) store(sumsAt(row, head) + d, V{});
    }
  for (int64_t page = 0; page < pages; ++page) {
    const int64_t begin = page * kPagePositions,
                  seen = r.positions - begin < kPagePositions ? r.positions - begin : kPagePositions;
    for (int64_t row = 0; row < r.rows; ++row)
      for (int64_t head = r.firstHead; head < r.lastHead; ++head)
        for (int64_t d = 0; d < width; d += kValueColumns)
          addValues(scoresAt(row, head) + begin, layer(row, page) + l.values(head) + d,
                    page + 1 < pages ? layer(row, page + 1) + l.values(head) + d : r.next + l.keys(head), width, seen,
                    sumsAt(row, head) + d);
  }
  for (int64_t row = 0; row < r.rows; ++row)
    for (int64_t head = r.firstHead; head < r.lastHead; ++head)
      for (int64_t d = 0; d < K; d += kLanes)
        storeUpTo(r.out + row * r.outStride + head * K + d, load(sumsAt(row, head) + d) * factorAt(row, head), K - d);
}

/// A page of floats is read where it lies; one of Bf16 is copied first.
SCANLINE_INLINE const float* floatsOf(const float* from, int64_t, float*) {
  return from;
}
SCANLINE_INLINE const float* floatsOf(const Bf16* from, int64_t count, float* copy) {
  for (int64_t i = 0; i < count; i += 2 * kLanes) {
    const Pair both = loadPair(from + i);
    store(copy + i, both.first);
    store(copy + i + kLanes, both.second);
  }
  return copy;
}

/// The arrays of a run's scratch memory: strips of kStrip positions are held against all that they see.
struct RunArrays {
  int64_t stride, columns;  ///< scores of a position; K'
  float *queries, *strip, *result, *page;
  int64_t size = 0;

  RunArrays(const PageLayout& l, int64_t positions, float* memory)
      : stride(scoresOf(positions)), columns(l.valueWidth()) {
    const auto take = [&](int64_t count) {
      float* begin = memory ? memory + size : nullptr;
      size += count;
      return begin;
    };
    queries = take(kStrip * columns);
    strip = take(kStrip * stride);
    result = take(kStrip * columns);
    page = take(kPagePositions * columns);
  }
};
static int64_t runScratch(const PageLayout& layout, int64_t positions) {
  return RunArrays(layout, positions, nullptr).size;
}

template <class C>
static void attendRun(const RunAttention<C>& r) {
  const auto& l = r.layout;
  const int64_t K = l.headWidth;
  const RunArrays a(l, r.first + r.count, r.scratch);
  const float scale = 1.f / __builtin_sqrtf(static_cast<float>(K));
  for (int64_t begin = 0; begin < r.count; begin += kStrip) {
    const int64_t count = begin + kStrip < r.count ? kStrip : r.count - begin, edge = r.first + begin + count - 1,
                  pages = edge / kPagePositions + 1;
    const int64_t rows = roundUp(count, kTileRows);
    copyRows(r.q + begin * r.qStride, r.qStride, count, K, scale, a.queries, rows, a.columns);
    for (int64_t page = 0; page < pages; ++page)
      multiply<false>(rows, kPagePositions, K, {a.queries, a.columns, 1},
                      floatsOf(r.pages[page] + r.offset + l.keys(r.head), K * kPagePositions, a.page), kPagePositions,
                      a.strip + page * kPagePositions, a.stride);
    float factors[kStrip];
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t last = i < count ? r.first + begin + i : edge;
      factors[i] = 1.f / softmaxRow(a.strip + i * a.stride, last, pages * kPagePositions).total;
    }
    for (int64_t i = 0; i < rows * a.columns; i += kLanes) store(a.result + i, V{});
    for (int64_t page = 0; page < pages; ++page) {
      // The rest of a page behind the last position was never written.
      const int64_t seen = edge + 1 - page * kPagePositions;
      multiply<true>(rows, a.columns, seen < kPagePositions ? seen : kPagePositions,
                     {a.strip + page * kPagePositions, a.stride, 1},
                     floatsOf(r.pages[page] + r.offset + l.values(r.head), kPagePositions * a.columns, a.page),
                     a.columns, a.result, a.columns);
    }
    for (int64_t i = 0; i < count; ++i)
      for (int64_t d = 0; d < K; d += kLanes)
        storeUpTo(r.out + (begin + i) * r.outStride + d, load(a.result + i * a.columns + d) * factors[i], K - d);
  }
}

inline constexpr int kDoubles = kLanes / 2;
using VD = double __attribute__((vector_size(kDoubles * 8)));
using ID = int64_t __attribute__((vector_size(kDoubles * 8)));
using Half = float __attribute__((vector_size(kDoubles * 4)));

/// e^x for x <= 0; 0 below -708. NaN stays NaN.
SCANLINE_INLINE VD exponential(VD x) {
  const VD zero{};
  const VD inside = x < -708.0 ? zero : x;
  const VD shifted = inside * 1.4426950408889634 + 6755399441055744.0;  // 1.5 * 2^52: the sum is rounded
  const VD whole = shifted - 6755399441055744.0;
  const VD f = (inside - whole * 0.693147180369123816490) - whole * 1.90821492927058770002e-10;
  VD p = zero + 1.0 / 6227020800.0;
  constexpr double kInverseFactorials[] = {1.0 / 479001600.0,
                                           1.0 / 39916800.0,
                                           1.0 / 3628800.0,
                                           1.0 / 362880.0,
                                           1.0 / 40320.0,
                                           1.0 / 5040.0,
                                           1.0 / 720.0,
                                           1.0 / 120.0,
                                           1.0 / 24.0,
                                           1.0 / 6.0,
                                           0.5,
                                           1.0,
                                           1.0};
  for (const double term : kInverseFactorials) p = p * f + term;
  const ID power = ((ID)shifted - 0x4338000000000000 + 1023) << 52;
  return x < -708.0 ? zero : p * (VD)power;
}

static float sharesOf(int64_t colours, const float* logits, double temperature, double* shares) {
  V tops = splat(-__builtin_inff());
  int64_t i = 0;
  for (; i + kLanes <= colours; i += kLanes) tops = larger(load(logits + i), tops);
  float top = largest(tops);
  for (; i < colours; ++i) top = logits[i] > top ? logits[i] : top;
  const auto shareOf = [&](Half part) __attribute__((always_inline)) {
    return exponential((__builtin_convertvector(part, VD) - static_cast<double>(top)) / temperature);
  };
  for (i = 0; i + kDoubles <= colours; i += kDoubles) {
    Half part;
    __builtin_memcpy(&part, logits + i, sizeof part);
    const VD share = shareOf(part);
    __builtin_memcpy(shares + i, &share, sizeof share);
  }
  Half rest{};
  for (int64_t k = i; k < colours; ++k) rest[k - i] = logits[k];
  const VD share = shareOf(rest);
  for (int64_t k = i; k < colours; ++k) shares[k] = share[k - i];
  return top;
}

}  // namespace scanline::SCANLINE_ISA
