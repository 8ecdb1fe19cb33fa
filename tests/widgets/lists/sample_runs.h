#pragma once

#include <QDateTime>
#include <string>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

/// 2026-11-23 18:42 UTC, so that pictures stay the same.
inline constexpr int64_t kThen = 1795459320000;

inline RunSummary sampleRun(int64_t id, const std::string& name, RunState state, int64_t step = 0,
                            int64_t steps = 600) {
  RunSummary run;
  run.id = {id};
  run.uuid = "0000-" + std::to_string(id);
  run.name = name;
  run.state = state;
  run.kind = RunKind::Pretrain;
  run.dataset = "digits";
  run.step = step;
  run.steps = steps;
  run.colour = static_cast<int>(id - 1);
  run.createdMs = kThen - id * 3'600'000;
  return run;
}

/// One run in each state, as a workspace after a day of work looks.
inline std::vector<RunSummary> sampleRuns() {
  std::vector<RunSummary> runs;
  auto add = [&](RunSummary run) -> RunSummary& { return runs.emplace_back(std::move(run)); };
  auto& quick = add(sampleRun(1, "quick start", RunState::Running, 380));
  quick.bestLoss = 1.4123, quick.bestLossStep = 350, quick.bestAccuracy = 0.906, quick.bestLayer = 3,
  quick.bestAccuracyStep = 300;
  quick.layers = 4, quick.parameters = 201'000, quick.secondsPerStep = 0.095, quick.activeMs = 37'000,
  quick.tags = {"tour"};
  auto& small = add(sampleRun(2, "cifar10-small", RunState::Finished, 40'000, 40'000));
  small.dataset = "cifar10", small.bestLoss = 2.3141, small.bestAccuracy = 0.581, small.bestLayer = 5;
  small.layers = 8, small.parameters = 3'400'000, small.tags = {"best", "baseline"};
  auto& paused = add(sampleRun(3, "wide, 128 features", RunState::Paused, 210));
  paused.bestLoss = 1.507, paused.layers = 4, paused.parameters = 790'000, paused.resumable = true;
  add(sampleRun(4, "lr 0.003", RunState::Queued)).layers = 4;
  add(sampleRun(5, "lr 0.01", RunState::Queued)).layers = 4;
  auto& failed = add(sampleRun(6, "lr 0.3", RunState::Failed, 12));
  failed.detail = "The loss became NaN at step 13. Try a lower learning rate than 0.3, or set optimizer.clipNorm to 1.";
  failed.layers = 4, failed.resumable = true;
  auto& cut = add(sampleRun(7, "overnight", RunState::Interrupted, 400));
  cut.resumable = true, cut.bestLoss = 1.398, cut.bestAccuracy = 0.911, cut.bestLayer = 2, cut.layers = 4;
  auto& stopped =
      add(sampleRun(8, "first try with a name that is far too long for any column", RunState::Stopped, 120));
  stopped.resumable = true, stopped.bestLoss = 1.733, stopped.layers = 2;
  auto& preparing = add(sampleRun(9, "images of birds", RunState::Preparing));
  preparing.dataset = "images", preparing.detail = "reading 12 480 images";
  auto& trashed = add(sampleRun(10, "forget me", RunState::Stopped, 3));
  trashed.trashed = true;
  return runs;
}

}  // namespace scanline
