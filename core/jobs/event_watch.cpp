#include "core/jobs/event_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/passing_error.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/import_parts.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kLookAgain(10);
constexpr const char* kWatchedFile = "watched.json";
constexpr uint64_t kMostRemembered = 16U << 20U;  // bytes of that file

int64_t milliseconds(double seconds) {
  constexpr double kMost = 1e12;  // some 30000 years on
  return seconds > 0 && seconds < kMost ? std::llround(seconds * 1e3) : 1;
}

nlohmann::json remembered(const fs::path& workspace) {
  const fs::path file = workspace / kWatchedFile;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return nlohmann::json::object();
  auto read = nlohmann::json::parse(readFile(file, kMostRemembered), nullptr, false);
  return read.is_object() ? read : nlohmann::json::object();
}

std::string pathKey(const fs::path& path) {
  return path.generic_string();
}

}  // namespace

/// One folder with event files, and its run.
struct EventWatch::Source {
  explicit Source(const fs::path& source) : folder(source), follower(source) {}

  fs::path folder;
  EventFollower follower;
  RunId run;
  std::map<std::string, std::string> names;  ///< of the store, by tag
  std::map<std::string, size_t> stored;      ///< shown points that the store has, by tag
  size_t told = 0;                           ///< warnings of the follower that were passed on
  bool pending = false;                      ///< something was read that the store does not have yet
  std::optional<int64_t> replacedFrom;       ///< of the pending points
  bool refused = false;

  void take(RunStore& store, const fs::path& workspace, const fs::path& root, WatchNews& news, const Control& control);

 private:
  void recall(const RunStore& store, const fs::path& workspace);
  void begin(RunStore& store, const fs::path& workspace, const fs::path& root);
  const std::string& nameOf(const std::string& tag);
  int64_t append(RunStore& store, const Control& control);
};

/// The run that an earlier watch made of this folder, and how much of each series it has.
void EventWatch::Source::recall(const RunStore& store, const fs::path& workspace) {
  const auto watched = remembered(workspace);
  const auto place = watched.find(pathKey(folder));
  if (place == watched.end() || !place->is_string()) return;
  const auto uuid = place->get<std::string>();
  const auto found = store.find(uuid);
  if (!found || store.run(*found).uuid != uuid) return;  // a person deleted it: a new one begins
  run = *found;
  // Points that the files replaced before this first reading are no news: the store tells which points it has.
  replacedFrom.reset();
  const auto summaries = store.summaries(run);
  for (const EventSeries& series : follower.log().series) {
    const auto summary = std::ranges::find(summaries, nameOf(series.tag), &SeriesSummary::name);
    if (summary == summaries.end()) continue;
    const auto upTo =
        std::ranges::count_if(series.shown, [&](const EventPoint& point) { return point.step <= summary->lastStep; });
    const double last = upTo > 0 ? series.shown[static_cast<size_t>(upTo) - 1].value : 0;
    const bool isSameEnd = last == summary->last || (std::isnan(last) && std::isnan(summary->last));
    if (upTo == summary->count && isSameEnd)
      stored[series.tag] = static_cast<size_t>(upTo);
    else
      replacedFrom = 0;  // they say something else: all is written again
  }
}

void EventWatch::Source::begin(RunStore& store, const fs::path& workspace, const fs::path& root) {
  const fs::path below = folder.lexically_relative(root);
  RunSpec spec;
  spec.name =
      below.empty() || below == "." ? runNameOf(root) : fmt::format("{}/{}", runNameOf(root), below.generic_string());
  spec.data.name.clear();
  NewRun made(store, spec, {}, {.all = false, .keys = {"name"}});
  int64_t startMs = std::numeric_limits<int64_t>::max(), endMs = 0;
  for (const EventSeries& series : follower.log().series) {
    for (const EventPoint& point : series.shown) {
      startMs = std::min(startMs, milliseconds(point.wallTime));
      endMs = std::max(endMs, milliseconds(point.wallTime));
    }
  }
  auto watched = remembered(workspace);
  watched[pathKey(folder)] = store.run(made.id()).uuid;
  run = made.keep(fmt::format("Watched: {}", folder.string()), endMs > 0 ? startMs : 0, endMs);
  store.setTags(run, {"imported", "watched"});
  writeFileAtomically(workspace / kWatchedFile, watched.dump(1));
}

/// The name in the store, which stays the same however many tags come later.
const std::string& EventWatch::Source::nameOf(const std::string& tag) {
  const auto known = names.find(tag);
  if (known != names.end()) return known->second;
  const auto isTaken = [&](const std::string& name) {
    return std::ranges::any_of(names, [&](const auto& each) { return each.second == name; });
  };
  std::string name = canonicalSeries(tag, folder);
  if (isTaken(name)) name = tag;
  for (int more = 2; isTaken(name); ++more) name = fmt::format("{} ({})", tag, more);
  return names.emplace(tag, name).first->second;
}

int64_t EventWatch::Source::append(RunStore& store, const Control& control) {
  int64_t points = 0, lastStep = store.run(run).step, lastMs = 0;
  for (const EventSeries& series : follower.log().series) {
    size_t& from = stored[series.tag];
    const std::string& name = nameOf(series.tag);
    constexpr size_t kSlice = 1000;
    while (from < series.shown.size()) {
      control.check();
      std::vector<TrainEvent> events;
      std::vector<int64_t> times;
      const size_t end = std::min(series.shown.size(), from + kSlice);
      for (size_t i = from; i < end; ++i) {
        events.emplace_back(Scalars{series.shown[i].step, {{name, series.shown[i].value}}});
        times.push_back(milliseconds(series.shown[i].wallTime));
      }
      store.append(run, events, times);
      points += static_cast<int64_t>(end - from);
      from = end;
      lastStep = std::max(lastStep, series.shown[end - 1].step);
      lastMs = std::max(lastMs, times.back());
    }
  }
  if (points == 0) return 0;
  store.setStep(run, lastStep);
  const TrainEvent end = StateChanged{RunState::Finished, "Its curves grow while its folder is watched."};
  store.append(run, std::span(&end, 1), std::span(&lastMs, 1));
  return points;
}

void EventWatch::Source::take(RunStore& store, const fs::path& workspace, const fs::path& root, WatchNews& news,
                              const Control& control) {
  if (follower.poll(control)) {
    pending = true;
    if (const auto from = follower.replacedFrom()) replacedFrom = std::min(*from, replacedFrom.value_or(*from));
  }
  if (!pending) return;
  for (const auto& warnings = follower.log().warnings; told < warnings.size(); ++told)
    news.warnings.push_back(warnings[told]);
  if (std::ranges::all_of(follower.log().series, [](const EventSeries& series) { return series.shown.empty(); }))
    return;
  if (run.value == 0) recall(store, workspace);
  const bool isNew = run.value == 0;
  if (isNew) begin(store, workspace, root);
  if (replacedFrom && !isNew) {
    store.truncateAfter(run, *replacedFrom - 1);
    for (const EventSeries& series : follower.log().series) {
      const auto kept =
          std::ranges::count_if(series.shown, [&](const EventPoint& point) { return point.step < *replacedFrom; });
      stored[series.tag] = std::min(stored[series.tag], static_cast<size_t>(kept));
    }
  }
  const int64_t points = append(store, control);
  pending = false;
  replacedFrom.reset();
  news.points += points;
  if (isNew)
    news.begun.push_back(run);
  else if (points > 0)
    news.grown.push_back(run);
}

EventWatch::EventWatch(fs::path workspace, fs::path folder) : workspace_(std::move(workspace)) {
  std::error_code error;
  root_ = fs::canonical(folder, error);
  if (error || !fs::is_directory(root_))
    throw Error(
        fmt::format("{} is no folder, so it cannot be watched. Name the folder that holds the event files, or "
                    "will hold them.",
                    folder.string()));
}
EventWatch::~EventWatch() = default;
EventWatch::EventWatch(EventWatch&&) noexcept = default;
EventWatch& EventWatch::operator=(EventWatch&&) noexcept = default;

WatchNews EventWatch::poll(RunStore& store, bool lookForFolders, const Control& control) {
  WatchNews news;
  const auto now = std::chrono::steady_clock::now();
  if (lookForFolders || looked_ == std::chrono::steady_clock::time_point() || now - looked_ >= kLookAgain) {
    looked_ = now;
    for (const fs::path& folder : eventFolders(root_, control)) {
      auto& source = sources_[folder];
      if (!source) source = std::make_unique<Source>(folder);
    }
  }
  for (const auto& [folder, source] : sources_) {
    if (source->refused) continue;
    try {
      source->take(store, workspace_, root_, news, control);
    } catch (const PassingError&) {
      throw;  // the next time tries again
    } catch (const Error& problem) {
      source->refused = true;
      news.warnings.push_back(fmt::format("{} is watched no longer: {}", folder.string(), problem.what()));
    }
  }
  return news;
}

}  // namespace scanline
