#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace scanline {

// Every choice is an enum with its names beside it, in the order of the enumerators. Names are what files and forms show.
template <class E>
struct Names;  // Names<E>::all: std::array<std::string_view, N>

enum class RunKind { Pretrain, Probe };
template <> struct Names<RunKind> { static constexpr std::array<std::string_view, 2> all{"pretrain", "probe"}; };

enum class Resize { Area, Bilinear };
template <> struct Names<Resize> { static constexpr std::array<std::string_view, 2> all{"area", "bilinear"}; };

enum class Objective { Autoregressive };
template <> struct Names<Objective> { static constexpr std::array<std::string_view, 1> all{"autoregressive"}; };

enum class Schedule { Cosine, Constant };
template <> struct Names<Schedule> { static constexpr std::array<std::string_view, 2> all{"cosine", "constant"}; };

/// Auto: bf16 where the processor has AVX512-BF16 or AMX (or on a GPU), else fp32.
enum class Precision { Auto, Fp32, Bf16 };
template <> struct Names<Precision> { static constexpr std::array<std::string_view, 3> all{"auto", "fp32", "bf16"}; };

enum class Device { Auto, Cpu, Cuda };
template <> struct Names<Device> { static constexpr std::array<std::string_view, 3> all{"auto", "cpu", "cuda"}; };

struct DataSpec {
  std::string name = "digits";    ///< a key of the data-set registry (core/data/registry.h)
  std::string path;               ///< file or folder; empty for bundled sets
  int64_t side = 0;               ///< pixels; images are squares of side x side; 0 = as they come
  Resize resize = Resize::Area;
  double validationShare = 0.1;   ///< of the training images, drawn by seed
  int64_t limit = 0;              ///< training images used before the split, 0 = all
  double badImageShare = 0.01;    ///< undecodable images up to this share are skipped and named
};

struct PaletteSpec {
  int64_t size = 512;             ///< colours
  int64_t pixels = 250000;        ///< training pixels that k-means looks at
  int64_t iterations = 100;       ///< at most; stops when no centre moves
};

struct ModelSpec {
  Objective objective = Objective::Autoregressive;
  int64_t layers = 4;             ///< L
  int64_t width = 64;             ///< D
  int64_t heads = 4;              ///< H, divides D
};

struct OptimizerSpec {
  double learningRate = 3e-3;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weightDecay = 0;         ///< decoupled (AdamW)
  double clipNorm = 0;            ///< 0 = off
  Schedule schedule = Schedule::Cosine;
  int64_t warmupSteps = -1;       ///< -1 = one epoch, as in the paper
};

struct TrainSpec {
  int64_t steps = 600;
  int64_t batchSize = 64;         ///< images an optimiser step
  int64_t microBatch = 0;         ///< images a forward pass; 0 = chosen so that a pass takes well under 200 ms
  Precision precision = Precision::Auto;
  int64_t evaluateEvery = 50;     ///< steps; 0 = only at the end
  int64_t evaluateImages = 512;   ///< validation images, at most
  int64_t checkpointEvery = 200;  ///< steps; 0 = only at the end
  int64_t keepEvery = 0;          ///< also keep every checkpoint whose step is a multiple; 0 = best and last only
};

struct ProbeSpec {
  int64_t every = 100;            ///< steps; 0 = only at the end
  int64_t trainImages = 1000;     ///< labelled training images the probe is fitted on
  int64_t testImages = 180;       ///< labelled validation images it is scored on
  double l2 = 1e-3;               ///< lambda of mean cross entropy + lambda/2 |W|^2; scikit-learn's C = 1 / (lambda N)
  int64_t maxIterations = 1000;
};

struct SampleSpec {
  int64_t every = 100;            ///< steps; 0 = only at the end
  int64_t prompts = 8;            ///< validation images whose upper half is given
  int64_t perPrompt = 4;          ///< completions of each
  int64_t unconditional = 8;      ///< whole images drawn from nothing
  double temperature = 1.0;
  int64_t topK = 0;               ///< 0 = all colours
};

/// Everything that decides a run. A value: copy, change, validate(), store. Equal specs on the same machine and thread count
/// give equal results, bit for bit.
struct RunSpec {
  std::string name = "run";
  RunKind kind = RunKind::Pretrain;
  uint64_t seed = 1;
  Device device = Device::Auto;
  int64_t threads = 0;            ///< CPU threads; 0 = all cores
  DataSpec data;
  PaletteSpec palette;
  ModelSpec model;
  OptimizerSpec optimizer;
  TrainSpec train;
  ProbeSpec probe;
  SampleSpec sample;
};

/// Parameters of the model as built (no biases, untied): L(12 D^2 + 2 D) + 2 V D + n D + D + D.
int64_t parameterCount(const ModelSpec& model, int64_t paletteSize, int64_t positions);

}  // namespace scanline
