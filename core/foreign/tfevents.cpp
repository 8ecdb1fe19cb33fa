#include "core/foreign/tfevents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/foreign/event_fields.h"
#include "core/foreign/record_reader.h"
#include "core/foreign/summary_value.h"
#include "core/formats/protobuf.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

bool isEventFile(const fs::path& path) {
  return path.filename().string().find("tfevents") != std::string::npos;
}

std::vector<fs::path> eventFilesOf(const fs::path& path) {
  std::error_code ignored;  // a path that cannot be read counts as one without events
  if (!fs::is_directory(path, ignored)) return isEventFile(path) ? std::vector{path} : std::vector<fs::path>();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path, ignored))
    if (isEventFile(entry.path()) && entry.is_regular_file(ignored)) files.push_back(entry.path());
  std::ranges::sort(files);  // their names begin with the time they were made at
  return files;
}

struct EventHead {
  double wallTime = 0;
  int64_t step = 0;
};

/// Puts the events of all files of a run together.
class LogReader {
 public:
  explicit LogReader(const fs::path& path) : path_(path.string()) {}

  void readFile(const fs::path& file, const Control& control) {
    RecordReader records(file);
    read(records, file, control);
    if (records.damage().empty()) return;
    if (records.count() == 0) {
      const auto sentence =
          fmt::format("{} is no event file, or damaged from its beginning: {}.", source_, records.damage());
      if (firstRefused_.empty()) firstRefused_ = sentence;
      return warn(sentence);
    }
    warn(fmt::format(
        "{} counts up to its record {}: behind that, {}. The run that wrote it was killed, or the file was not copied whole.",
        source_, records.count(), records.damage()));
  }

  /// The records behind `start`; how far the whole ones go. A torn one is left for the next time.
  struct Followed {
    uint64_t end = 0;
    bool isDamaged = false;
  };
  Followed follow(const fs::path& file, uint64_t start, const Control& control) {
    RecordReader records(file, start);
    read(records, file, control);
    const bool isDamaged = !records.damage().empty() && !records.isTorn();
    if (isDamaged) warn(fmt::format("{} is read no further: {}.", file.string(), records.damage()));
    // Shown points are all that a follower tells.
    for (EventSeries& series : log_.series) series.points.clear();
    log_.pictures.clear();
    return {records.end(), isDamaged};
  }
  const EventLog& log() const { return log_; }
  std::optional<int64_t> takeReplacedFrom() { return std::exchange(replacedFrom_, std::nullopt); }

  EventLog take() {
    if (records_ == 0 && !firstRefused_.empty()) throw Error(firstRefused_);
    tellLeftOut();
    return std::move(log_);
  }

 private:
  void read(RecordReader& records, const fs::path& file, const Control& control) {
    source_ = file.string();
    while (const auto record = records.next()) {
      control.check();
      try {
        readEvent(ProtobufReader(*record, source_));
      } catch (const Error& problem) {
        warn(fmt::format("Record {} was passed over: {}", records.count(), problem.what()));
      }
    }
    records_ += records.count();
  }

  void warn(std::string sentence) {
    constexpr size_t kMost = 20;  // of a file with thousands of bad records, the first tell enough
    if (log_.warnings.size() < kMost) log_.warnings.push_back(std::move(sentence));
  }

  /// Points of a series that `shown` does not have, for each of the reasons.
  struct LeftOut {
    int64_t belowZero = 0;
    int64_t replaced = 0;  ///< by later points that say something else
    int64_t voided = 0;    ///< by a session that began at their step or before it
  };

  void tellLeftOut(int64_t LeftOut::*reason, std::string_view why) {
    int64_t points = 0;
    std::vector<std::string> tags;
    for (size_t i = 0; i < leftOut_.size(); ++i) {
      if (leftOut_[i].*reason == 0) continue;
      points += leftOut_[i].*reason;
      tags.push_back(log_.series[i].tag);
    }
    if (tags.empty()) return;
    constexpr size_t kMost = 5;
    const size_t more = tags.size() > kMost ? tags.size() - kMost : 0;
    tags.resize(tags.size() - more);
    log_.warnings.push_back(fmt::format("{}: {} of {}{} {} left out: {}", path_,
                                        points == 1 ? "1 point" : fmt::format("{} points", points),
                                        fmt::join(tags, ", "), more > 0 ? fmt::format(" and {} more series", more) : "",
                                        points == 1 ? "was" : "were", why));
  }

  void tellLeftOut() {
    tellLeftOut(&LeftOut::belowZero, "their steps are below 0.");
    tellLeftOut(&LeftOut::voided, "a session that began later, at their step or before it, replaces them.");
    tellLeftOut(
        &LeftOut::replaced,
        "later points begin again at their step or before it, as after a restart, and take their place. If several programs wrote into one folder at once, import each of their files by itself.");
  }

  void readEvent(ProtobufReader message) {
    EventHead head;
    std::vector<SummaryValue> values;
    bool starts = false;
    while (message.next()) {
      switch (message.field()) {
        case event_field::kWallTime:
          head.wallTime = message.asDouble();
          break;
        case event_field::kStep:
          head.step = message.asInt64();
          break;
        case event_field::kSummary:
          for (auto summary = message.asMessage(); summary.next();)
            if (summary.field() == summary_field::kValue) values.push_back(readValue(summary.asMessage()));
          break;
        case event_field::kSession:
          for (auto session = message.asMessage(); session.next();)
            starts =
                starts || (session.field() == session_field::kStatus && session.asUint64() == session_field::kStart);
          break;
        default:
          break;
      }
    }
    if (starts && head.step >= 0)
      for (size_t i = 0; i < leftOut_.size(); ++i) leftOut_[i].voided += dropFrom(log_.series[i], head.step);
    for (const SummaryValue& value : values) take(head, value);
  }

  void take(const EventHead& head, const SummaryValue& value) {
    if (value.tag.empty() || !isUtf8(value.tag))
      return warn(
          fmt::format("{}: a value of step {} has no tag that can be read, and was passed over.", source_, head.step));
    // The plugin stands with the first value of a tag; later ones may leave it out.
    std::string& plugin = pluginOfTag_.try_emplace(std::string(value.tag), value.plugin).first->second;
    if (value.simple) return addPoint(head, value.tag, *value.simple);
    if (value.image) return addImage(head, value.tag, ProtobufReader(*value.image, source_));
    if (!value.tensor || (plugin != "scalars" && plugin != "images")) return;
    const auto tensor = readTensor(ProtobufReader(*value.tensor, source_));
    if (plugin == "images") return addImages(head, value.tag, tensor);
    if (const auto number = numberOf(tensor)) return addPoint(head, value.tag, *number);
    warn(fmt::format("{}: the value of {} at step {} is not one number, and was passed over.", source_, value.tag,
                     head.step));
  }

  void addPoint(const EventHead& head, std::string_view tag, double value) {
    const auto [place, isNew] = seriesOf_.try_emplace(std::string(tag), log_.series.size());
    if (isNew) {
      log_.series.push_back({.tag = std::string(tag), .points = {}, .shown = {}});
      leftOut_.emplace_back();
    }
    EventSeries& series = log_.series[place->second];
    LeftOut& leftOut = leftOut_[place->second];
    series.points.push_back({head.step, head.wallTime, value});
    if (head.step < 0) {  // no step at all, so nothing begins again there
      ++leftOut.belowZero;
      return;
    }
    const bool isSaidTwice =
        !series.shown.empty() && series.shown.back().step == head.step && isSame(series.shown.back().value, value);
    if (isSaidTwice)
      series.shown.pop_back();  // nothing is lost
    else
      leftOut.replaced += dropFrom(series, head.step);
    series.shown.push_back(series.points.back());
  }

  static bool isSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

  /// Returns how many points went.
  int64_t dropFrom(EventSeries& series, int64_t step) {
    const auto before = std::ssize(series.shown);
    while (!series.shown.empty() && series.shown.back().step >= step) series.shown.pop_back();
    const auto dropped = before - std::ssize(series.shown);
    if (dropped > 0) replacedFrom_ = std::min(step, replacedFrom_.value_or(step));
    return dropped;
  }

  void addImage(const EventHead& head, std::string_view tag, ProtobufReader image) {
    while (image.next())
      if (image.field() == image_field::kEncoded) addPicture(head, tag, 0, image.asBytes());
  }

  /// A tensor of texts: width, height, then a PNG each.
  void addImages(const EventHead& head, std::string_view tag, const TensorValue& tensor) {
    for (size_t i = 2; i < tensor.texts.size(); ++i)
      addPicture(head, tag, static_cast<int64_t>(i) - 2, tensor.texts[i]);
  }

  void addPicture(const EventHead& head, std::string_view tag, int64_t index, std::span<const std::byte> encoded) {
    log_.pictures.push_back({.tag = std::string(tag),
                             .step = head.step,
                             .wallTime = head.wallTime,
                             .index = index,
                             .encoded = {reinterpret_cast<const char*>(encoded.data()), encoded.size()}});
  }

  std::string path_;  ///< a file, or the folder of several
  EventLog log_;
  std::vector<LeftOut> leftOut_;  ///< of log_.series
  std::string source_;
  int64_t records_ = 0;                  ///< of all files
  std::optional<int64_t> replacedFrom_;  ///< the lowest step at which shown points went, for followers
  std::string firstRefused_;             ///< why a file was none
  std::map<std::string, size_t, std::less<>> seriesOf_;
  std::map<std::string, std::string, std::less<>> pluginOfTag_;
};

}  // namespace

bool isEventLog(const fs::path& path) {
  return !eventFilesOf(path).empty();
}

std::vector<fs::path> eventFolders(const fs::path& folder, const Control& control) {
  std::vector<fs::path> folders, waiting{folder};
  std::set<fs::path> seen;
  // Level by level, so that a folder which links reach on several ways has the shortest of its names.
  for (size_t next = 0; next < waiting.size(); ++next) {
    const fs::path at = waiting[next];
    std::error_code ignored;  // a path that cannot be read counts as one without events
    if (!seen.insert(fs::canonical(at, ignored)).second) continue;
    std::vector<fs::path> below;
    bool hasEvents = false;
    for (const auto& entry : fs::directory_iterator(at, ignored)) {
      if (entry.is_directory(ignored))
        below.push_back(entry.path());
      else
        hasEvents = hasEvents || (isEventFile(entry.path()) && entry.is_regular_file(ignored));
      control.check();
    }
    if (hasEvents) folders.push_back(at);
    std::ranges::sort(below);
    waiting.insert(waiting.end(), below.begin(), below.end());
  }
  std::ranges::sort(folders);
  return folders;
}

EventLog readEventLog(const fs::path& path, const Control& control) {
  const auto files = eventFilesOf(path);
  if (files.empty())
    throw Error(fmt::format("{} holds no event files of TensorBoard: there is no file with \"tfevents\" in its name.",
                            path.string()));
  LogReader reader(path);
  for (const fs::path& file : files) reader.readFile(file, control);
  return reader.take();
}

struct EventFollower::State {
  fs::path folder;
  LogReader reader;
  std::map<fs::path, LogReader::Followed> files;
  std::optional<int64_t> replacedFrom;
};

EventFollower::EventFollower(fs::path folder)
    : state_(std::make_unique<State>(State{folder, LogReader(folder), {}, {}})) {}
EventFollower::~EventFollower() = default;
EventFollower::EventFollower(EventFollower&&) noexcept = default;
EventFollower& EventFollower::operator=(EventFollower&&) noexcept = default;

bool EventFollower::poll(const Control& control) {
  State& state = *state_;
  state.replacedFrom.reset();
  bool isNew = false;
  const auto files = eventFilesOf(state.folder);
  const auto sizeOf = [](const fs::path& file) {
    std::error_code ignored;  // a file that went away meanwhile has nothing new
    const auto size = fs::file_size(file, ignored);
    return ignored ? 0 : size;
  };
  const bool isShorter = std::ranges::any_of(
      state.files, [&](const auto& each) { return fs::exists(each.first) && sizeOf(each.first) < each.second.end; });
  if (isShorter) {  // another program began anew under the same name
    state.reader = LogReader(state.folder);
    state.files.clear();
    state.replacedFrom = 0;
  }
  for (const fs::path& file : files) {
    LogReader::Followed& followed = state.files[file];
    if (followed.isDamaged || sizeOf(file) <= followed.end) continue;
    const auto now = state.reader.follow(file, followed.end, control);
    isNew = isNew || now.end > followed.end;
    followed = now;
  }
  const auto replaced = state.reader.takeReplacedFrom();
  if (replaced) state.replacedFrom = std::min(*replaced, state.replacedFrom.value_or(*replaced));
  return isNew || isShorter;
}

const EventLog& EventFollower::log() const {
  return state_->reader.log();
}

std::optional<int64_t> EventFollower::replacedFrom() const {
  return state_->replacedFrom;
}

}  // namespace scanline
