#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/import_parts.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Unix time in ms; `otherwise` for a value that is no time, such as NaN.
int64_t milliseconds(double seconds, int64_t otherwise) {
  constexpr double kMost = 1e12;  // seconds: some 30000 years on
  return seconds > 0 && seconds < kMost ? std::llround(seconds * 1e3) : otherwise;
}

std::vector<ImportedSeries> seriesOf(const EventLog& log) {
  std::vector<ImportedSeries> all;
  for (const EventSeries& series : log.series) {
    ImportedSeries imported{.name = series.tag, .points = {}};
    int64_t timeMs = 1;  // 0 would mean that there is none
    for (const EventPoint& point : series.shown) {
      timeMs = milliseconds(point.wallTime, timeMs);
      imported.points.push_back({point.step, point.value, timeMs});
    }
    if (!imported.points.empty()) all.push_back(std::move(imported));
  }
  return all;
}

/// "run", or "run/sub" for a folder below the one that was asked for.
std::string nameOf(const fs::path& root, const fs::path& folder, const std::string& wanted) {
  const std::string base = !wanted.empty() ? wanted : runNameOf(root);
  const fs::path below = folder.lexically_relative(root);
  return below.empty() || below == "." ? base : fmt::format("{}/{}", base, below.generic_string());
}

/// Of the event files in a folder, or of one.
int64_t bytesOf(const fs::path& source) {
  std::error_code ignored;  // a file without a size is not counted
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

ImportedCurves readEventCurves(const fs::path& source, const fs::path& root, const Control& control) {
  const EventLog log = readEventLog(source, control);
  ImportedCurves curves{.series = seriesOf(log), .warnings = log.warnings};
  std::error_code ignored;
  nameSeries(curves.series, nameOf(root, fs::is_directory(source, ignored) ? source : root, ""));
  if (curves.series.empty())
    curves.warnings.push_back(fmt::format("{} holds no scalars, so there is nothing to draw.", source.string()));
  else if (!log.pictures.empty())
    curves.warnings.push_back(
        fmt::format("{} pictures were left out: they are not made of a palette.", log.pictures.size()));
  return curves;
}

void importEvents(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  std::error_code ignored;
  const bool isFolder = fs::is_directory(path, ignored);
  const fs::path root = isFolder ? path : fs::absolute(path).parent_path();
  int64_t done = 0, total = 0;
  const Control part = options.control.within({.mayGoOn = [&] {
    options.control.report(done, total);
    return true;
  }});
  const auto sources = isFolder ? eventFolders(path, part) : std::vector{path};
  for (const fs::path& source : sources) total += bytesOf(source);
  ImportOptions own = options;
  // Storing counts as reading: by the files that are read.
  own.control = options.control.within({.report = [&](int64_t, int64_t) { options.control.report(done, total); }});
  for (const fs::path& source : sources) {
    const ImportedCurves curves = readEventCurves(source, root, part);
    done += bytesOf(source);
    own.name = nameOf(root, isFolder ? source : root, options.name);
    if (!curves.series.empty()) result.runs.push_back(importCurves(store, own.name, source, curves, own));
    result.warnings.insert(result.warnings.end(), curves.warnings.begin(), curves.warnings.end());
  }
  if (result.runs.empty())
    throw Error(fmt::format("{} has no scalars to import. {}", path.string(),
                            result.warnings.empty() ? "" : result.warnings.front()));
}

}  // namespace scanline
