#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/run/engine.h"
#include "tests/core/run/fake_open_model.h"

namespace scanline {

/// The Trainer of the tests: one number stands for the weights, every step changes it as a function of itself and the
/// step, so a wrong or a forgotten state shows. `onAsk` is called whenever it asks whether it may go on.
class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(RunSpec spec) : spec_(std::move(spec)) {}

  int64_t step() const override { return step_; }
  int64_t parameters() const override { return 10; }

  StepStats trainStep(const Control& control) override {
    for (int microBatch = 0; microBatch < 3; ++microBatch) ask(control);
    if (step_ + 1 == failAt) fail();
    ++step_;
    weight_ = std::sin(weight_ + static_cast<double>(step_));
    return {step_, weight_, 1e-3, 1, 100};
  }

  Evaluation evaluate(const Control& control) override {
    ask(control);
    return {step_, lossAt ? lossAt(step_) : weight_, accuracyAt ? std::optional(accuracyAt(step_)) : std::nullopt};
  }

  bool isDone() const override { return step_ == doneAt; }

  void finish(const Control& control, const std::filesystem::path& best, const EventSink& sink) override {
    finishedWith = best;
    ask(control);
    if (accuracyAt) sink(Scalars{step_, {{"test/accuracy", 0.5}}});
  }

  void probe(const Control& control, const EventSink& sink) override {
    if (onProbe) onProbe(step_);
    for (int64_t layer = 0; layer <= spec_.model.layers; ++layer) {
      ask(control);
      sink(ProbeResult{.step = step_,
                       .layer = layer,
                       .accuracy = std::abs(weight_),
                       .loss = probeLoss ? probeLoss(layer) : 0,
                       .classes = 2,
                       .confusion = {{0, 0, 1}, {1, 1, 1}}});
    }
  }

  void sample(const Control& control, const std::function<void(SampleSet)>& sink) override {
    ask(control);
    if (onSample) onSample(step_);
    const auto token = static_cast<Token>(step_ % 10);
    sink({step_, 2, 1, 1, 1, {{0, token}}, {{token, token}}, {0.5}, {0.25}});
    sink({step_, 2, 1, 0, 2, {}, {{token, 1}, {token, 2}}, {}, {0.25, 0.5}});
  }

  void save(const std::filesystem::path& file) override {
    if (onSave) onSave(file);
    if (!saveProblem.empty()) throw Error(saveProblem);
    writeFileAtomically(file, fmt::format("{} {:a} {}", step_, weight_, precision));
  }

  void load(const std::filesystem::path& file) override {
    std::istringstream text(readFile(file, 100));
    int64_t step = 0;
    std::string weight;
    if (!(text >> step >> weight >> precision)) throw Error(file.string() + " is damaged.");
    step_ = step;
    weight_ = std::stod(weight);
  }

  std::vector<std::pair<std::string, std::string>> environment() const override { return {{"Precision", precision}}; }

  std::function<void(int64_t step)> onAsk, onProbe, onSample;
  std::function<void(const std::filesystem::path&)> onSave;
  std::function<double(int64_t step)> lossAt, accuracyAt;
  std::function<double(int64_t layer)> probeLoss;
  int64_t doneAt = -1;
  std::filesystem::path finishedWith;  ///< the best checkpoint that finish() was told
  int64_t failAt = -1;
  std::function<void()> fail = [] { throw Error("The loss is not finite."); };
  std::string saveProblem;
  std::string precision = "fp32";  ///< a checkpoint brings its own

 private:
  void ask(const Control& control) {
    if (onAsk) onAsk(step_);
    control.check();
  }

  RunSpec spec_;
  int64_t step_ = 0;
  double weight_ = 0.5;
};

/// Makes FakeTrainers, prepared by `adjust`. Scores are none of the tests' business.
class FakeEngine : public Engine {
 public:
  std::string libtorchVersion() const override { return "none"; }
  std::unique_ptr<Trainer> makeTrainer(const RunSpec& spec, RunData data) override {
    if (data.train.count == 0) throw Error("No training images.");
    auto trainer = std::make_unique<FakeTrainer>(spec);
    if (adjust) adjust(*trainer, spec);
    if (!data.model.empty()) trainer->load(data.model);
    return trainer;
  }
  CheckpointInfo inspect(const std::filesystem::path& checkpoint) override {
    if (!model) throw Error(checkpoint.string() + " holds no model.");
    return *model;
  }
  /// Paints with the colour of the seed.
  SampleSet complete(const CompletionRequest& request, const Control& control) override {
    if (onComplete) onComplete(request);
    control.check();
    SampleSet set{.given = request.given, .perPrompt = request.perPrompt, .originals = request.originals};
    if (!model) return set;
    set.width = model->width;
    set.height = model->height;
    const auto prompts = static_cast<int64_t>(request.originals.size());
    const auto count = static_cast<size_t>(request.perPrompt * std::max<int64_t>(1, prompts));
    const auto colour = static_cast<Token>(request.seed % static_cast<uint64_t>(model->palette.size()));
    set.samples.assign(count, std::vector<Token>(static_cast<size_t>(model->positions), colour));
    for (size_t i = 0; i < count && prompts > 0; ++i)
      std::copy_n(request.originals[i / static_cast<size_t>(request.perPrompt)].begin(), request.given,
                  set.samples[i].begin());
    set.originalNats.assign(request.originals.size(), 1);
    set.sampleNats.assign(count, 0.5);
    return set;
  }
  ScoreResult score(const std::filesystem::path&, const TokenSet&, bool, bool, int64_t) override { return {}; }
  /// Of the step that the file's name tells (step-600.safetensors), else that of `model`.
  std::shared_ptr<const OpenModel> openModel(const std::filesystem::path& checkpoint) override {
    if (onOpen) onOpen(checkpoint);
    const auto info = inspect(checkpoint);
    const auto name = checkpoint.stem().string();
    auto opened =
        std::make_shared<FakeOpenModel>(info, name.starts_with("step-") ? std::stoll(name.substr(5)) : info.step);
    opened->onDraw = onDraw;
    opened->onPrepare = onPrepare;
    return opened;
  }
  std::unique_ptr<VqvaeCodec> openVqvae(const std::filesystem::path& checkpoint, int64_t) override {
    throw Error(checkpoint.string() + " is no VQ-VAE.");
  }

  std::function<void(FakeTrainer&, const RunSpec&)> adjust;
  std::optional<CheckpointInfo> model;  ///< in every checkpoint
  std::function<void(const CompletionRequest&)> onComplete;
  std::function<void(const std::filesystem::path&)> onOpen;
  /// At the beginning of each drawing and each preparation of one, on its thread.
  std::function<void(const DrawRequest&)> onDraw, onPrepare;
};

}  // namespace scanline
