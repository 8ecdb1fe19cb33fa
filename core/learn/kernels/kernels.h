#pragma once

#include <cstdint>

namespace scanline {

/// A bfloat16 as it lies in memory: the upper half of a float.
struct Bf16 {
  uint16_t bits;
};

/// Where the attention of one head of one image lies within [positions, 3 D] (q | k | v) and [positions, D] arrays.
struct HeadLayout {
  int64_t positions = 0;  ///< n
  int64_t headWidth = 0;  ///< K
  int64_t width = 0;      ///< D; a row of qkv is 3 D long, k and v lie D and 2 D after q
  bool causal = true;     ///< position i sees 0 .. i; otherwise every position sees all
};

/// The network's own functions for activations of type T (float or Bf16), on raw rows and one thread: the callers in
/// fused.cpp share rows out among threads. D is the length of a row. Arithmetic is float32 throughout.
template <class T>
struct Kernels {
  /// h += delta (nullptr: nothing is added); y = h / sqrt(mean(h²) + 1e-5) gain; inverse[row] = 1 / sqrt(mean(h²) +
  /// 1e-5). hOut may be h.
  void (*addRmsNorm)(int64_t rows, int64_t D, const float* h, const T* delta, const float* gain, float* hOut, T* y,
                     float* inverse);
  /// dh += gradient of the norm for dy; dhT: the new dh as T (nullptr: not wanted). dGain[D] += its gradient.
  void (*rmsNormBackward)(int64_t rows, int64_t D, const float* h, const float* inverse, const float* gain, const T* dy,
                          float* dh, T* dhT, float* dGain);
  /// y = u sigmoid(1.702 u).
  void (*quickGelu)(int64_t count, const T* u, T* y);
  /// d = d * derivative at u.
  void (*quickGeluBackward)(int64_t count, const T* u, T* d);
  /// nats[row] = -log softmax(logits)[target]; logits become their gradient times `scale` times rowScale[row] (nullptr:
  /// 1), rounded once.
  void (*crossEntropy)(int64_t rows, int64_t V, T* logits, const int64_t* targets, float scale, const float* rowScale,
                       float* nats);
  /// Attention of one head, scaled by 1/sqrt(K). `q` points at its first q; out [n, D] likewise; logSum[n] is
  /// kept for the backward pass. `scratch`: attentionScratch() floats, 64-byte aligned.
  void (*attention)(const HeadLayout& layout, const T* q, T* out, float* logSum, float* scratch);
  /// dq points at the gradient of qkv, laid out as q is; all three parts of this head are written.
  void (*attentionBackward)(const HeadLayout& layout, const T* q, const T* out, const T* dOut, const float* logSum,
                            T* dq, float* scratch);
};

struct DecodeKernels;

struct KernelTable {
  const char* name;
  Kernels<float> f32;
  Kernels<Bf16> bf16;
  const DecodeKernels* decode;  ///< core/learn/kernels/decode_kernels.h
  /// Floats of scratch memory that attention (or its backward pass) needs for one head.
  int64_t (*attentionScratch)(const HeadLayout& layout, bool backward);
};

}  // namespace scanline
