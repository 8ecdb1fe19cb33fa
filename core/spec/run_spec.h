#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

// Every choice is an enum with its names beside it, in the order of the enumerators. Names are the words of files and
// forms show.
template <class E>
struct Names;  // Names<E>::all: std::array<std::string_view, N>

/// Pretrain and Vqvae train a model from nothing; Probe, Finetune and LowData go on from a checkpoint of another run.
/// Search tries learning rates with runs of one of these kinds: kindOf() tells it, and the field kind names the
/// trials'. Curves came from another program, and nobody knows their settings: no spec is of this kind.
enum class RunKind { Pretrain, Probe, Finetune, LowData, Vqvae, Search, Curves };
template <>
struct Names<RunKind> {
  static constexpr std::array<std::string_view, 5> all{"pretrain", "probe", "finetune", "lowdata", "vqvae"};
};
/// "pretrain", ..., "search", "curves".
std::string_view nameOf(RunKind kind);
/// The kind of such a name. Throws Error if there is none.
RunKind kindNamed(std::string_view name);
/// Whether such a run goes on from a checkpoint of another (unless it fine-tunes from scratch).
constexpr bool needsModel(RunKind kind) {
  return kind == RunKind::Probe || kind == RunKind::Finetune || kind == RunKind::LowData;
}
/// It looks at a model once, takes no steps and changes nothing.
constexpr bool isOneLook(RunKind kind) {
  return kind == RunKind::Probe || kind == RunKind::LowData;
}

/// How pictures are brought to the model's size. Area and Bilinear cut out the largest square in the middle first;
/// Stretch takes the whole picture straight to the size, bilinear, as the processors of Hugging Face's models do.
enum class Resize { Area, Bilinear, Stretch };
template <>
struct Names<Resize> {
  static constexpr std::array<std::string_view, 3> all{"area", "bilinear", "stretch"};
};

/// How training images change from step to step (paper section 3.1). Cifar: reflect-pad by an eighth of the side,
/// random crop, random flip. Imagenet: shorter side resized to 256-384, random 224 crop, then down to data.side.
enum class Augment { None, Cifar, Imagenet };
template <>
struct Names<Augment> {
  static constexpr std::array<std::string_view, 3> all{"none", "cifar", "imagenet"};
};

enum class Objective { Autoregressive, Bert };
template <>
struct Names<Objective> {
  static constexpr std::array<std::string_view, 2> all{"autoregressive", "bert"};
};

enum class ProbeSolver { Lbfgs, Sgd };
template <>
struct Names<ProbeSolver> {
  static constexpr std::array<std::string_view, 2> all{"lbfgs", "sgd"};
};

/// The source of a layer's features, which are averaged: the input of its attention after the norm (n^l of the paper),
/// or the residual stream before it (h^l).
enum class ProbeFeatures { Normed, Raw };
template <>
struct Names<ProbeFeatures> {
  static constexpr std::array<std::string_view, 2> all{"normed", "raw"};
};

/// The loss that fine-tuning minimises: the sum of the generative and the classification loss, or one of them.
enum class FinetuneLoss { Joint, Classification, Generative };
template <>
struct Names<FinetuneLoss> {
  static constexpr std::array<std::string_view, 3> all{"joint", "classification", "generative"};
};

enum class Schedule { Cosine, Constant };
template <>
struct Names<Schedule> {
  static constexpr std::array<std::string_view, 2> all{"cosine", "constant"};
};

/// Auto: bf16 where the processor has AVX512-BF16 or AMX (or on a GPU), else fp32.
enum class Precision { Auto, Fp32, Bf16 };
template <>
struct Names<Precision> {
  static constexpr std::array<std::string_view, 3> all{"auto", "fp32", "bf16"};
};

/// Attention's kernels on a GPU: those whose gradients are the same each time, or the fastest. On a CPU there is one.
enum class AttentionKernels { Reproducible, Fast };
template <>
struct Names<AttentionKernels> {
  static constexpr std::array<std::string_view, 2> all{"reproducible", "fast"};
};

enum class Device { Auto, Cpu, Cuda };
template <>
struct Names<Device> {
  static constexpr std::array<std::string_view, 3> all{"auto", "cpu", "cuda"};
};

struct DataSpec {
  std::string name = "digits";  ///< a key of the data-set registry (core/data/registry.h)
  std::string path;             ///< file or folder; empty for bundled sets
  int64_t side = 0;             ///< pixels; images are squares of side x side; 0 = as they come
  Resize resize = Resize::Area;
  Augment augment = Augment::None;
  double validationShare = 0.1;  ///< of the training images, drawn by seed
  int64_t limit = 0;             ///< training images used before the split, 0 = all
  bool foldValidation = false;   ///< the final run: trains on the held-out images too, and validates on the test images
  double badImageShare = 0.01;   ///< undecodable images up to this share are skipped and named
  std::string background = "white";  ///< of transparent pixels: see backgroundColour() in core/data/background.h
};

struct PaletteSpec {
  int64_t size = 512;        ///< colours
  int64_t pixels = 250000;   ///< training pixels that k-means looks at
  int64_t iterations = 100;  ///< at most; stops when no centre moves
  std::string path;          ///< a .npy of colours [V, 3] in [-1, 1] to take instead of k-means; empty = k-means
  std::string vqvae;  ///< checkpoint file or run whose codes are the tokens, in place of colours; empty = colours
};

struct ModelSpec {
  Objective objective = Objective::Autoregressive;
  int64_t layers = 4;      ///< L
  int64_t width = 64;      ///< D
  int64_t heads = 4;       ///< H, divides D
  bool bias = false;       ///< the paper's model has none; fine-tuned Hugging Face models do
  double maskRate = 0.15;  ///< BERT: share of positions whose embedding is zeroed
  int64_t masks = 5;       ///< BERT: masks an image is classified under; the modal class counts
};

struct OptimizerSpec {
  double learningRate = 3e-3;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weightDecay = 0;  ///< decoupled (AdamW)
  double clipNorm = 0;     ///< 0 = off
  Schedule schedule = Schedule::Cosine;
  int64_t warmupSteps = -1;  ///< -1 = one epoch, as in the paper
};

struct TrainSpec {
  int64_t steps = 600;
  int64_t batchSize = 64;  ///< images an optimiser step
  int64_t microBatch = 0;  ///< images a forward pass; 0 = chosen so that a pass takes well under 200 ms
  int64_t slices = 1;      ///< fixed parts of a batch, whose gradients are added in a fixed tree; 1 = not cut
  Precision precision = Precision::Auto;
  AttentionKernels attention = AttentionKernels::Reproducible;
  int64_t evaluateEvery = 50;     ///< steps; 0 = only at the end
  int64_t evaluateImages = 512;   ///< validation images, at most
  int64_t checkpointEvery = 200;  ///< steps; 0 = only at the end
  int64_t keepEvery = 0;          ///< also keep every checkpoint whose step is a multiple; 0 = best and last only
};

struct ProbeSpec {
  int64_t every = 100;         ///< steps; 0 = only at the end
  int64_t trainImages = 1000;  ///< labelled training images the probe is fitted on; 0 = all
  int64_t testImages = 180;    ///< labelled validation images it is scored on; 0 = all
  double l2 = 1e-3;            ///< lambda of mean cross entropy + lambda/2 |W|^2; scikit-learn's C = 1 / (lambda N)
  std::string l2Values;  ///< several, "1e-4, 1e-3, 1e-2", fitted in one pass; validation chooses. Empty = l2 alone
  int64_t maxIterations = 1000;
  ProbeFeatures features = ProbeFeatures::Normed;
  bool startVector = true;  ///< the model's input begins with sos; false: pixel i stands at position i
  std::string layers;       ///< "3" or "2, 5": those probed; empty = all L + 1
  int64_t joined = 1;       ///< neighbouring layers joined into one feature, centred on each probed layer
  ProbeSolver solver = ProbeSolver::Lbfgs;
  double learningRate = 10;  ///< SGD: peak of the cosine
  double momentum = 0.9;     ///< SGD
  int64_t steps = 2000;      ///< SGD
  int64_t batchSize = 256;   ///< SGD: rows a step
};

struct FinetuneSpec {
  FinetuneLoss loss = FinetuneLoss::Joint;
  int64_t layer = -1;        ///< features of this layer feed the classifier, 0..L; -1 = L, after the last norm
  bool fromScratch = false;  ///< the control: new weights instead of the checkpoint's
  int64_t patience = 10;     ///< validations without a better accuracy until it stops early; 0 = all steps
};

struct LowDataSpec {
  std::string labels = "4, 25, 400";  ///< labelled images of each class
  int64_t subsets = 5;                ///< drawn by seed for each number of labels
  int64_t layer = -1;                 ///< -1: for each number of labels the one that is best on the validation images
};

struct VqvaeSpec {
  int64_t grid = 0;          ///< codes a side; images are brought to grid * stride pixels. 0 = data.side / stride
  int64_t stride = 4;        ///< pixels a code, each way; a power of 2
  int64_t codes = 512;       ///< K, size of the codebook
  int64_t codeWidth = 64;    ///< dimensions of a code
  int64_t width = 128;       ///< channels of encoder and decoder
  int64_t blocks = 2;        ///< residual blocks of each
  double commitment = 0.25;  ///< weight of the encoder's distance to its codes
  double decay = 0.99;       ///< of the moving averages that the codebook follows; 0 = by gradient
  double reviveBelow = 1;    ///< codes that fewer vectors than this use (moving average a step) start anew; 0 = never
};

struct SearchSpec {
  std::string rates;  ///< learning rates tried in order, "0.01, 0.003, 0.001"; empty = no search
};

struct SampleSpec {
  int64_t every = 100;        ///< steps; 0 = only at the end
  int64_t prompts = 8;        ///< validation images whose upper half is given; a VQ-VAE reconstructs them
  int64_t perPrompt = 4;      ///< completions of each
  int64_t unconditional = 8;  ///< whole images drawn from nothing
  double temperature = 1.0;
  int64_t topK = 0;  ///< 0 = all colours
};

/// Everything that decides a run. A value: copy, change, validate(), store. Equal specs on the same machine and thread
/// count give equal results, bit for bit.
struct RunSpec {
  std::string name = "run";
  RunKind kind = RunKind::Pretrain;
  uint64_t seed = 1;
  Device device = Device::Auto;
  int64_t gpu = -1;     ///< which, where there are several; counted from 0; -1 = one that no other run uses
  int64_t threads = 0;  ///< CPU threads; 0 = all cores
  DataSpec data;
  PaletteSpec palette;
  ModelSpec model;
  OptimizerSpec optimizer;
  TrainSpec train;
  ProbeSpec probe;
  SampleSpec sample;
  FinetuneSpec finetune;
  LowDataSpec lowdata;
  VqvaeSpec vqvae;
  SearchSpec search;
};

/// Search if it names learning rates to try, else spec.kind.
RunKind kindOf(const RunSpec& spec);
inline bool needsModel(const RunSpec& spec) {
  return needsModel(spec.kind);
}
/// Whether the tokens of such a run stand for colours: a VQ-VAE learns from pixels, and its codes are tokens of others.
bool hasColours(const RunSpec& spec);
/// The unit of a run's validation and test loss: "nats per pixel", per code, per image where only classes are
/// predicted, or the "mean squared error" of a VQ-VAE's pixels, which span -1 to 1.
std::string_view lossUnit(const RunSpec& spec);
/// Whether a field can make a difference to a run of this kind and these choices (FieldInfo::used). Forms hide the
/// others.
bool isUsed(const RunSpec& spec, std::string_view key);
/// Whether several values may be given for a field to make a sweep. Texts hold their commas themselves.
bool isSweepable(std::string_view key);
/// The numbers of a text such as "4, 25, 400" or "1e-3", in its order; `whole`: whole ones are expected. Throws Error
/// that names the field if it holds none, something else, or one number with a comma in it (0,05 or 1,000).
std::vector<double> numberList(std::string_view key, std::string_view text, bool whole = false);

/// The penalties that L-BFGS probes are fitted with, in the order of the text: spec.l2Values, or spec.l2 alone. Throws
/// Error that names the field if one is below 0 or no number.
std::vector<double> probePenalties(const ProbeSpec& spec);
/// The layers probed of a model with `layers` blocks, ascending and each once: spec.layers, or 0 .. layers. Throws
/// Error that names the field if one is not a layer.
std::vector<int64_t> probedLayers(const ProbeSpec& spec, int64_t layers);
/// The numbers of labelled images a class, in the order of the text. Throws Error that names the field if one is not a
/// whole number from 1.
std::vector<int64_t> labelsPerClass(const LowDataSpec& spec);

/// Parameters of the model as built (no biases, untied): L(12 D^2 + 2 D) + 2 V D + n D + D + D.
int64_t parameterCount(const ModelSpec& model, int64_t paletteSize, int64_t positions);

}  // namespace scanline
