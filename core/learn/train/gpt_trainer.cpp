// Steps, evaluation, checkpoints and precision of one trainer, which all work on the same weights and moments: beyond
// 350 lines. What processes share is in gpt_trainer_shared.cpp.
#include "core/learn/train/gpt_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/learn/evaluate/probe.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/kernels/device_attention.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/sampling.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/train/stopwatch.h"
#include "core/learn/train/torch_setup.h"
#include "core/learn/train/torch_vqvae_codec.h"
#include "core/run/checkpoint_settings.h"
#include "core/run/diverged.h"
#include "core/run/schedule.h"
#include "core/spec/spec_text.h"
#include "core/tokens/batches.h"

namespace scanline {

namespace {

GptShape shapeOf(const RunSpec& spec, const RunData& data, int64_t classes) {
  if (data.train.count < 1 || data.train.length != data.width * data.height)
    throw Error(fmt::format("The training data hold {} pictures of {} tokens; at least one of {} x {} = {} is needed.",
                            data.train.count, data.train.length, data.width, data.height, data.width * data.height));
  for (const auto* set : {&data.validation, &data.test})
    if (set->count > 0 && set->length != data.train.length)
      throw Error(fmt::format("Validation or test pictures have {} tokens, training pictures {}.", set->length,
                              data.train.length));
  checkTokens(data, data.palette.size());
  return {.layers = spec.model.layers,
          .width = spec.model.width,
          .heads = spec.model.heads,
          .paletteSize = data.palette.size(),
          .positions = data.train.length,
          .bias = spec.model.bias,
          .objective = spec.model.objective,
          .classes = classes};
}

GradientTask withAttention(GradientTask task, const RunSpec& spec) {
  task.attention = spec.train.attention;
  return task;
}

/// "flash, reproducible": the kernel of the gradient's attention on an accelerator.
std::string attentionFact(const GptTensors& operands, AttentionKernels wanted) {
  const auto kernel = direct::attentionKernel(operands.flat.device(), operands.operands.scalar_type(),
                                              operands.shape.width / operands.shape.heads, wanted);
  return fmt::format("{}, {}", nameOf(kernel), wanted == AttentionKernels::Fast ? "fast" : "reproducible");
}

/// On a CPU the work of a pass is looked at between blocks, so a block's way there or back bounds how late a stop is
/// noticed. 60 GFLOP/s is slow for two cores; 8 GFLOP, two thirds of which are the way back, are then below 100 ms.
/// `operandBytes`: of one element of the matrices that products take.
int64_t microBatchOf(const RunSpec& spec, const GptTensors& weights, int64_t operandBytes) {
  constexpr double kFlopsOfBlock = 8e9;
  const auto& shape = weights.shape;
  return chooseMicroBatch(spec.train, weights.flat.device(),
                          kFlopsOfBlock / (gradientFlops(shape) / static_cast<double>(shape.layers)),
                          gradientBytes(shape, operandBytes));
}

}  // namespace

GptTrainer::GptTrainer(const RunSpec& spec, RunData&& data, const GradientTask& task, int64_t classes)
    : spec_((prepareThread(spec.threads), spec)),  // before the first tensor is made
      data_(std::move(data)),
      lease_(spec.device, gpuOf(spec, data_.group), data_.waitForGpu),
      device_(lease_.device()),
      task_(withAttention(task, spec)),
      weights_(initialWeights(shapeOf(spec, data_, classes), spec.seed).on(device_)),
      precision_(choosePrecision(spec.train.precision, device_,
                                 {.rows = microBatchOf(spec, weights_, sizeof(float)) * weights_.shape.positions,
                                  .width = weights_.shape.width})),
      operands_(precision_.isBf16() ? weights_.withOperands(at::kBFloat16) : weights_),
      gradients_(weights_.shape, device_),
      firstMoments_(weights_.shape, device_),
      secondMoments_(weights_.shape, device_),
      warmup_(warmupSteps(spec, data_.train.count)),
      stepNumber_(at::zeros({}, weights_.flat.options())),
      trainTokens_(data_.augmenter || isOneLook(spec.kind) ? DeviceTokens() : DeviceTokens(data_.train, device_)),
      microBatch_(microBatchOf(spec, weights_, operands_.operands.element_size()), device_),
      slicedWork_(spec.train.slices, device_, data_.group) {
  if (slicedWork_.isShared()) requireShareable(spec, data_.group->size());
}

GptTrainer::~GptTrainer() {
  releaseMemory(device_);
}

void GptTrainer::noteOnce(const std::string& sentence) {
  if (noted_.insert(sentence).second) notes_.push_back({LogLine::Level::Info, sentence});
}

std::vector<LogLine> GptTrainer::takeLog() {
  auto lines = microBatch_.takeLog();
  std::ranges::move(std::exchange(notes_, {}), std::back_inserter(lines));
  std::ranges::move(slicedWork_.takeLog(), std::back_inserter(lines));
  return lines;
}

int64_t GptTrainer::parameters() const {
  int64_t count = weights_.classifier.defined() ? weights_.classifier.numel() : 0;
  for (const auto& [name, tensor] : weights_.named()) count += tensor.numel();
  return count;
}

StepStats GptTrainer::trainStep(const Control& control) {
  prepareThread(spec_.threads);
  const at::NoGradGuard noGraph;
  Stopwatch watch;
  const auto loss = together("step", watch.without(control), [&](const Control& during) {
    return slicedWork_.isCut() ? slicedGradient(during) : inMemory([&] { return batchGradient(during); });
  });
  const double rate = learningRate(spec_.optimizer, warmup_, spec_.train.steps, step_);
  update(rate);
  ++step_;
  StepStats stats{.step = step_,
                  .loss = task_.generative ? loss.nats : loss.classNats,
                  .learningRate = rate,
                  .gradientNorm = loss.norm,
                  .imagesPerSecond = static_cast<double>(spec_.train.batchSize) / watch.seconds()};
  if (task_.classifierLayer) stats.classifierLoss = loss.classNats;
  return stats;
}

GptTrainer::BatchLoss GptTrainer::batchGradient(const Control& control) {
  const auto rows = batchRows(data_.train.count, spec_.train.batchSize, spec_.seed, step_);
  const auto images = static_cast<double>(rows.size());
  gradients_.flat.zero_();
  // Summed where they are: both losses, and the norm.
  auto sums = at::zeros({3}, weights_.flat.options().dtype(at::kDouble));
  int64_t place = 0;
  const auto pass = [&](std::span<const int64_t> part) {
    const auto losses = addGradient(operands_, trainingImages(part, place, threadCount(spec_.threads)), task_,
                                    1 / images, gradients_, control);
    place += std::ssize(part);
    if (losses.nats_B.defined()) sums[0].add_(losses.nats_B.sum());
    if (losses.classNats_B.defined()) sums[1].add_(losses.classNats_B.sum());
  };
  forMicroBatches(rows, pass);
  sums[2].copy_(at::linalg_vector_norm(gradients_.flat));
  const auto read = sums.cpu();
  const auto* values = read.const_data_ptr<double>();
  return checked({values[0] / images, values[1] / images, values[2]});
}

GptTrainer::BatchLoss GptTrainer::checked(const BatchLoss& loss) {
  // The one place where a run can go wrong beyond repair: looked at before anything is changed.
  const double sum = loss.nats + loss.classNats;
  if (!std::isfinite(sum) || !std::isfinite(loss.norm))
    throw Diverged(fmt::format(
        "The {} of step {} is not a finite number. The weights are as they were before this step; go on from the last checkpoint with a lower optimizer.learningRate (now {:g}), or with optimizer.clipNorm.",
        std::isfinite(sum) ? "gradient's norm" : "loss", step_ + 1, spec_.optimizer.learningRate));
  if (spec_.optimizer.clipNorm > 0 && loss.norm > spec_.optimizer.clipNorm)
    gradients_.flat.mul_(spec_.optimizer.clipNorm / loss.norm);
  return loss;
}

GradientBatch GptTrainer::trainingImages(std::span<const int64_t> rows, int64_t firstPlace, int threads) const {
  const int64_t n = data_.train.length, count = std::ssize(rows);
  GradientBatch batch;
  if (data_.augmenter) {
    const auto tokens_Bn = hostBuffer({count, n}, at::kLong, device_);
    auto* to = tokens_Bn.mutable_data_ptr<int64_t>();
    inParallel(count, threads, [&](int64_t i) {
      std::vector<Token> seen(static_cast<size_t>(n));
      data_.augmenter->tokens(rows[static_cast<size_t>(i)], spec_.seed, step_, firstPlace + i, seen);
      std::ranges::copy(seen, to + i * n);
    });
    batch.tokens_Bn = uploaded(tokens_Bn, device_);
  } else {
    batch.tokens_Bn = trainTokens_.isEmpty() ? uploaded(tokensOf(data_.train, rows), device_) : trainTokens_.rows(rows);
  }
  if (isBert()) {
    const auto keep_Bn =
        drawKeep(rowsFrom(firstPlace, count), n, spec_.model.maskRate, spec_.seed, MaskUse::Train, step_);
    batch.keep_Bn = uploaded(keep_Bn, device_);
    batch.masked_M = uploaded(maskedPlaces(keep_Bn), device_);
  }
  if (task_.classifierLayer) batch.labels_B = uploaded(labelsOf(data_.train, rows), device_);
  return batch;
}

void GptTrainer::update(double rate) {
  const auto& o = spec_.optimizer;
  stepNumber_.fill_(static_cast<double>(step_ + 1));
  const auto adamOf = [&](int64_t begin, int64_t end, double decay) {
    const auto part = [&](const GptTensors& tensors) { return tensors.flat.narrow(0, begin, end - begin); };
    at::_fused_adamw_({part(weights_)}, {part(gradients_)}, {part(firstMoments_)}, {part(secondMoments_)}, {},
                      {stepNumber_}, rate, o.beta1, o.beta2, decay, o.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  };
  const auto adam = [&](int64_t begin, int64_t end, double decay) {
    inParts(begin, end, [&](int64_t from, int64_t to) { adamOf(from, to, decay); });
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
  if (precision_.isBf16()) operands_.operands.copy_(weights_.operands);
}

void GptTrainer::takePrecision(const PrecisionChoice& precision) {
  if (precision.isBf16() != precision_.isBf16())
    operands_ = precision.isBf16() ? weights_.withOperands(at::kBFloat16) : weights_;
  precision_ = precision;
  microBatch_.set(microBatchOf(spec_, weights_, operands_.operands.element_size()));
}

std::vector<int64_t> GptTrainer::evaluationRows() const {
  return drawRows(data_.validation.count, spec_.train.evaluateImages, spec_.seed, Purpose::EvaluationRows);
}

std::vector<double> GptTrainer::sumOverRows(std::span<const int64_t> rows, int64_t width, int64_t step,
                                            const Control& control, const RowsWork& work) {
  if (!slicedWork_.isCut()) {
    std::vector<double> sums(static_cast<size_t>(width));
    forMicroBatches(rows, [&](std::span<const int64_t> part) { work(part, sums, control); });
    return sums;
  }
  const auto slice = [&](int64_t, Range images, std::span<double> sums, const Control& during) {
    forMicroBatches(rows.subspan(static_cast<size_t>(images.begin), static_cast<size_t>(images.size())),
                    [&](std::span<const int64_t> part) { work(part, sums, during); });
  };
  return slicedWork_.sums({.count = std::ssize(rows), .width = width, .slice = slice}, microBatch_, step, control);
}

double GptTrainer::meanNats(const Gpt& model, const TokenSet& set, std::span<const int64_t> rows, int64_t step,
                            const Control& control) {
  const auto add = [&](std::span<const int64_t> part, std::span<double> sums, const Control& during) {
    during.check();
    const auto keep =
        isBert() ? drawKeep(part, set.length, spec_.model.maskRate, spec_.seed, MaskUse::Evaluate, step) : at::Tensor();
    sums[0] += model.nats(tokensOf(set, part), keep).sum(at::kDouble).item<double>();
  };
  return sumOverRows(rows, 1, step, control, add)[0] / static_cast<double>(rows.size());
}

Evaluation GptTrainer::evaluate(const Control& control) {
  prepareThread(spec_.threads);
  const auto loss = together("evaluate", control, [&](const Control& during) {
    return inMemory([&] { return meanNats(Gpt(operands_), data_.validation, evaluationRows(), step_, during); });
  });
  return {.step = step_, .loss = loss};
}

void GptTrainer::finish(const Control& control, const std::filesystem::path&, const EventSink& sink) {
  if (spec_.kind != RunKind::Pretrain || data_.test.count == 0) return;
  prepareThread(spec_.threads);
  const auto loss = together("test", control, [&](const Control& during) {
    return inMemory([&] { return meanNats(Gpt(operands_), data_.test, rowsFrom(0, data_.test.count), step_, during); });
  });
  sink(Scalars{.step = step_, .values = {{"test/loss", loss}}});
}

void GptTrainer::probe(const Control& control, const EventSink& sink) {
  prepareThread(spec_.threads);
  const Gpt model(operands_);
  std::vector<ProbeResult> results;
  // Those of a shared probe come once they hold; others as they are ready.
  const EventSink later = [&](const TrainEvent& event) { results.push_back(std::get<ProbeResult>(event)); };
  const auto look = [&](const Control& during, const EventSink& to) {
    probeLayers(slicedWork_.subject(model, spec_), spec_.probe,
                {.train = &data_.train, .validation = &data_.validation, .classes = std::ssize(data_.classNames)},
                spec_.seed, step_, during, to, slicedWork_.featureBytes());
  };
  if (!slicedWork_.isShared()) return look(control, sink);
  together("probe", control, [&](const Control& during) {
    results.clear();
    look(during, later);
    return true;
  });
  for (const auto& result : results) sink(result);
}

void GptTrainer::sample(const Control& control, const std::function<void(SampleSet)>& sink) {
  if (isBert()) return;  // it cannot draw (see drawSamples)
  prepareThread(spec_.threads);
  const auto& s = spec_.sample;
  SampleRequest whole{.perPrompt = s.unconditional,
                      .temperature = s.temperature,
                      .topK = s.topK,
                      .say = [this](const std::string& sentence) { noteOnce(sentence); },
                      .seed = spec_.seed,
                      .step = step_,
                      .width = data_.width,
                      .height = data_.height};
  SampleRequest halves = whole;
  halves.given = data_.height / 2 * data_.width;
  halves.perPrompt = s.perPrompt;
  for (const auto row : promptRows(data_.validation.count, spec_)) {
    const auto tokens = data_.validation.image(row);
    halves.originals.emplace_back(tokens.begin(), tokens.end());
  }

  const bool drawsHalves = !halves.originals.empty() && halves.perPrompt > 0;
  auto sets = together("sample", control, [&](const Control& during) {
    std::vector<SampleSet> drawn;
    if (drawsHalves) drawn.push_back(drawTogether(halves, during));
    if (whole.perPrompt > 0) drawn.push_back(drawTogether(whole, during));
    return drawn;
  });
  if (slicedWork_.isFollower()) return;
  for (auto& set : sets) decodePixels(set, data_.vqvae, spec_.threads);
  if (drawsHalves)
    for (int64_t prompt = 0; prompt < data_.promptImages.count; ++prompt) {
      const auto image = data_.promptImages.image(prompt);
      sets.front().truePixels.emplace_back(image.begin(), image.end());
    }
  for (auto& set : sets) sink(std::move(set));
}

void GptTrainer::save(const std::filesystem::path& file) {
  if (slicedWork_.isShared() && isStateShared_ && !data_.group->isLost()) compareStates();
  saveCheckpoint(file,
                 {.specToml = toToml(spec_),
                  .step = step_,
                  .positions = data_.train.length,
                  .width = data_.width,
                  .height = data_.height,
                  .precision = precision_.precision,
                  .microBatch = microBatch(),
                  .model = spec_.model,
                  .palette = data_.palette},
                 {weights_.named(), firstMoments_.named(), secondMoments_.named(), others()});
}

CheckpointInfo GptTrainer::checkedInfo(const std::filesystem::path& file) const {
  auto info = readCheckpointInfo(file);
  checkSettings(file, info, spec_);
  if (info.palette != data_.palette)
    throw Error(fmt::format(
        "{} was trained with another palette than this run's: its tokens mean other colours. Resume it with the data and palette settings that it was made with.",
        file.string()));
  if (info.width != data_.width || info.height != data_.height)
    throw Error(fmt::format("{} was trained on pictures of {} x {}, and these are {} x {}. Set data.side to its size.",
                            file.string(), info.width, info.height, data_.width, data_.height));
  return info;
}

void GptTrainer::load(const std::filesystem::path& file) {
  prepareThread(spec_.threads);
  const auto info = checkedInfo(file);
  const at::NoGradGuard noGraph;
  loadCheckpoint(file, {weights_.named(), firstMoments_.named(), secondMoments_.named(), others()});
  step_ = info.step;
  isStateShared_ = false;
  if (spec_.train.precision == Precision::Auto) {
    const auto kept = info.precision == Precision::Auto ? unmeasuredPrecision(device_) : info.precision;
    if (kept != precision_.precision) takePrecision({kept, std::nullopt});
  }
  if (info.microBatch > 0 && spec_.train.microBatch == 0)  // as before, not by the memory that is free now
    microBatch_.set(std::min(info.microBatch, spec_.train.batchSize));
  refreshOperands();
}

void GptTrainer::startFrom(const std::filesystem::path& file) {
  prepareThread(spec_.threads);
  const auto info = checkedInfo(file);
  const at::NoGradGuard noGraph;
  loadCheckpoint(file, {.weights = weights_.named()});
  if (spec_.kind != RunKind::Finetune) step_ = info.step;
  isStateShared_ = false;
  refreshOperands();
}

std::vector<std::pair<std::string, std::string>> GptTrainer::environment() const {
  auto list = precision_.facts();
  list.insert(list.begin(), {"Device", device_.is_cpu() ? "CPU" : device_.str()});
  list.emplace_back("Micro-batch", std::to_string(microBatch()));
  if (!device_.is_cpu()) list.emplace_back("Attention", attentionFact(operands_, spec_.train.attention));
  if (slicedWork_.isShared()) list.emplace_back("Processes", std::to_string(data_.group->size()));
  list.emplace_back("Instruction set", instructionSet());
  list.emplace_back("Kernels", kernelTable().name);
  return list;
}

}  // namespace scanline
