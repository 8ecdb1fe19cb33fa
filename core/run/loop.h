#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/control.h"
#include "core/run/events.h"
#include "core/run/trainer.h"

namespace scanline {

/// The results of earlier attempts of a run, so that a resumed one records the same as an uninterrupted one.
struct RunHistory {
  std::vector<CheckpointSaved> checkpoints;  ///< on disk, ascending steps
  /// The records that the trainer's present step has already (a stop may have come between them).
  bool probed = false, sampled = false;
  std::optional<Evaluation> evaluation;  ///< of the present step, if it was evaluated
};

/// How a run came to its end. Diverged: Failed, because a loss was no longer finite.
enum class RunEnd { Finished, Stopped, Failed, Diverged };

/// Drives a trainer from its present step to spec.train.steps: step -> due? evaluate, checkpoint, probe, sample ->
/// events. A thing is due at every multiple of its interval and at the last step; at step 0 there is no checkpoint.
/// Where a checkpoint is due, so is an evaluation (unless evaluateEvery is 0), because the best checkpoint is chosen by
/// it; and where an evaluation finds the best accuracy so far, so is a checkpoint. A trainer that isDone() ends it
/// earlier, with all that is due at the last step. A run of kind probe only probes. Writes checkpoints to
/// folder / checkpointFile(N) and keeps best, last and every keepEvery-th. `control` is asked between micro-batches: it
/// pauses the run and stops it.
/// A probe or a sample that fails is a warning, unless the run is made for it. While the disk has no room for a
/// checkpoint the run is Paused with a sentence; a stop then puts it elsewhere (core/run/rescue.h). Ends with
/// StateChanged Finished, Stopped (after a checkpoint) or Failed; throws only the exceptions of the sink.
RunEnd runTraining(Trainer& trainer, const RunSpec& spec, const std::filesystem::path& folder, const EventSink& sink,
                   const Control& control, RunHistory history = {});

/// The Control of a run, made on its thread: it stops where `outer` does. While `outer` is paused it waits there, and
/// says so: Paused, then `active()` again. `sink` outlives it.
Control runControl(const Control& outer, const EventSink& sink, std::function<StateChanged()> active,
                   std::function<void(int64_t done, int64_t total)> report = {});

/// The detail of a run that is Paused because its disk cannot be written, for the reason in `sentence`.
std::string pausedByDisk(std::string_view sentence);
/// Waits a second before the disk is tried again. Throws Stopped as soon as `control` is stopped.
void waitForDisk(const Control& control);

/// The sentence for the exception that ended a run: the text of an Error; of other exceptions (LibTorch's carry a stack
/// trace) the first line.
std::string failureSentence(const std::exception& failure);

}  // namespace scanline
