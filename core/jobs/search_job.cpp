#include "core/jobs/search_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/jobs/search_rule.h"
#include "core/jobs/unstored.h"
#include "core/jobs/when_possible.h"
#include "core/run/run_folder.h"
#include "core/spec/fields.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

class Search {
 public:
  Search(RunRecorder& recorder, RunId search, const RunSpec& spec, const Control& control)
      : recorder_(recorder),
        store_(recorder.store()),
        search_(search),
        spec_(spec),
        control_(control),
        sink_([this](const TrainEvent& event) { recorder_.record(event); }),
        rates_(numberList(keyOf(spec, spec.search.rates), spec.search.rates)) {}

  RunEnd run(bool resume, const TrialJob& runTrial) {
    try {
      return runToItsEnd(resume, runTrial);
    } catch (const Stopped&) {
      sink_(StateChanged{RunState::Stopped, ""});
      return RunEnd::Stopped;
    }
  }

 private:
  RunEnd runToItsEnd(bool resume, const TrialJob& runTrial) {
    recorder_.flush();
    if (resume)
      for (const Point& point : store_.points(search_, series::kSearchLoss, 0)) losses_.push_back(point.value);
    else
      startAnew();
    while (losses_.size() < rates_.size() && !hasRisen(losses_)) takeTrial(runTrial);
    return finish();
  }

  double rate() const { return rates_[losses_.size()]; }
  std::string progressText() const {
    return fmt::format("Trial {} of {}: learning rate {:g}", losses_.size() + 1, rates_.size(), rate());
  }

  void startAnew() {
    whenPossible(control_, [&] { store_.truncateAfter(search_, -1); });
    std::vector<RunId> earlier;
    for (const double rate : rates_)
      while (const auto trial = findTrial(store_, search_, trialSpec(spec_, rate))) {
        whenPossible(control_, [&] { store_.setTrashed({*trial}, true); });
        earlier.push_back(*trial);
      }
    if (!earlier.empty())
      sink_(LogLine{LogLine::Level::Info,
                    fmt::format("Starts anew: {} earlier trials went to the trash.", earlier.size())});
  }

  /// Throws Stopped if the search or its trial is to stop.
  void takeTrial(const TrialJob& runTrial) {
    shown_ = RunState::Running;
    const StateChanged active{RunState::Running, progressText()};
    runControl(control_, sink_, [&] { return active; }).check();
    sink_(active);
    const RunSpec wanted = trialSpec(spec_, rate());
    const auto known = findTrial(store_, search_, wanted);
    if (known && store_.run(*known).state == RunState::Finished)
      return note(trialLoss(store_, *known, spec_));  // ended just before the search was cut off
    sink_(LogLine{LogLine::Level::Info, fmt::format("{}.", active.detail)});
    // It runs now, so it need not wait in the queue.
    if (known) whenPossible(control_, [&] { store_.cancelJob(*known); });
    const RunId trial = known ? *known : whenPossible(control_, [&] { return makeTrial(wanted); });
    RunRecorder recorder = recorder_.ofRun(trial, [this] { showState(); });
    const RunEnd end = runTrial(recorder, trial, known.has_value());
    storeTheRest(recorder, trial, waitUntil([this] { return control_.isStopped(); }));
    switch (end) {
      case RunEnd::Finished:
        return note(trialLoss(store_, trial, spec_));
      case RunEnd::Diverged:
        return note(std::numeric_limits<double>::infinity());
      case RunEnd::Stopped:
        throw Stopped();
      case RunEnd::Failed:
        break;
    }
    throw Error(fmt::format("Trial {} of {} (learning rate {:g}) failed. {}", losses_.size() + 1, rates_.size(), rate(),
                            store_.run(trial).detail));
  }

  RunId makeTrial(const RunSpec& wanted) {
    const bool startsAnew = wanted.kind == RunKind::Finetune && wanted.finetune.fromScratch;
    if (!needsModel(wanted) || startsAnew) return store_.create(toToml(wanted), search_);
    if (!std::filesystem::exists(store_.folder(search_) / kModelFile))
      throw Error(
          fmt::format("A search for a run of kind {} needs a trained model. Make it from a checkpoint of another run.",
                      fieldText(wanted, "kind")));
    return store_.fork(search_, -1, toToml(wanted));
  }

  void note(double loss) {
    const bool diverged = loss == std::numeric_limits<double>::infinity();
    const auto number = static_cast<int64_t>(losses_.size()) + 1;
    const double tried = rate();
    losses_.push_back(loss);
    sink_(Scalars{number, {{std::string(series::kSearchRate), tried}, {std::string(series::kSearchLoss), loss}}});
    sink_(LogLine{LogLine::Level::Info,
                  diverged ? fmt::format("Learning rate {:g}: diverged, which counts as worse than all.", tried)
                           : fmt::format("Learning rate {:g}: {} {:.4f}.", tried, lossName(spec_), loss)});
    recorder_.flush();
  }

  /// Shows on the search that its trial is paused or stops. Called after each commit of the trial, on this
  /// thread.
  void showState() {
    const RunState wanted = control_.isStopped()  ? RunState::Stopping
                            : control_.isPaused() ? RunState::Paused
                                                  : RunState::Running;
    if (wanted == shown_) return;
    shown_ = wanted;
    sink_(StateChanged{wanted, wanted == RunState::Running ? progressText() : ""});
  }

  RunEnd finish() {
    const auto best = bestTrial(losses_);
    if (!best)
      throw Error(
          fmt::format("Training diverged at every learning rate, the lowest was {:g}. Give lower ones in search.rates.",
                      *std::ranges::min_element(rates_)));
    const double rate = rates_[*best];
    if (const auto trial = findTrial(store_, search_, trialSpec(spec_, rate))) {
      auto tags = store_.run(*trial).tags;
      tags.emplace_back(kBestRateTag);
      whenPossible(control_, [&] { store_.setTags(*trial, tags); });
    }
    const std::string winner = fmt::format("Best learning rate {:g}: {} {:.4f}", rate, lossName(spec_), losses_[*best]);
    sink_(
        LogLine{LogLine::Level::Info, fmt::format("{} (trial {} of {} that ran).", winner, *best + 1, losses_.size())});
    if (*best + 1 == losses_.size() && losses_.size() > 1)
      sink_(LogLine{
          LogLine::Level::Warning,
          "The last learning rate was the best one: the next lower may be better still. Give more in search.rates."});
    sink_(StateChanged{RunState::Finished, winner});
    return RunEnd::Finished;
  }

  RunRecorder& recorder_;
  RunStore& store_;
  RunId search_;
  const RunSpec& spec_;
  const Control& control_;
  EventSink sink_;
  std::vector<double> rates_;
  std::vector<double> losses_;  ///< of the trials that ended
  RunState shown_ = RunState::Running;
};

}  // namespace

RunEnd runSearch(RunRecorder& recorder, RunId search, const RunSpec& spec, bool resume, const Control& control,
                 const TrialJob& runTrial) {
  return Search(recorder, search, spec, control).run(resume, runTrial);
}

}  // namespace scanline
