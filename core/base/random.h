#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace scanline {

/// The use of a stream of random numbers. Streams of different purposes never meet, so adding a use of chance to one
/// part leaves every other part as it was. The numbers are part of the meaning of a seed: never change or reuse one.
enum class Purpose : uint32_t {
  Weights = 1,
  BatchOrder = 2,
  Split = 3,
  PaletteStart = 4,
  PalettePixels = 5,
  SampleTokens = 6,
  Augmentation = 7,
  Mask = 8,
  ProbeRows = 9,
  EvaluationRows = 10,
  Prompts = 11,
  LowDataSubset = 12,
  ProbeBatches = 13,
  ProbeClasses = 14,
  DrawPixels = 15,
  ChooseParticles = 16,
  VqvaeWeights = 20,
  FirstCodes = 21,
  RevivedCodes = 22,
  MaskPixels = 30,
  StudioPictures = 31,
};

/// Philox 4x32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four random 32-bit
/// words as a pure function of counter and key. Tested against the published vectors.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A stream of random numbers that is a pure function of (seed, purpose, step, index): nothing has to be saved to go on
/// after a restart. `step` and `index` identify the draw: the training step and the image in the batch, for example.
/// A value; one thread at a time.
class RandomStream {
 public:
  RandomStream(uint64_t seed, Purpose purpose, uint64_t step = 0, uint32_t index = 0);

  uint32_t bits();
  /// In [0, 1), 53 random bits.
  double uniform();
  /// In [0, bound), without bias. `bound` >= 1.
  uint64_t below(uint64_t bound);
  /// Mean 0, standard deviation 1 (Box-Muller; one call uses two uniforms and keeps nothing).
  double normal();

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

/// `count` different numbers of 0 .. total - 1, or all of them if there are no more, in the order in which they are
/// drawn.
std::vector<int64_t> drawRows(int64_t total, int64_t count, RandomStream& random);

}  // namespace scanline
