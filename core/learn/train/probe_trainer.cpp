#include "core/learn/train/probe_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/learn/evaluate/low_data.h"
#include "core/learn/evaluate/probe.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/foreign_weights.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/checkpoint_settings.h"

namespace scanline {

namespace {

namespace fs = std::filesystem;

void checkFit(const RunData& data, const GptShape& shape, const fs::path& file) {
  if (data.train.length != shape.positions)
    throw Error(fmt::format("The pictures have {} tokens each, and {} was trained on {}. Set data.side to its size.",
                            data.train.length, file.string(), shape.positions));
  checkTokens(data, shape.paletteSize);
}

/// The palette of another program's model is the one that its tokens come with, however large it was to be.
void checkForeign(const fs::path& file, const GptShape& shape, RunSpec spec) {
  spec.palette.size = shape.paletteSize;
  checkSettings(file,
                {.positions = shape.positions,
                 .model = {.objective = shape.objective,
                           .layers = shape.layers,
                           .width = shape.width,
                           .heads = shape.heads,
                           .bias = shape.bias,
                           .maskRate = spec.model.maskRate},
                 .palette = Palette(std::vector<Colour>(static_cast<size_t>(shape.paletteSize)))},
                spec);
}

constexpr std::string_view kWeights = "weights ";
/// Sent as it is, from one build of the program to the same.
struct SharedModel {
  int64_t step = 0;
  GptShape shape;
  bool isBf16 = false;
};

[[noreturn]] void neverAsked() {
  throw Error("A run that probes a model takes no steps and has no checkpoints of its own.");
}

}  // namespace

ProbeTrainer::ProbeTrainer(const RunSpec& spec, RunData data)
    : spec_((prepareThread(spec.threads), spec)),  // before the first tensor is made
      data_(std::move(data)),
      lease_(spec.device, gpuOf(spec, data_.group), data_.waitForGpu),
      device_(lease_.device()),
      slicedWork_(spec.train.slices, device_, data_.group) {
  if (slicedWork_.isShared()) requireShareable(spec, data_.group->size());
  if (data_.classNames.size() < 2 || data_.train.labels.empty())
    throw Error(fmt::format("The data set {} has no classes to probe for.", spec.data.name));
  if (!slicedWork_.isFollower()) load(data_.model);
}

ProbeTrainer::~ProbeTrainer() {
  releaseMemory(device_);
}

void ProbeTrainer::load(const fs::path& file) {
  prepareThread(spec_.threads);
  const at::NoGradGuard noGraph;
  const bool isForeign = isForeignModel(file);
  if (!isForeign) {
    const auto info = readCheckpointInfo(file);
    if (info.palette != data_.palette)
      throw Error(fmt::format(
          "{} was trained with another palette than these pictures' tokens: its tokens mean other colours. Take the palette that it was trained with.",
          file.string()));
    checkSettings(file, info, spec_);
    step_ = info.step;
  }
  const auto read = isForeign ? weightsOf(readForeignModel(file)) : loadWeights(file);
  if (isForeign) checkForeign(file, read.shape, spec_);
  checkFit(data_, read.shape, file);
  const auto there = read.on(device_);
  precision_ =
      choosePrecision(spec_.train.precision, device_, {.rows = read.shape.positions, .width = read.shape.width});
  weights_ = precision_.isBf16() ? there.withOperands(at::kBFloat16) : there;
  areWeightsShared_ = false;
}

void ProbeTrainer::shareWeights() {
  if (areWeightsShared_) return;
  static_assert(std::is_trivially_copyable_v<SharedModel>);
  const SharedModel model{step_, weights_->shape, precision_.isBf16()};
  tell(*data_.group,
       fmt::format("{}{}", kWeights, std::string_view(reinterpret_cast<const char*>(&model), sizeof(model))));
  slicedWork_.broadcast(weights_->flat);
  areWeightsShared_ = true;
}

void ProbeTrainer::takeWeights(std::string_view message) {
  SharedModel model;
  std::memcpy(&model, message.data() + kWeights.size(), sizeof(model));
  const at::NoGradGuard noGraph;
  const GptTensors there(model.shape, device_);
  slicedWork_.broadcast(there.flat);
  step_ = model.step;
  precision_ = {model.isBf16 ? Precision::Bf16 : Precision::Fp32, std::nullopt};
  weights_ = model.isBf16 ? there.withOperands(at::kBFloat16) : there;
}

std::string ProbeTrainer::follow() {
  prepareThread(spec_.threads);
  return hearWhile(*data_.group, [this](const std::string& said) {
    if (said == "probe")
      probe({}, [](const TrainEvent&) {});
    else if (said.starts_with(kWeights))
      takeWeights(said);
    else
      return false;
    return true;
  });
}

int64_t ProbeTrainer::parameters() const {
  int64_t count = 0;
  for (const auto& [name, tensor] : weights_->named()) count += tensor.numel();
  return count;
}

void ProbeTrainer::probe(const Control& control, const EventSink& sink) {
  prepareThread(spec_.threads);
  if (!slicedWork_.isShared()) return look(control, sink);
  std::vector<TrainEvent> events;  // once they hold
  slicedWork_.together(
      "probe", control, [this] { shareWeights(); },
      [&](const Control& during) {
        events.clear();
        look(during, [&](const TrainEvent& event) { events.push_back(event); });
        return true;
      });
  for (const auto& event : events) sink(event);
}

void ProbeTrainer::look(const Control& control, const EventSink& sink) {
  const Gpt model(*weights_);
  const auto subject = slicedWork_.subject(model, spec_);
  const int64_t bytes = slicedWork_.featureBytes();
  const ProbeData data{.train = &data_.train,
                       .validation = &data_.validation,
                       .classes = std::ssize(data_.classNames),
                       .test = &data_.test};
  if (spec_.kind == RunKind::LowData)
    probeLowData(subject, spec_.probe, spec_.lowdata, data, data_.classNames, spec_.seed, control, sink, bytes);
  else
    probeLayers(
        subject, spec_.probe, data, spec_.seed, step_, control,
        [&](const ProbeResult& result) {
          sink(result);
          if (result.testAccuracy) sink(Scalars{.step = step_, .values = {{"test/accuracy", *result.testAccuracy}}});
        },
        bytes);
}

std::vector<std::pair<std::string, std::string>> ProbeTrainer::environment() const {
  auto list = precision_.facts();
  list.insert(list.begin(), {"Device", device_.is_cpu() ? "CPU" : device_.str()});
  list.emplace_back("Instruction set", instructionSet());
  list.emplace_back("Kernels", kernelTable().name);
  return list;
}

StepStats ProbeTrainer::trainStep(const Control&) {
  neverAsked();
}
Evaluation ProbeTrainer::evaluate(const Control&) {
  neverAsked();
}
void ProbeTrainer::sample(const Control&, const std::function<void(SampleSet)>&) {
  neverAsked();
}
void ProbeTrainer::save(const fs::path&) {
  neverAsked();
}

}  // namespace scanline
