#include "app/run_news.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "core/base/memory.h"

namespace scanline {

namespace {

constexpr int kPollMs = 1000;
constexpr int kLastLinesMs = 5000;  ///< more than the window takes to look for new lines (LiveRuns)
/// Of a run that is seen for the first time: enough to know how it did, and no more.
constexpr int64_t kLookBack = 2000;

/// Of a search and its trial the trial says more.
std::optional<RunSummary> trainingOf(const std::vector<RunSummary>& runs) {
  const auto first = std::ranges::find_if(runs, [](const RunSummary& run) { return isActive(run.state); });
  if (first == runs.end()) return std::nullopt;
  const auto trial =
      std::ranges::find_if(runs, [&](const RunSummary& run) { return isActive(run.state) && run.parent == first->id; });
  return trial == runs.end() ? *first : *trial;
}

}  // namespace

RunNews::RunNews(StoreThread& reader, QObject* parent) : QObject(parent), reader_(reader) {
  connect(&poll_, &QTimer::timeout, this, &RunNews::look);
}

void RunNews::start() {
  poll_.start(kPollMs);
  look();
}

void RunNews::look() {
  if (std::exchange(reading_, true)) return;  // the poll asks again
  reader_.post(
      this,
      [version = version_, known = known_, cursors = cursors_](RunStore& store) {
        return read(store, version, known, cursors);
      },
      [this](Answer answer) {
        reading_ = false;
        if (!answer.unchanged) take(std::move(answer));
      },
      [this](const QString&) { reading_ = false; });  // the feed says it
}

RunNews::Answer RunNews::read(RunStore& store, int64_t version, const std::vector<RunId>& known,
                              const std::map<RunId, Cursor>& cursors) {
  Answer answer{.version = store.dataVersion()};
  if (answer.version == version) {
    answer.unchanged = true;
    return answer;
  }
  answer.active = store.active();
  for (const RunId id : known) {
    if (std::ranges::find(answer.active, id, &RunSummary::id) != answer.active.end()) continue;
    try {
      answer.ended.push_back(store.run(id));
    } catch (const Error&) {  // it is gone for good
    }
  }
  for (const RunSummary& run : answer.active) {
    if (run.state != RunState::Running) continue;
    const auto cursor = cursors.find(run.id);
    const int64_t from = run.step - kLookBack;
    answer.numbers.push_back(
        readNumbers(store, run, cursor == cursors.end() ? Cursor{from, from, from, from} : cursor->second));
  }
  return answer;
}

RunNews::Numbers RunNews::readNumbers(RunStore& store, const RunSummary& run, Cursor cursor) {
  // A run that went back to an earlier step is read again from there.
  const auto after = [&](int64_t step) { return std::min(step, run.step); };
  Numbers numbers{.run = run.id, .allMemory = memoryLimit()};
  numbers.loss = store.points(run.id, series::kTrainLoss, after(cursor.loss));
  numbers.validation = store.points(run.id, series::kValidationLoss, after(cursor.validation));
  numbers.speed = store.points(run.id, series::kImagesPerSecond, after(cursor.speed));
  numbers.freeMemory = store.points(run.id, series::kFreeMemory, after(cursor.memory));
  if (const auto rows = store.checkpoints(run.id); !rows.empty()) numbers.checkpointBytes = rows.back().bytes;
  std::error_code error;
  if (const auto space = std::filesystem::space(store.workspace(), error); !error)
    numbers.freeBytes = static_cast<int64_t>(space.available);
  return numbers;
}

void RunNews::take(Answer answer) {
  version_ = answer.version;
  known_.clear();
  for (const RunSummary& run : answer.active) known_.push_back(run.id);
  const auto before = std::exchange(training_, trainingOf(answer.active));
  if (before != training_) emit trainingChanged();
  for (const RunSummary& run : answer.ended) {
    cursors_.erase(run.id);
    detectors_.erase(run.id);
    // A program that logs its run is often gone before its last lines are taken, which say how the run ended.
    if (run.kind == RunKind::Curves && run.state == RunState::Interrupted)
      tellLater(run.id);
    else
      emit ended(run);
  }
  for (const Numbers& numbers : answer.numbers)
    if (const auto run = std::ranges::find(answer.active, numbers.run, &RunSummary::id); run != answer.active.end())
      takeNumbers(*run, numbers);
}

void RunNews::tellLater(RunId id) {
  QTimer::singleShot(kLastLinesMs, this, [this, id] {
    reader_.post(
        this, [id](RunStore& store) { return store.run(id); },
        [this](const RunSummary& run) {
          if (!isActive(run.state)) emit ended(run);
        },
        [](const QString&) {});  // it is gone
  });
}

void RunNews::takeNumbers(const RunSummary& run, const Numbers& numbers) {
  Cursor& cursor = cursors_[run.id];
  AlertDetector& detector = detectors_[run.id];
  std::vector<Alert> alerts;
  const auto feed = [&](const std::vector<Point>& points, int64_t& last, auto add) {
    for (const Point& point : points) {
      if (auto alert = (detector.*add)(point.step, point.value)) alerts.push_back(std::move(*alert));
      last = point.step;
    }
  };
  feed(numbers.loss, cursor.loss, &AlertDetector::addLoss);
  feed(numbers.validation, cursor.validation, &AlertDetector::addValidation);
  feed(numbers.speed, cursor.speed, &AlertDetector::addSpeed);
  for (const Point& point : numbers.freeMemory) {
    if (auto alert = detector.addMemory(point.step, std::llround(point.value * 1e9), numbers.allMemory))
      alerts.push_back(std::move(*alert));
    cursor.memory = point.step;
  }
  if (numbers.freeBytes >= 0)
    if (auto alert = detector.addDisk(run.step, numbers.freeBytes, numbers.checkpointBytes))
      alerts.push_back(std::move(*alert));
  for (const Alert& alert : alerts) emit alerted(run, alert);
}

}  // namespace scanline
