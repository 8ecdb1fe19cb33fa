#include "core/run/loop.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <new>
#include <thread>
#include <utility>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/base/passing_error.h"
#include "core/run/checkpoints.h"
#include "core/run/diverged.h"

namespace scanline {

namespace {

/// The work that is due after a step.
struct Due {
  bool evaluate = false, probe = false, sample = false, checkpoint = false;
};

Due dueAt(int64_t step, const RunSpec& spec) {
  if (isOneLook(spec.kind)) return {.probe = true};
  const auto isDue = [&](int64_t every) { return step >= spec.train.steps || (every > 0 && step % every == 0); };
  Due due{isDue(spec.train.evaluateEvery), isDue(spec.probe.every), isDue(spec.sample.every),
          step > 0 && isDue(spec.train.checkpointEvery)};
  due.evaluate = due.evaluate || (due.checkpoint && spec.train.evaluateEvery > 0);
  if (spec.kind == RunKind::Vqvae) due.probe = due.evaluate;  // it has no layers to probe, but a codebook
  return due;
}

/// Tells the exceptions of the sink (a store that cannot be written) from those of the trainer.
class SinkGuard {
 public:
  explicit SinkGuard(const EventSink& sink) : sink_(sink) {}
  void operator()(const TrainEvent& event) {
    failed_ = true;
    sink_(event);
    failed_ = false;
  }
  bool failed() const { return failed_; }

 private:
  const EventSink& sink_;
  bool failed_ = false;
};

/// The loop of one run.
class Loop {
 public:
  Loop(Trainer& trainer, const RunSpec& spec, const std::filesystem::path& folder, const EventSink& sink,
       const Control& control, RunHistory history, std::function<bool()> sinkFailed)
      : trainer_(trainer),
        spec_(spec),
        sink_(sink),
        sinkFailed_(std::move(sinkFailed)),
        control_(runControl(control, sink_,
                            [] {
                              return StateChanged{RunState::Running, ""};
                            })),
        checkpoints_(folder, spec.train.keepEvery, std::move(history.checkpoints)),
        due_(dueAt(trainer.step(), spec)),
        probed_(history.probed),
        sampled_(history.sampled),
        evaluation_(history.evaluation) {}

  /// False if it was stopped.
  bool run() {
    try {
      runToItsEnd();
      return true;
    } catch (const Stopped&) {
      return false;
    } catch (const GroupLost&) {
      keepLastStep();
      throw;
    }
  }

  void checkpointAndStop() {
    sink_(StateChanged{RunState::Stopping, ""});
    keepLastStep();
    sink_(StateChanged{RunState::Stopped, ""});
  }

 private:
  void keepLastStep() {
    // Untrained weights are a function of the spec and need no file; a probe changes none.
    if (trainer_.step() > 0 && !isOneLook(spec_.kind)) {
      try {
        checkpoints_.save(trainer_, evaluation_, /*stopped=*/true, sink_);
      } catch (const PassingError&) {
        checkpoints_.rescue(trainer_, evaluation_, sink_);
      }
    }
  }

  void runToItsEnd() {
    sink_(StateChanged{RunState::Running, ""});
    doWhatIsDue();  // at step 0: the untrained model; on resume: records that a stop left out
    const int64_t end = isOneLook(spec_.kind) ? trainer_.step() : spec_.train.steps;
    while (trainer_.step() < end && !trainer_.isDone()) {
      takeStep();
      doWhatIsDue();
    }
    trainer_.finish(control_, checkpoints_.best(), sink_);
    passLogOn();
  }

  void takeStep() {
    // 1. step
    control_.check();
    const auto stats = trainer_.trainStep(control_);
    passLogOn();
    sink_(stats);
    due_ = dueAt(trainer_.step(), spec_);
    probed_ = sampled_ = false;
    evaluation_.reset();
  }

  /// The checkpoint, which must not be lost, before the probe and the samples, which may fail.
  void doWhatIsDue() {
    // 2. evaluate
    if (due_.evaluate && !evaluation_) {
      try {
        evaluation_ = trainer_.evaluate(control_);
      } catch (const Stopped&) {
        throw;
      } catch (...) {
        if (due_.checkpoint) saveCheckpoint();
        throw;
      }
      sink_(*evaluation_);
      due_.checkpoint = due_.checkpoint || (trainer_.step() > 0 && checkpoints_.isBetter(*evaluation_));
    }
    if (trainer_.isDone()) due_ = dueAt(spec_.train.steps, spec_);  // so this is the last step
    // 3. checkpoint
    if (due_.checkpoint) saveCheckpoint();
    // 4. probe
    if (due_.probe && !probed_) beside("probe", [this] { trainer_.probe(control_, sink_); });
    // 5. sample
    if (due_.sample && !sampled_) beside("samples", [this] { trainer_.sample(control_, sink_); });
    passLogOn();
  }

  void passLogOn() {
    for (auto& line : trainer_.takeLog()) sink_(std::move(line));
  }

  /// While the disk takes nothing the run is paused. Throws Stopped if it is to end meanwhile.
  void saveCheckpoint() {
    for (bool isPaused = false;;) {
      try {
        checkpoints_.save(trainer_, evaluation_, /*stopped=*/false, sink_);
        if (isPaused) sink_(StateChanged{RunState::Running, ""});
        return;
      } catch (const PassingError& problem) {
        if (!isPaused) sink_(StateChanged{RunState::Paused, pausedByDisk(problem.what())});
        isPaused = true;
      }
      waitForDisk(control_);
    }
  }

  /// A probe or a sample may fail, and the training goes on. A run that is made for its probe fails with it.
  template <class Watch>
  void beside(const char* name, Watch watch) {
    try {
      watch();
    } catch (const Stopped&) {
      throw;
    } catch (const std::exception& failure) {
      if (isOneLook(spec_.kind) || sinkFailed_()) throw;
      const std::string sentence = failureSentence(failure);
      if (std::exchange(warnings_[name], sentence) == sentence) return;  // the same each time: said once
      sink_(LogLine{LogLine::Level::Warning, fmt::format("The {} of step {} failed, and training goes on. {}", name,
                                                         trainer_.step(), sentence)});
    }
  }

  Trainer& trainer_;
  const RunSpec& spec_;
  const EventSink& sink_;
  std::function<bool()> sinkFailed_;
  Control control_;
  Checkpoints checkpoints_;
  std::map<std::string_view, std::string> warnings_;  ///< the last of each that watches
  // Of the present step:
  Due due_;
  bool probed_, sampled_;
  std::optional<Evaluation> evaluation_;
};

}  // namespace

Control runControl(const Control& outer, const EventSink& sink, std::function<StateChanged()> active,
                   std::function<void(int64_t, int64_t)> report) {
  const auto mayGoOn = [outer, &sink, active = std::move(active)] {
    if (!outer.isPaused()) return true;
    sink(StateChanged{RunState::Paused, ""});
    outer.check();
    sink(active());
    return true;
  };
  return outer.within({.mayGoOn = mayGoOn, .report = std::move(report), .thread = std::this_thread::get_id()});
}

std::string pausedByDisk(std::string_view sentence) {
  return fmt::format("{} The run goes on by itself as soon as the disk takes it.", sentence);
}

void waitForDisk(const Control& control) {
  using namespace std::chrono_literals;
  constexpr std::chrono::milliseconds kPause = 1s, kGlance = 20ms;
  for (const auto end = std::chrono::steady_clock::now() + kPause; std::chrono::steady_clock::now() < end;) {
    if (control.isStopped()) throw Stopped();
    std::this_thread::sleep_for(kGlance);
  }
}

std::string failureSentence(const std::exception& failure) {
  const std::string_view what = failure.what();
  if (dynamic_cast<const Error*>(&failure) != nullptr) return std::string(what);
  if (isOutOfMemory(failure))
    return "There is not enough memory. Choose a smaller train.microBatch, model or data.limit.";
  return fmt::format("Unexpected failure: {}", what.substr(0, what.find('\n')));
}

RunEnd runTraining(Trainer& trainer, const RunSpec& spec, const std::filesystem::path& folder, const EventSink& sink,
                   const Control& control, RunHistory history) {
  SinkGuard guard(sink);
  const EventSink guarded = std::ref(guard);
  try {
    Loop loop(trainer, spec, folder, guarded, control, std::move(history), [&guard] { return guard.failed(); });
    if (loop.run()) {
      guarded(StateChanged{RunState::Finished, ""});
      return RunEnd::Finished;
    }
    loop.checkpointAndStop();
    return RunEnd::Stopped;
  } catch (const std::exception& failure) {
    if (guard.failed()) throw;
    guarded(StateChanged{RunState::Failed, fmt::format("After step {}: {}", trainer.step(), failureSentence(failure))});
    return dynamic_cast<const Diverged*>(&failure) != nullptr ? RunEnd::Diverged : RunEnd::Failed;
  }
}

}  // namespace scanline
