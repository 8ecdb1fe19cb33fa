#pragma once

#include <cstdint>
#include <optional>

#include "core/spec/run_spec.h"

namespace scanline {

/// Facts about the machine and the data that are known before a run starts. 0 = unknown.
struct EstimateBasis {
  int64_t imageSide = 0;     ///< pixels of the data set's images as they come; used where data.side is 0
  int64_t trainImages = 0;   ///< of the data set, before the validation split
  double gflops = 0;         ///< 10^9 floating-point operations a second that training reaches on this machine at least
  int64_t doneSteps = 0;     ///< by the checkpoint that the run goes on from
  double fastestGflops = 0;  ///< and at most; 0: the same
  int64_t trainedOn = 0;     ///< images after limit and split, where they are known
  int64_t codesSide = 0;     ///< of the VQ-VAE in palette.vqvae: codes a side,
  int64_t codes = 0;         ///< and its codebook
};

/// The cost of a run. Nothing where its basis is unknown.
struct RunEstimate {
  int64_t parameters = 0;                ///< with all positions counted, once the image size is known
  std::optional<int64_t> positions;      ///< n, tokens an image
  std::optional<int64_t> tokensPerStep;  ///< B n
  std::optional<int64_t> trainImages;    ///< after the limit and the split
  std::optional<double> epochs;
  std::optional<int64_t> warmupSteps;
  std::optional<double> flopsPerStep;
  std::optional<int64_t> memoryBytes;
  std::optional<int64_t> milliseconds;       ///< at basis.gflops
  std::optional<int64_t> leastMilliseconds;  ///< at basis.fastestGflops
};

/// Operations of one optimiser step: 6 P B n for the matrices (2 forward, 4 backward, a multiply-add counted as two)
/// and 6 L D n n B for attention's scores and sums. P: parameters.
double flopsPerStep(const ModelSpec& model, int64_t parameters, int64_t positions, int64_t batch);

/// Images a forward pass: train.microBatch, or as many as the machine does in about 200 ms of forward and backward
/// work.
int64_t expectedMicroBatch(const RunSpec& spec, double flopsPerImage, double gflops);

/// Bytes at the peak of a step:
/// - 16 P: weights, gradients and both Adam moments, in fp32;
/// - activations kept for the way back, a micro-batch of b images: b n (16 D + 4) values a layer with fused attention
/// (inputs
///   of both norms, q k v, attention's result, both sides of the 4 D activation; 1 / rms and log-sum), 4 bytes each, or
///   2 in bf16; auto counts as fp32;
/// - b n V logits three times in fp32 (logits, log-probabilities, their gradient);
/// - 120 MB for the loaded library.
/// `vocabulary`: V, colours of the palette or codes.
int64_t memoryBytes(const RunSpec& spec, int64_t parameters, int64_t positions, int64_t microBatch, int64_t vocabulary);

/// Time counts training steps, and the forward passes (a third of a step's work an image) of validation and probes.
/// Probe solving, sampling and files come on top. A search counts as if all its rates were tried. Steps
/// that are done already cost nothing. Of a VQ-VAE nothing is known. Without the facts of its VQ-VAE, a run on codes
/// has no number of tokens, and no figure that depends on it.
RunEstimate estimateRun(const RunSpec& spec, const EstimateBasis& basis);

}  // namespace scanline
