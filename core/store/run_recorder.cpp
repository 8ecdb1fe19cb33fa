#include "core/store/run_recorder.h"

#include <algorithm>
#include <ctime>
#include <thread>

#include "core/store/database.h"

namespace scanline {

using namespace std::chrono_literals;

namespace {

/// Unix milliseconds, but for changes of the machine's clock while this process lives: the durations of a run are
/// differences of such times. They count while the machine is suspended.
int64_t evenNowMs() {
  const auto sinceBoot = [] {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
  };
  static const int64_t bootMs = nowMs() - sinceBoot();
  return bootMs + sinceBoot();
}

constexpr auto kFlushInterval = 200ms;
/// How long a flush waits for other writers: longer once they were in the way, as they may write all the time.
constexpr auto kPatience = 50ms, kPatienceWhenBlocked = 250ms;
/// So much longer than the last try took is the next one put off.
constexpr int kShareOfTime = 20;
constexpr std::chrono::steady_clock::duration kShortestPause = 200ms, kLongestPause = 5s;
/// Others may write for a moment; longer than this is worth a line in the log.
constexpr auto kWorthAWarning = 2s;

/// Somebody waits for it, or it must not be lost.
constexpr bool isUrgent(const TrainEvent& event) {
  return !std::holds_alternative<StepStats>(event) && !std::holds_alternative<Evaluation>(event) &&
         !std::holds_alternative<LogLine>(event);
}

}  // namespace

RunRecorder::RunRecorder(RunStore store, RunId run, std::function<void()> onStored,
                         std::function<void(std::string)> onTrouble)
    : store_(std::move(store)), run_(run), onStored_(std::move(onStored)), onTrouble_(std::move(onTrouble)) {}

RunRecorder RunRecorder::ofRun(RunId run, std::function<void()> alsoOnStored) const {
  return {RunStore(store_.workspace(), StoreMode::ReadWrite), run,
          [also = std::move(alsoOnStored), notify = onStored_] {
            also();
            if (notify) notify();
          },
          onTrouble_};
}

void RunRecorder::record(const TrainEvent& event) {
  waiting_.push_back(event);
  times_.push_back(evenNowMs());
  const auto now = Clock::now();
  if (now >= nextTry_ && (isUrgent(event) || blockedSince_ || now - lastFlush_ >= kFlushInterval)) flush();
}

bool RunRecorder::flush() {
  return flush(blockedSince_ ? kPatienceWhenBlocked : kPatience);
}

bool RunRecorder::settle(const std::function<bool(std::chrono::milliseconds)>& mayWait) {
  const auto started = Clock::now();
  while (!flush()) {
    if (!mayWait(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started))) return false;
    std::this_thread::sleep_for(kPatience);
  }
  return true;
}

void RunRecorder::tellTrouble(const std::string& sentence) const {
  if (onTrouble_) onTrouble_(sentence);
}

void RunRecorder::goBackTo(int64_t step) {
  flush();
  store_.truncateAfter(run_, step);
  if (journal_) journal_->goBackTo(step);
}

std::pair<std::vector<TrainEvent>, std::vector<int64_t>> RunRecorder::takeWaiting() {
  return {std::exchange(waiting_, {}), std::exchange(times_, {})};
}

bool RunRecorder::flush(std::chrono::milliseconds patience) {
  if (waiting_.empty()) return true;
  if (isFlushing_) return false;
  isFlushing_ = true;
  const auto started = Clock::now();
  // Events that a listener records meanwhile come after them.
  auto taken = takeWaiting();
  auto& events = taken.first;
  auto& times = taken.second;
  size_t done = 0;
  const auto leave = [&] {
    isFlushing_ = false;
    store_.setPatience();
    waiting_.insert(waiting_.begin(), std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(done)),
                    std::make_move_iterator(events.end()));
    times_.insert(times_.begin(), times.begin() + static_cast<std::ptrdiff_t>(done), times.end());
  };
  try {
    store_.setPatience(patience);
    storeAll(events, times, done);
    leave();
  } catch (const PassingError& problem) {
    leave();
    noteTrouble(problem, started);
    return false;
  } catch (...) {
    leave();
    throw;
  }
  nextTry_ = {};
  blockedSince_.reset();
  obstacle_.reset();
  warned_ = false;
  return waiting_.empty();
}

/// `done` counts those that are stored, also when it throws.
void RunRecorder::storeAll(std::span<const TrainEvent> events, std::span<const int64_t> times, size_t& done) {
  while (done < events.size()) {
    const size_t count = store_.appendSome(run_, events.subspan(done), times.subspan(done));
    const auto some = events.subspan(done, count);
    const auto when = times.subspan(done, count);
    done += count;
    lastFlush_ = Clock::now();
    if (onStored_) onStored_();
    if (journal_) journal_->write(some, when);
    if (listener_) listener_(some, when);
  }
}

void RunRecorder::noteTrouble(const PassingError& problem, Clock::time_point started) {
  const auto now = Clock::now();
  nextTry_ = now + std::clamp<Clock::duration>(kShareOfTime * (now - started), kShortestPause, kLongestPause);
  if (!blockedSince_) blockedSince_ = started;
  const bool wasThere = obstacle_.has_value();
  obstacle_ = problem.isOfDisk() ? std::optional<std::string>(problem.what()) : std::nullopt;
  if (obstacle_ && !wasThere) tellTrouble(*obstacle_);
  if (problem.isOfDisk() || warned_ || now - *blockedSince_ < kWorthAWarning) return;
  warned_ = true;
  // Made in its place: GCC 12 takes the move of a line into an event for one beyond its end.
  auto& line = waiting_.emplace_back().emplace<LogLine>();
  line.level = LogLine::Level::Warning;
  line.text =
      "Another program uses the store of this workspace. Training goes on; points wait in memory and are stored as soon as it lets go.";
  times_.push_back(evenNowMs());
}

}  // namespace scanline
