#include "core/store/run_recorder.h"

#include <utility>

#include "core/store/database.h"

namespace scanline {

using namespace std::chrono_literals;

namespace {

constexpr auto kFlushInterval = 200ms;

/// Somebody waits for it, or it must not be lost.
constexpr bool isUrgent(const TrainEvent& event) {
  return !std::holds_alternative<StepStats>(event) && !std::holds_alternative<Evaluation>(event) &&
         !std::holds_alternative<LogLine>(event);
}

}  // namespace

RunRecorder::RunRecorder(RunStore store, RunId run, std::function<void()> onStored)
    : store_(std::move(store)), run_(run), onStored_(std::move(onStored)) {}

RunRecorder RunRecorder::ofRun(RunId run, std::function<void()> alsoOnStored) const {
  return {RunStore(store_.workspace(), StoreMode::ReadWrite), run,
          [also = std::move(alsoOnStored), notify = onStored_] {
            also();
            if (notify) notify();
          }};
}

void RunRecorder::record(const TrainEvent& event) {
  waiting_.push_back(event);
  times_.push_back(nowMs());
  if (isUrgent(event) || std::chrono::steady_clock::now() - lastFlush_ >= kFlushInterval) flush();
}

void RunRecorder::flush() {
  if (waiting_.empty()) return;
  store_.append(run_, waiting_, times_);  // if it throws, all of them wait for the next try
  const auto stored = std::exchange(waiting_, {});
  const auto times = std::exchange(times_, {});
  lastFlush_ = std::chrono::steady_clock::now();
  if (onStored_) onStored_();
  if (listener_) listener_(stored, times);
}

}  // namespace scanline
