#include "core/train/gpt_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <span>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/evaluate/probe.h"
#include "core/kernels/block_cache.h"
#include "core/kernels/cpu_features.h"
#include "core/kernels/kernel_table.h"
#include "core/model/checkpoint.h"
#include "core/model/gpt_gradient.h"
#include "core/model/sampling.h"
#include "core/spec/spec_text.h"
#include "core/tokens/batches.h"
#include "core/train/diverged.h"
#include "core/train/schedule.h"
#include "core/train/torch_setup.h"

namespace scanline {

namespace {

GptShape shapeOf(const RunSpec& spec, const RunData& data) {
  if (data.train.count < 1 || data.train.length != data.width * data.height)
    throw Error(fmt::format("The training data hold {} pictures of {} tokens; at least one of {} x {} = {} is needed.",
                            data.train.count, data.train.length, data.width, data.height, data.width * data.height));
  if (data.validation.count > 0 && data.validation.length != data.train.length)
    throw Error(fmt::format("Validation pictures have {} tokens, training pictures {}.", data.validation.length,
                            data.train.length));
  for (const auto* set : {&data.train, &data.validation})
    for (const auto token : set->ids)
      if (token >= data.palette.size())
        throw Error(fmt::format("The data hold colour {}, and the palette ends at {}. Tokenize them with this palette.",
                                token, data.palette.size() - 1));
  return {.layers = spec.model.layers,
          .width = spec.model.width,
          .heads = spec.model.heads,
          .paletteSize = data.palette.size(),
          .positions = data.train.length};
}

/// The work of a pass is looked at between blocks, so a block's way there or back bounds how late a stop is noticed. 60
/// GFLOP/s is slow for two cores; 8 GFLOP, two thirds of which are the way back, are then below 100 ms.
int64_t chooseMicroBatch(const RunSpec& spec, const GptShape& shape) {
  if (spec.train.microBatch > 0) return std::min(spec.train.microBatch, spec.train.batchSize);
  constexpr double kFlopsOfBlock = 8e9;
  const double perImage = gradientFlops(shape) / static_cast<double>(shape.layers);
  const auto most = std::clamp(static_cast<int64_t>(kFlopsOfBlock / perImage), int64_t{1}, spec.train.batchSize);
  const int64_t passes = (spec.train.batchSize + most - 1) / most;
  return (spec.train.batchSize + passes - 1) / passes;  // passes of nearly equal size
}

/// int64 [rows, n] on the CPU.
at::Tensor tokensOf(const TokenSet& set, std::span<const int64_t> rows) {
  auto tokens = at::empty({std::ssize(rows), set.length}, at::kLong);
  auto* to = tokens.data_ptr<int64_t>();
  for (const auto row : rows) to = std::ranges::copy(set.image(row), to).out;
  return tokens;
}

/// `count` different rows of 0 .. total - 1 (all, if there are no more), in an order drawn by seed.
std::vector<int64_t> drawRows(int64_t total, int64_t count, uint64_t seed, Purpose purpose) {
  std::vector<int64_t> rows(static_cast<size_t>(total));
  std::iota(rows.begin(), rows.end(), 0);
  RandomStream random(seed, purpose);
  count = std::min(count, total);
  for (int64_t i = 0; i < count; ++i)
    std::swap(rows[static_cast<size_t>(i)],
              rows[static_cast<size_t>(i + static_cast<int64_t>(random.below(static_cast<uint64_t>(total - i))))]);
  rows.resize(static_cast<size_t>(count));
  return rows;
}

/// Seconds of work, without the time for which keepGoing let a paused run wait.
class Stopwatch {
 public:
  Trainer::KeepGoing without(const Trainer::KeepGoing& keepGoing) {
    return [this, &keepGoing] {
      const auto before = Clock::now();
      const bool on = keepGoing();
      begin_ += Clock::now() - before;
      return on;
    };
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

GptTensors onDevice(const GptTensors& tensors, at::Device device) {
  if (device.is_cpu()) return tensors;
  GptTensors copy(tensors.shape, device);
  copy.flat.copy_(tensors.flat);
  return copy;
}

}  // namespace

GptTrainer::GptTrainer(const RunSpec& spec, RunData data)
    : spec_((prepareThread(spec.threads), spec)),  // before the first tensor is made
      data_(std::move(data)),
      device_(chooseDevice(spec.device)),
      precision_(choosePrecision(spec.train.precision, device_)),
      warmup_(warmupSteps(spec, data_.train.count)),
      weights_(onDevice(initialWeights(shapeOf(spec, data_), spec.seed), device_)),
      operands_(precision_ == Precision::Bf16 ? weights_.withOperands(at::kBFloat16) : weights_),
      gradients_(weights_.shape, device_),
      firstMoments_(weights_.shape, device_),
      secondMoments_(weights_.shape, device_),
      microBatch_(chooseMicroBatch(spec, weights_.shape)) {}

GptTrainer::~GptTrainer() {
  releaseCachedBlocks();
}

int64_t GptTrainer::parameters() const {
  int64_t count = 0;
  for (const auto& [name, tensor] : weights_.named()) count += tensor.numel();
  return count;
}

std::optional<StepStats> GptTrainer::trainStep(const KeepGoing& keepGoing) {
  prepareThread(spec_.threads);
  const at::NoGradGuard noGraph;
  Stopwatch watch;
  const auto loss = batchGradient(watch.without(keepGoing));
  if (!loss) return std::nullopt;
  const auto norm = at::linalg_vector_norm(gradients_.flat).item<double>();
  // The one place where a run can go wrong beyond repair: looked at before anything is changed.
  if (!std::isfinite(*loss) || !std::isfinite(norm))
    throw Diverged(
        fmt::format("Step {}: the {} is not a finite number ({}). The weights are as they were before this step; go on "
                    "from the last checkpoint with a lower optimizer.learningRate (now {:g}), or with "
                    "optimizer.clipNorm.",
                    step_ + 1, std::isfinite(*loss) ? "gradient's norm" : "loss", std::isfinite(*loss) ? norm : *loss,
                    spec_.optimizer.learningRate));
  if (spec_.optimizer.clipNorm > 0 && norm > spec_.optimizer.clipNorm)
    gradients_.flat.mul_(spec_.optimizer.clipNorm / norm);

  const double rate = learningRate(spec_.optimizer, warmup_, spec_.train.steps, step_);
  update(rate);
  ++step_;
  return StepStats{.step = step_,
                   .loss = *loss,
                   .learningRate = rate,
                   .gradientNorm = norm,
                   .imagesPerSecond = static_cast<double>(spec_.train.batchSize) / watch.seconds()};
}

std::optional<double> GptTrainer::batchGradient(const KeepGoing& keepGoing) {
  const auto rows = batchRows(data_.train.count, spec_.train.batchSize, spec_.seed, step_);
  const auto pixels = static_cast<double>(std::ssize(rows) * data_.train.length);
  gradients_.flat.zero_();
  double nats = 0;
  for (size_t first = 0; first < rows.size(); first += static_cast<size_t>(microBatch_)) {
    const auto count = std::min(static_cast<size_t>(microBatch_), rows.size() - first);
    const auto tokens = tokensOf(data_.train, std::span(rows).subspan(first, count)).to(device_);
    const auto part = addGradient(operands_, tokens, 1 / pixels, gradients_, keepGoing);
    if (!part) return std::nullopt;
    nats += part->sum(at::kDouble).item<double>();
  }
  return nats / pixels;
}

void GptTrainer::update(double rate) {
  const auto& o = spec_.optimizer;
  const auto number = at::full({}, static_cast<double>(step_ + 1), weights_.flat.options());
  const auto adam = [&](int64_t begin, int64_t end, double decay) {
    const auto part = [&](const GptTensors& tensors) { return tensors.flat.narrow(0, begin, end - begin); };
    at::_fused_adamw_({part(weights_)}, {part(gradients_)}, {part(firstMoments_)}, {part(secondMoments_)}, {}, {number},
                      rate, o.beta1, o.beta2, decay, o.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  };
  const int64_t size = weights_.flat.numel();
  if (o.weightDecay == 0) {
    adam(0, size, 0);
  } else {  // gains, biases and the start vector do not decay
    adam(0, weights_.matrixSize, o.weightDecay);
    adam(weights_.matrixSize, size, 0);
  }
  refreshOperands();
}

void GptTrainer::refreshOperands() {
  if (precision_ == Precision::Bf16) operands_.operands.copy_(weights_.operands);
}

std::optional<Evaluation> GptTrainer::evaluate(const KeepGoing& keepGoing) {
  prepareThread(spec_.threads);
  const auto rows = drawRows(data_.validation.count, spec_.train.evaluateImages, spec_.seed, Purpose::EvaluationRows);
  const Gpt model(operands_);
  double nats = 0;
  for (size_t first = 0; first < rows.size(); first += static_cast<size_t>(microBatch_)) {
    if (!keepGoing()) return std::nullopt;
    const auto count = std::min(static_cast<size_t>(microBatch_), rows.size() - first);
    nats +=
        model.nats(tokensOf(data_.validation, std::span(rows).subspan(first, count))).sum(at::kDouble).item<double>();
  }
  return Evaluation{.step = step_, .loss = nats / static_cast<double>(rows.size())};
}

bool GptTrainer::probe(const KeepGoing& keepGoing, const EventSink& sink) {
  prepareThread(spec_.threads);
  return probeLayers(Gpt(operands_), spec_.probe,
                     {.train = &data_.train, .validation = &data_.validation, .classes = std::ssize(data_.classNames)},
                     spec_.seed, step_, keepGoing, sink);
}

bool GptTrainer::sample(const KeepGoing& keepGoing, const std::function<void(SampleSet)>& sink) {
  prepareThread(spec_.threads);
  const auto& s = spec_.sample;
  SampleRequest whole{.perPrompt = s.unconditional,
                      .temperature = s.temperature,
                      .topK = s.topK,
                      .seed = spec_.seed,
                      .step = step_,
                      .width = data_.width,
                      .height = data_.height};
  SampleRequest halves = whole;
  halves.given = data_.height / 2 * data_.width;
  halves.perPrompt = s.perPrompt;
  for (const auto row : drawRows(data_.validation.count, s.prompts, spec_.seed, Purpose::Prompts)) {
    const auto tokens = data_.validation.image(row);
    halves.originals.emplace_back(tokens.begin(), tokens.end());
  }

  const Gpt model(operands_);
  std::vector<SampleSet> sets;
  const auto draw = [&](const SampleRequest& request) {
    auto set = drawSamples(model, request, keepGoing);
    if (set) sets.push_back(std::move(*set));
    return set.has_value();
  };
  if (!halves.originals.empty() && halves.perPrompt > 0 && !draw(halves)) return false;
  if (whole.perPrompt > 0 && !draw(whole)) return false;
  for (auto& set : sets) sink(std::move(set));
  return true;
}

void GptTrainer::save(const std::filesystem::path& file) {
  saveCheckpoint(file,
                 {.specToml = toToml(spec_),
                  .step = step_,
                  .positions = data_.train.length,
                  .width = data_.width,
                  .height = data_.height,
                  .model = spec_.model,
                  .palette = data_.palette},
                 {weights_.named(), firstMoments_.named(), secondMoments_.named()});
}

void GptTrainer::load(const std::filesystem::path& file) {
  prepareThread(spec_.threads);
  const auto info = readCheckpointInfo(file);
  if (info.model.heads != spec_.model.heads)
    throw Error(fmt::format("{} is of a model with {} heads, and model.heads is {}. Set it to {}.", file.string(),
                            info.model.heads, spec_.model.heads, info.model.heads));
  if (info.palette != data_.palette)
    throw Error(fmt::format(
        "{} was trained with another palette than this run's: its tokens mean other colours. Resume it with "
        "the data and palette settings that it was made with.",
        file.string()));
  const at::NoGradGuard noGraph;
  loadCheckpoint(file, {weights_.named(), firstMoments_.named(), secondMoments_.named()});
  step_ = info.step;
  refreshOperands();
}

std::vector<std::pair<std::string, std::string>> GptTrainer::environment() const {
  return {{"Device", device_.is_cpu() ? "CPU" : device_.str()},
          {"Precision", precision_ == Precision::Bf16 ? "bf16" : "fp32"},
          {"Micro-batch", std::to_string(microBatch_)},
          {"Instruction set", instructionSet()},
          {"Kernels", kernelTable().name}};
}

}  // namespace scanline
