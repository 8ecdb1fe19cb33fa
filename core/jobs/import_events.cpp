#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/import_parts.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Unix time in ms; `otherwise` for what is no time, such as NaN.
int64_t milliseconds(double seconds, int64_t otherwise) {
  constexpr double kMost = 1e12;  // seconds: some 30000 years on
  return seconds > 0 && seconds < kMost ? std::llround(seconds * 1e3) : otherwise;
}

std::vector<ImportedSeries> seriesOf(const EventLog& log, std::vector<std::string>& warnings) {
  std::vector<ImportedSeries> all;
  std::set<std::string> taken;
  for (const EventSeries& series : log.series) taken.insert(series.tag);
  for (const EventSeries& series : log.series) {
    ImportedSeries imported{.name = canonicalSeries(series.tag), .points = {}};
    if (imported.name != series.tag && !taken.insert(imported.name).second) imported.name = series.tag;
    int64_t timeMs = 1;  // 0 would mean that there is none
    int64_t dropped = 0;
    for (const EventPoint& point : series.shown) {
      timeMs = milliseconds(point.wallTime, timeMs);
      if (point.step < 0)
        ++dropped;
      else
        imported.points.push_back({point.step, point.value, timeMs});
    }
    if (dropped > 0)
      warnings.push_back(fmt::format("{} points of {} have steps below 0 and were left out.", dropped, series.tag));
    if (!imported.points.empty()) all.push_back(std::move(imported));
  }
  return all;
}

/// "run", or "run/sub" for a folder below the one that was asked for.
std::string nameOf(const fs::path& root, const fs::path& folder, const std::string& wanted) {
  const fs::path clean = root.lexically_normal();
  const std::string base =
      !wanted.empty() ? wanted : (clean.has_filename() ? clean : clean.parent_path()).filename().string();
  const fs::path below = folder.lexically_relative(root);
  return below.empty() || below == "." ? base : fmt::format("{}/{}", base, below.generic_string());
}

/// Of the event files in a folder, or of one.
int64_t bytesOf(const fs::path& source) {
  std::error_code ignored;  // what has no size is not counted
  const auto sizeOf = [&](const fs::path& file) {
    const auto size = fs::file_size(file, ignored);
    return ignored ? 0 : static_cast<int64_t>(size);
  };
  if (!fs::is_directory(source, ignored)) return sizeOf(source);
  int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(source, ignored))
    if (isEventLog(entry.path())) bytes += sizeOf(entry.path());
  return bytes;
}

}  // namespace

void importEvents(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  std::error_code ignored;
  const bool isFolder = fs::is_directory(path, ignored);
  int64_t done = 0, total = 0;
  const Control part = options.control.within({.mayGoOn = [&] {
    options.control.report(done, total);
    return true;
  }});
  const auto sources = isFolder ? eventFolders(path, part) : std::vector{path};
  for (const fs::path& source : sources) total += bytesOf(source);
  for (const fs::path& source : sources) {
    const EventLog log = readEventLog(source, part);
    done += bytesOf(source);
    auto warnings = log.warnings;
    const auto all = seriesOf(log, warnings);
    if (all.empty()) {
      warnings.push_back(fmt::format("{} holds no scalars, so there is nothing to draw.", source.string()));
    } else {
      if (!log.pictures.empty())
        warnings.push_back(
            fmt::format("{} pictures were left out: they are not made of a palette.", log.pictures.size()));
      const auto name =
          isFolder ? nameOf(path, source, options.name) : nameOf(path.parent_path(), path.parent_path(), options.name);
      ImportOptions own = options;
      own.name = name;
      result.runs.push_back(importCurves(store, name, source, all, warnings, own));
    }
    result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  }
  if (result.runs.empty())
    throw Error(fmt::format("{} has no scalars to import. {}", path.string(),
                            result.warnings.empty() ? "" : result.warnings.front()));
}

}  // namespace scanline
