#pragma once

// Norm, activation and loss; one of the parts of simd_kernels.cpp (see simd_vector.h).

#include "core/learn/kernels/simd_vector.h"

namespace scanline::SCANLINE_ISA {

inline constexpr float kEpsilon = 1e-5f;

template <class T>
static void addRmsNorm(int64_t rows, int64_t D, const float* h, const T* delta, const float* gain, float* hOut, T* y,
                       float* inverse) {
  for (int64_t row = 0; row < rows; ++row, h += D, hOut += D, y += D) {
    V squares{};
    for (int64_t i = 0; i < D; i += kLanes) {
      V x = loadUpTo(h + i, D - i);
      if (delta) x += loadUpTo(delta + i, D - i);
      if (delta || hOut != h) storeUpTo(hOut + i, x, D - i);
      squares += x * x;
    }
    if (delta) delta += D;
    const float scale = 1.f / __builtin_sqrtf(sum(squares) / static_cast<float>(D) + kEpsilon);
    inverse[row] = scale;
    for (int64_t i = 0; i < D; i += kLanes)
      storeUpTo(y + i, loadUpTo(hOut + i, D - i) * scale * loadUpTo(gain + i, D - i), D - i);
  }
}

/// With x̂ = h r and a = dy g: dh += r (a - x̂ mean(a x̂)), dg += dy x̂.
template <class T>
static void rmsNormBackward(int64_t rows, int64_t D, const float* h, const float* inverse, const float* gain,
                            const T* dy, float* dh, T* dhT, float* dGain) {
  for (int64_t row = 0; row < rows; ++row, h += D, dy += D, dh += D) {
    const float r = inverse[row];
    V dots{};
    for (int64_t i = 0; i < D; i += kLanes) {
      const V normed = loadUpTo(h + i, D - i) * r, d = loadUpTo(dy + i, D - i);
      dots += d * loadUpTo(gain + i, D - i) * normed;
      storeUpTo(dGain + i, loadUpTo(dGain + i, D - i) + d * normed, D - i);
    }
    const float mean = sum(dots) / static_cast<float>(D);
    for (int64_t i = 0; i < D; i += kLanes) {
      const V normed = loadUpTo(h + i, D - i) * r;
      const V a = loadUpTo(dy + i, D - i) * loadUpTo(gain + i, D - i);
      const V d = loadUpTo(dh + i, D - i) + (a - normed * mean) * r;
      storeUpTo(dh + i, d, D - i);
      if (dhT) storeUpTo(dhT + i, d, D - i);
    }
    if (dhT) dhT += D;
  }
}

SCANLINE_INLINE V sigmoid1702(V u) {
  return 1.f / (1.f + exponential(u * -1.702f));
}

template <class T>
static void quickGelu(int64_t count, const T* u, T* y) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const V x = loadUpTo(u + i, count - i);
    storeUpTo(y + i, x * sigmoid1702(x), count - i);
  }
}

/// s (1 + 1.702 u (1 - s)) with s = sigmoid(1.702 u).
template <class T>
static void quickGeluBackward(int64_t count, const T* u, T* d) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const V x = loadUpTo(u + i, count - i), s = sigmoid1702(x);
    storeUpTo(d + i, loadUpTo(d + i, count - i) * (s * (1.f + 1.702f * x * (1.f - s))), count - i);
  }
}

template <class T>
static void crossEntropy(int64_t rows, int64_t colours, T* logits, const int64_t* targets, float scale,
                         const float* rowScale, float* nats) {
  const int64_t whole = colours / kLanes * kLanes, rest = colours - whole;
  const V outside = iota() < static_cast<float>(rest) ? V{} : splat(-1e30f);
  for (int64_t row = 0; row < rows; ++row, logits += colours) {
    V top = splat(-1e30f);
    for (int64_t i = 0; i < whole; i += kLanes) top = larger(load(logits + i), top);
    if (rest) top = larger(loadPart(logits + whole, rest) + outside, top);
    const float shift = largest(top);

    const T* chosen = logits + targets[row];
    const float chosenLogit = loadPart(chosen, 1)[0];
    V total{};
    for (int64_t i = 0; i < whole; i += kLanes) total += exponential(load(logits + i) - shift);
    if (rest) {
      const V e = exponential(loadPart(logits + whole, rest) - shift);
      total += iota() < static_cast<float>(rest) ? e : V{};
    }
    const float all = sum(total);
    nats[row] = __builtin_logf(all) - (chosenLogit - shift);

    const float weight = rowScale ? scale * rowScale[row] : scale, factor = weight / all;
    for (int64_t i = 0; i < colours; i += kLanes) {
      V g = exponential(loadUpTo(logits + i, colours - i) - shift) * factor;
      const int64_t lane = targets[row] - i;
      if (lane >= 0 && lane < kLanes) g[lane] -= weight;
      storeUpTo(logits + i, g, colours - i);
    }
  }
}

}  // namespace scanline::SCANLINE_ISA
