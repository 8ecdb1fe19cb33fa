#include "core/jobs/run_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/jobs/event_lines.h"
#include "core/jobs/whole_lines.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kLongestEvent = 256U << 20U;  // bytes: a large set of samples as text

constexpr bool mustBeSynced(const TrainEvent& event) {
  return std::holds_alternative<StateChanged>(event) || std::holds_alternative<CheckpointSaved>(event) ||
         std::holds_alternative<CheckpointRemoved>(event);
}

void makeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throwSystemError(error.value(), fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
}

/// Bytes up to the end of the last whole line.
int64_t wholeSize(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return 0;
  int64_t end = status.st_size;
  for (std::string block(1 << 16, '\0'); end > 0;) {
    const int64_t from = std::max<int64_t>(0, end - std::ssize(block));
    const ssize_t read = ::pread(descriptor, block.data(), static_cast<size_t>(end - from), from);
    if (read != end - from) return 0;
    if (const size_t line = block.rfind('\n', static_cast<size_t>(read) - 1); line != std::string::npos)
      return from + static_cast<int64_t>(line) + 1;
    end = from;
  }
  return 0;
}

/// Takes lines into events, and writes them a transaction at a time.
class LineTaker {
 public:
  LineTaker(RunStore& store, RunId run, const fs::path& folder, RestartPoint* point)
      : store_(store), run_(run), folder_(folder), own_(store.folder(run)), point_(point) {
    std::error_code error;
    isOwn_ = fs::equivalent(own_, folder, error);
  }

  /// The file is not the one that was taken before. Its first line says what the run had when it came to the folder;
  /// without a word about that it began there.
  void beginAnew(const FileBytes& file) {
    taken_.warnings.push_back(
        fmt::format("{} is not as it was: its events are read again from the first on.", file.path().string()));
    std::string first = wholeLines(file, 0, kLongestEvent);
    first.resize(std::min(first.size(), first.find('\n')));
    int64_t held = -1;
    try {
      held = readEventLine(first).backTo.value_or(-1);
    } catch (const std::exception&) {  // takeLine() says so
    }
    store_.truncateFromCluster(run_, held, {});
    if (point_) *point_ = {};
  }

  void take(std::string_view lines, int64_t offset) {
    for (size_t at = 0; at < lines.size();) {
      const size_t end = lines.find('\n', at);
      takeLine(lines.substr(at, end - at), offset + static_cast<int64_t>(end) + 1);
      at = end + 1;
    }
    store();
  }
  const TakenEvents& taken() const { return taken_; }

 private:
  void takeLine(std::string_view line, int64_t bytes) {
    EventLine read;
    try {
      read = readEventLine(line);
    } catch (const std::exception& problem) {  // of JSON, or Error
      read = {.event = passedOver(problem.what())};
    }
    const TakenTo end = behindLine(line, bytes);
    if (read.backTo) {
      store();
      store_.truncateFromCluster(run_, *read.backTo, end);
      if (point_) point_->goBackTo(*read.backTo);
      ++taken_.events;
      return;
    }
    TrainEvent& event = read.event;
    if (point_) point_->see(event, read.timeMs, end);
    if (auto* saved = std::get_if<CheckpointSaved>(&event); saved != nullptr && !isOwn_)
      saved->file = (folder_ / saved->file).string();
    if (const auto* removed = std::get_if<CheckpointRemoved>(&event)) removeOwn(removed->step);
    taken_.newestMs = std::max(taken_.newestMs, read.timeMs);
    events_.push_back(std::move(event));
    times_.push_back(read.timeMs);
    ends_.push_back(end);
  }

  TrainEvent passedOver(const char* why) {
    const std::string sentence =
        fmt::format("A line of {} was passed over: {}.", (folder_ / kEventsFile).string(), why);
    taken_.warnings.push_back(sentence);
    return LogLine{LogLine::Level::Warning, sentence};
  }

  /// A checkpoint that was made before the run went to the cluster, and is wanted no more.
  void removeOwn(int64_t step) {
    if (isOwn_) return;
    std::error_code error;
    for (const CheckpointRow& row : store_.checkpoints(run_))
      if (row.step == step && !fs::path(row.file).is_absolute()) fs::remove(own_ / row.file, error);
  }

  void store() {
    store_.appendFromCluster(run_, events_, times_, ends_);
    taken_.events += std::ssize(events_);
    events_.clear();
    times_.clear();
    ends_.clear();
  }

  RunStore& store_;
  RunId run_;
  fs::path folder_, own_;
  RestartPoint* point_;
  bool isOwn_ = false;
  TakenEvents taken_;
  std::vector<TrainEvent> events_;
  std::vector<int64_t> times_;
  std::vector<TakenTo> ends_;
};

/// The checkpoints that the run has, as the folder's own files.
void bringCheckpoints(const RunStore& store, const RunDetails& details, const fs::path& folder, EventFile& events) {
  for (CheckpointRow row : details.checkpoints) {
    const fs::path from = fs::path(details.folder) / row.file;
    row.file = (fs::path(kCheckpointFolder) / from.filename()).string();
    std::error_code error;
    if (!fs::equivalent(from, folder / row.file, error)) {
      fs::remove(folder / row.file, error);
      linkOrCopy(from, folder / row.file);
    }
    events.write(CheckpointSaved{row.step, row.file, row.bytes, row.validationLoss, row.reason});
    // A step that was evaluated is not evaluated again, and the best of a fine-tune is known by its accuracy.
    const auto losses = store.points(details.summary.id, series::kValidationLoss, row.step - 1, 1);
    if (losses.empty() || losses.front().step != row.step) continue;
    const auto accuracies = store.points(details.summary.id, series::kValidationAccuracy, row.step - 1, 1);
    const bool hasAccuracy = !accuracies.empty() && accuracies.front().step == row.step;
    events.write(Evaluation{.step = row.step,
                            .loss = losses.front().value,
                            .accuracy = hasAccuracy ? std::optional(accuracies.front().value) : std::nullopt});
  }
}

}  // namespace

void requireOneRun(const RunSpec& spec) {
  if (kindOf(spec) == RunKind::Search)
    throw Error(
        "A search is several runs, one after the other, and needs a workspace. Train its rates as runs of their own.");
}

void makeRunFiles(const fs::path& folder, const RunSpec& spec) {
  if (fs::exists(folder / kSettingsFile))
    throw Error(fmt::format("{} holds a run already, which goes on without a SPEC. Name another folder for a new one.",
                            folder.string()));
  makeFolder(folder);
  writeFileAtomically(folder / kSettingsFile, toToml(spec));
}

TakenTo bringRunFiles(const RunStore& store, RunId run, const fs::path& folder) {
  const RunDetails details = store.details(run);
  requireOneRun(specOf(details));
  makeFolder(folder);
  writeFileAtomically(folder / kSettingsFile, details.specToml);
  try {
    for (const char* name : {kPaletteFile, kModelFile, kVqvaeFile}) {
      const fs::path from = fs::path(details.folder) / name;
      if (!fs::exists(from) || fs::exists(folder / name)) continue;
      linkOrCopy(from, folder / name);
    }
    EventFile events(folder);
    if (events.size() > 0 || !details.checkpoints.empty())
      events.goBackTo(details.checkpoints.empty() ? -1 : details.checkpoints.back().step);
    if (!details.checkpoints.empty()) bringCheckpoints(store, details, folder, events);
    if (!events.settle(std::chrono::milliseconds(0)))
      throw Error(fmt::format("{} cannot be written. Look for room on its disk.", (folder / kEventsFile).string()));
    removeRequests(folder);
    return events.end();
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("The run's files cannot be copied to {}: {}.", folder.string(), error.code().message()));
  }
}

EventFile::EventFile(const fs::path& folder)
    : folder_(folder), descriptor_(::open((folder / kEventsFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) {
    const int reason = errno;
    throwSystemError(reason, fmt::format("{} cannot be opened: {}.", (folder / kEventsFile).string(),
                                         std::generic_category().message(reason)));
  }
  size_ = wholeSize(descriptor_);
}

EventFile::~EventFile() {
  flush(/*sync=*/true);
  ::close(descriptor_);
}

void EventFile::write(std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  for (size_t i = 0; i < events.size(); ++i) {
    append(lineOf(events[i], timesMs[i]));
    if (point_) point_->see(events[i], timesMs[i], end_);
  }
  flush(std::ranges::any_of(events, mustBeSynced));
}

void EventFile::append(std::string_view line) {
  waiting_ += line;
  end_ = behindLine(line.substr(0, line.size() - 1), size_ + std::ssize(waiting_));
}

void EventFile::write(const TrainEvent& event) {
  const int64_t now = nowMs();
  write(std::span(&event, 1), std::span(&now, 1));
}

void EventFile::goBackTo(int64_t step) {
  append(lineGoingBackTo(step, nowMs()));
  if (point_) point_->goBackTo(step);
  flush(/*sync=*/true);
}

bool EventFile::settle(std::chrono::milliseconds longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (!flush(/*sync=*/true)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return true;
}

bool EventFile::flush(bool sync) {
  if (waiting_.empty()) return true;
  // Whatever lies behind the last whole line was cut off by a crash or a full disk, and nobody has read it.
  if (::ftruncate(descriptor_, size_) != 0) return false;
  size_t done = 0;
  while (done < waiting_.size()) {
    const ssize_t written =
        ::pwrite(descriptor_, waiting_.data() + done, waiting_.size() - done, size_ + static_cast<int64_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<size_t>(written);
  }
  if (sync && ::fdatasync(descriptor_) != 0) return false;
  size_ += std::ssize(waiting_);
  waiting_.clear();
  if (!sync || !point_ || !point_->isNew()) return true;
  try {
    point_->write(folder_);
  } catch (const Error&) {  // the one before holds, or none: a restart reads more
  }
  return true;
}

TakenEvents takeRunEvents(RunStore& store, RunId run, const fs::path& folder, const Control& control,
                          RestartPoint* point) {
  const auto of = store.clusterRun(run);
  if (!of) throw Error("No cluster has had this run.");
  LineTaker taker(store, run, folder, point);
  std::error_code error;
  if (!fs::exists(folder / kEventsFile, error)) return taker.taken();  // it has not begun
  const FileBytes bytes(folder / kEventsFile);
  const bool isAsBefore = isAsTaken(bytes, of->taken);
  if (!isAsBefore) taker.beginAnew(bytes);
  for (auto offset = static_cast<uint64_t>(isAsBefore ? of->taken.bytes : 0); offset != bytes.size();) {
    control.check();
    const std::string lines = wholeLines(bytes, offset, kLongestEvent);
    if (lines.empty()) break;
    taker.take(lines, static_cast<int64_t>(offset));
    offset += lines.size();
  }
  return taker.taken();
}

}  // namespace scanline
