#include "core/jobs/run_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <thread>

#include "core/data/spec_check.h"
#include "core/jobs/environment.h"
#include "core/jobs/run_data.h"
#include "core/jobs/run_log.h"
#include "core/jobs/search_job.h"
#include "core/jobs/shared_run.h"
#include "core/jobs/tensorboard_log.h"
#include "core/jobs/unstored.h"
#include "core/jobs/vitals.h"
#include "core/jobs/when_possible.h"
#include "core/run/environment.h"
#include "core/run/fingerprint.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// From a stored spec to a trainer that stands where the run is to go on.
class Preparation {
 public:
  Preparation(Engine& engine, RunRecorder& recorder, RunId run, const Control& control)
      : engine_(engine),
        recorder_(recorder),
        store_(recorder.store()),
        run_(run),
        sink_([this](const TrainEvent& event) { record(event); }),
        control_(runControl(
            control, sink_,
            [this] {
              return StateChanged{RunState::Preparing, doing_};
            },
            [this](int64_t done, int64_t total) { report(done, total); })),
        details_(store_.details(run)),
        spec_(specOf(details_)) {}

  const RunSpec& spec() const { return spec_; }
  /// Throws Error if its rates are none.
  bool isSearch() const {
    if (kindOf(spec_) != RunKind::Search) return false;
    validate(spec_);
    return true;
  }
  const EventSink& sink() const { return sink_; }
  fs::path folder() const { return details_.folder; }

  /// `work`, again until no store in use and no full disk is in its way. Throws Stopped if the run is to end meanwhile.
  template <class Work>
  auto whenPossible(Work work) {
    return scanline::whenPossible(control_, work, [this](const PassingError& problem) {
      if (problem.isOfDisk()) sink_(StateChanged{RunState::Paused, pausedByDisk(problem.what())});
    });
  }

  /// From the first image to a trainer at step 0.
  std::unique_ptr<Trainer> makeTrainer() {
    validate(spec_);
    auto& prepared = prepared_;
    const PrepareContext context{.begin = [this](std::string doing) { begin(std::move(doing)); },
                                 .control = control_,
                                 .warn =
                                     [this](std::string text) {
                                       sink_(LogLine{LogLine::Level::Warning, std::move(text)});
                                     }};
    const bool startsAnew = spec_.kind == RunKind::Finetune && spec_.finetune.fromScratch;
    if (needsModel(spec_) && !startsAnew && !fs::exists(folder() / kModelFile))
      throw Error(fmt::format("A run of kind {} needs a trained model. Make it from a checkpoint of another run.",
                              fieldText(spec_, "kind")));
    RunData data = readRunData(spec_, folder(), engine_, context, prepared);
    begin("Checking the images");
    DataFacts facts = examineData(data, control_);
    fingerprint_ = std::move(facts.fingerprint);
    data.tokensBelow = facts.tokensBelow;
    checkFingerprint(fingerprint_);
    begin("Building the model");
    data.waitForGpu = [this] {
      constexpr std::chrono::milliseconds kLook(100);
      if (constexpr std::string_view kWaiting = "Waiting for a free GPU"; doing_ != kWaiting)
        begin(std::string(kWaiting));
      control_.check();
      std::this_thread::sleep_for(kLook);
    };
    auto trainer = makeSharedTrainer(engine_, spec_, std::move(data), folder(), fingerprint_);
    prepared.parameters = trainer->parameters();
    prepared.environment = environmentOf(*trainer);
    if (!prepared.palette.empty()) palette_ = Palette(prepared.palette);
    sink_(prepared);
    return trainer;
  }

  /// The colours of the tokens, if they stand for colours, once there is a trainer.
  const std::optional<Palette>& palette() const { return palette_; }

  /// Puts the trainer where the newest readable checkpoint left off, and the store with it.
  RunHistory restore(Trainer& trainer, bool resume) {
    const bool isFork = details_.summary.parent && !details_.checkpoints.empty();
    // Weights that were imported stand at step 0, and their checkpoint has to stay.
    const bool loaded = (resume || isFork) && loadNewest(trainer);
    const int64_t step = trainer.step();
    // A checkpoint may decide how the run goes on: it keeps the precision that it was trained in.
    if (auto environment = environmentOf(trainer); environment != prepared_.environment) {
      prepared_.environment = std::move(environment);
      sink_(prepared_);
    }
    recorder_.goBackTo(loaded || step > 0 ? step : -1);
    sweepCheckpoints();
    return historyAt(step);
  }

 private:
  std::vector<std::pair<std::string, std::string>> environmentOf(const Trainer& trainer) const {
    auto list = describeEnvironment(spec_);
    list.emplace_back(kFingerprintEntry, fingerprint_);
    list.emplace_back("LibTorch", engine_.libtorchVersion());
    std::ranges::copy(trainer.environment(), std::back_inserter(list));
    return list;
  }

  /// Whether the images are those that this run, or the one that it comes from, learnt from before. Throws Error if
  /// they are others. A run that names a place of its own for the data is only warned: other images may be meant.
  void checkFingerprint(const std::string& fingerprint) {
    if (const auto own = environmentValue(details_.prepared, kFingerprintEntry); !own.empty() && own != fingerprint)
      throw Error(fmt::format(
          "The images in {} are not those that this run learnt from. Put the old ones back, or start a new run on these.",
          dataPlace()));
    if (!details_.summary.parent) return;
    const RunDetails parent = store_.details(*details_.summary.parent);
    const auto before = environmentValue(parent.prepared, kFingerprintEntry);
    if (before.empty() || before == fingerprint) return;
    const RunSpec of = fromToml(parent.specToml, "the settings of the run that this one comes from");
    if (!haveSameData(of, spec_)) return;
    const std::string found =
        fmt::format("The images in {} are not those that \"{}\" learnt from.", dataPlace(), parent.summary.name);
    if (of.data.path == spec_.data.path)
      throw Error(fmt::format("{} Put the old ones back, or name their new place with data.path.", found));
    sink_(LogLine{LogLine::Level::Warning, found});
  }

  std::string dataPlace() const {
    const fs::path place = dataPath(spec_.data);
    return place.empty() ? fmt::format("the data set {}", spec_.data.name) : place.string();
  }

  /// False if there is no checkpoint.
  bool loadNewest(Trainer& trainer) {
    auto rows = details_.checkpoints;
    std::string firstProblem;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      try {
        begin(fmt::format("Loading the checkpoint of step {}", row->step));
        trainer.load(folder() / row->file);
        sink_(LogLine{LogLine::Level::Info, fmt::format("Goes on from the checkpoint of step {}.", trainer.step())});
        return true;
      } catch (const Error& problem) {
        if (firstProblem.empty()) firstProblem = problem.what();
        sink_(LogLine{LogLine::Level::Warning, problem.what()});
      }
    }
    if (!firstProblem.empty()) throw Error(firstProblem);
    sink_(LogLine{LogLine::Level::Info, "There is no checkpoint yet: starts from the beginning."});
    return false;
  }

  /// Removes files that no row names: written just before a crash, or left by dropped rows.
  void sweepCheckpoints() const {
    std::set<std::string> known;
    for (const CheckpointRow& row : store_.checkpoints(run_)) known.insert(row.file);
    std::error_code error;  // no folder yet: nothing to sweep
    for (const auto& entry : fs::directory_iterator(folder() / kCheckpointFolder, error)) {
      const std::string file = entry.path().lexically_relative(folder()).generic_string();
      if (isCheckpointName(file) && !known.contains(file)) fs::remove(entry.path(), error);
    }
  }

  RunHistory historyAt(int64_t step) const {
    RunHistory history;
    const auto accuracyAt = [&](int64_t at) -> std::optional<double> {
      const auto points = store_.points(run_, series::kValidationAccuracy, at - 1);
      if (points.empty() || points.front().step != at) return std::nullopt;
      return points.front().value;
    };
    for (const CheckpointRow& row : store_.checkpoints(run_))
      history.checkpoints.push_back(
          {row.step, row.file, row.bytes, row.validationLoss, row.reason, accuracyAt(row.step)});
    if (const auto losses = store_.points(run_, series::kValidationLoss, step - 1); !losses.empty())
      history.evaluation = Evaluation{.step = step, .loss = losses.front().value, .accuracy = accuracyAt(step)};
    const bool isVqvae = spec_.kind == RunKind::Vqvae;
    // A run that only probes has more to tell after its layers, so it starts anew.
    history.probed = isVqvae
                         ? !store_.codebookUse(run_, step - 1).empty()
                         : spec_.kind == RunKind::Pretrain && store_.probes(run_, step - 1).size() ==
                                                                  probedLayers(spec_.probe, spec_.model.layers).size();
    const auto sets = store_.sampleSets(run_);
    const bool drawsWhole = spec_.sample.unconditional > 0 && !isVqvae;
    history.sampled = std::ranges::count(sets, step, &SampleSetInfo::step) ==
                      (spec_.sample.prompts > 0 ? 1 : 0) + (drawsWhole ? 1 : 0);
    return history;
  }

  /// While the disk of the store takes nothing, the run is paused: here, where it speaks.
  void record(const TrainEvent& event) {
    if (const auto* changed = std::get_if<StateChanged>(&event)) state_ = *changed;
    recorder_.record(event);
    if (auto line = log_.lineFor(event)) recorder_.record(std::move(*line));
    if (const auto* stats = std::get_if<StepStats>(&event))
      if (auto load = vitals_.take(stats->step)) recorder_.record(std::move(*load));
    if (isWaiting_ || !recorder_.obstacle() || !isActive(state_.state) || control_.isStopped()) return;
    isWaiting_ = true;
    recorder_.record(StateChanged{RunState::Paused, pausedByDisk(*recorder_.obstacle())});
    try {
      while (!recorder_.flush() && recorder_.obstacle()) waitForDisk(control_);
      recorder_.record(state_);
    } catch (const Stopped&) {
      // Who speaks here finds out by itself that it is to stop.
    }
    isWaiting_ = false;
  }

  void begin(std::string doing) {
    doing_ = std::move(doing);
    control_.check();
    sink_(StateChanged{RunState::Preparing, doing_});
  }

  void report(int64_t done, int64_t total) {
    using namespace std::chrono_literals;
    const auto now = std::chrono::steady_clock::now();
    if (now - lastWord_ < 250ms) return;
    lastWord_ = now;
    sink_(StateChanged{RunState::Preparing, total > 0 ? fmt::format("{}: {} of {}", doing_, done, total)
                                                      : fmt::format("{}: {}", doing_, done)});
  }

  Engine& engine_;
  RunRecorder& recorder_;
  RunStore& store_;
  RunId run_;
  EventSink sink_;
  Control control_;
  RunDetails details_;
  RunSpec spec_;
  std::string fingerprint_;  ///< of the data
  RunLog log_;
  Vitals vitals_;
  RunPrepared prepared_;
  std::optional<Palette> palette_;
  std::string doing_;
  std::chrono::steady_clock::time_point lastWord_{};
  StateChanged state_{RunState::Preparing, ""};  ///< the last that was recorded
  bool isWaiting_ = false;
};

/// Writes event files beside the store for as long as it lives. A disk that takes no more is no matter of the run's: it
/// is asked again with the next events.
class EventFiles {
 public:
  EventFiles(RunRecorder& recorder, const Preparation& preparation, int64_t step)
      : recorder_(recorder), log_(preparation.folder(), step, preparation.palette()) {
    recorder.setListener([this](std::span<const TrainEvent> events, std::span<const int64_t> times) {
      if (failures_ > kMostFailures) return;
      try {
        log_.write(events, times);
        failures_ = 0;
      } catch (const Error& problem) {
        if (++failures_ == 1 || failures_ > kMostFailures)
          recorder_.record(LogLine{LogLine::Level::Warning, problem.what()});
      }
    });
  }
  ~EventFiles() {
    recorder_.setListener({});
    try {
      if (failures_ <= kMostFailures) log_.write(recorder_.waiting(), recorder_.waitingTimesMs());  // stored later
    } catch (const Error&) {
      // The store has them all.
    }
  }
  EventFiles(const EventFiles&) = delete;
  EventFiles& operator=(const EventFiles&) = delete;

 private:
  /// In a row; their events wait in memory, so this has an end.
  static constexpr int kMostFailures = 1000;

  RunRecorder& recorder_;
  TensorBoardLog log_;
  int failures_ = 0;
};

}  // namespace

RunEnd runJob(Engine& engine, RunRecorder& recorder, RunId run, bool resume, const Control& control) {
  RunStore& store = recorder.store();
  try {
    whenPossible(control, [&] { store.own(run); });
    for (std::string& warning : whenPossible(control, [&] { return takeUnstored(store, run, resume); }))
      recorder.record(LogLine{LogLine::Level::Warning, std::move(warning)});
    Preparation preparation(engine, recorder, run, control);
    if (preparation.isSearch()) {
      return runSearch(recorder, run, preparation.spec(), resume, control,
                       [&](RunRecorder& ofTrial, RunId trial, bool resumeTrial) {
                         return runJob(engine, ofTrial, trial, resumeTrial, control);
                       });
    }
    const auto trainer = preparation.whenPossible([&] { return preparation.makeTrainer(); });
    RunHistory history = preparation.whenPossible([&] { return preparation.restore(*trainer, resume); });
    const EventFiles eventFiles(recorder, preparation, trainer->step());
    return runTraining(*trainer, preparation.spec(), preparation.folder(), preparation.sink(), control,
                       std::move(history));
  } catch (const Stopped&) {
    recorder.record(StateChanged{RunState::Stopped, "Stopped before the first step."});
    return RunEnd::Stopped;
  } catch (const std::exception& failure) {
    recorder.record(StateChanged{RunState::Failed, failureSentence(failure)});
    return RunEnd::Failed;
  }
}

JobState jobStateOf(RunEnd end) {
  if (end == RunEnd::Finished) return JobState::Done;
  return end == RunEnd::Stopped ? JobState::Cancelled : JobState::Failed;
}

}  // namespace scanline
