// Curves and runs from tables (CSV).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/formats/csv.h"
#include "core/jobs/exported_run.h"
#include "core/jobs/import_parts.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kLargestSpec = 1 << 20;

/// nullopt for what is no number. NaN and infinities are numbers.
std::optional<double> numberOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whole numbers also as 10.0 or 1e3.
std::optional<int64_t> stepOf(std::string_view text) {
  int64_t step = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
      error == std::errc() && end == text.data() + text.size())
    return step;
  constexpr double kMost = 9e15;
  const auto value = numberOf(text);
  if (!value || !(std::abs(*value) <= kMost) || *value != std::floor(*value)) return std::nullopt;
  return static_cast<int64_t>(*value);
}

/// Curves by run and series, as a table's rows bring them.
class Curves {
 public:
  void add(std::string_view run, std::string_view series, const Point& point) {
    runs_[std::string(run)][std::string(series)].push_back(point);
  }
  bool empty() const { return runs_.empty(); }

  /// For each run its series, steps ascending; points at one step in their order, so that the store keeps the last.
  std::map<std::string, std::vector<ImportedSeries>> take() {
    std::map<std::string, std::vector<ImportedSeries>> all;
    for (auto& [run, series] : runs_) {
      std::set<std::string> taken;
      for (const auto& [name, points] : series) taken.insert(name);
      for (auto& [name, points] : series) {
        std::ranges::stable_sort(points, {}, &Point::step);
        const std::string canonical = canonicalSeries(name);
        all[run].push_back({taken.insert(canonical).second ? canonical : name, std::move(points)});
      }
    }
    return all;
  }

 private:
  std::map<std::string, std::map<std::string, std::vector<Point>>> runs_;
};

/// What the columns of a table mean.
struct Columns {
  std::optional<size_t> step, time, series, value;
  bool timeInMs = false;
  std::vector<std::string> names;
};

Columns columnsOf(std::span<const std::string_view> header) {
  Columns columns;
  const auto find = [&](std::initializer_list<std::string_view> wanted) -> std::optional<size_t> {
    for (const std::string_view name : wanted)
      for (size_t i = 0; i < header.size(); ++i)
        if (std::ranges::equal(header[i], name, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); }))
          return i;
    return std::nullopt;
  };
  columns.step = find({"step", "_step", "global_step", "global step", "steps", "iteration", "iter", "epoch"});
  columns.time = find({"time_ms", "wall time", "wall_time", "_timestamp", "timestamp"});
  columns.timeInMs = columns.time && header[*columns.time] == "time_ms";
  columns.series = find({"series", "tag", "metric", "key"});
  columns.value = find({"value"});
  columns.names.assign(header.begin(), header.end());
  return columns;
}

/// TensorBoard's download of one tag is called "run-<run>-tag-<tag>.csv".
std::string seriesOfFile(const fs::path& file) {
  const std::string stem = file.stem().string();
  constexpr std::string_view kTag = "-tag-";
  const auto at = stem.rfind(kTag);
  return at == std::string::npos ? stem : stem.substr(at + kTag.size());
}

/// W&B calls a column "<run> - <metric>", and adds those of its envelope.
std::pair<std::string_view, std::string_view> runAndSeries(std::string_view column) {
  constexpr std::string_view kDash = " - ";
  const auto at = column.rfind(kDash);
  if (at == std::string_view::npos || at == 0) return {"", column};
  return {column.substr(0, at), column.substr(at + kDash.size())};
}

class TableReader {
 public:
  TableReader(const fs::path& file, std::vector<std::string>& warnings)
      : file_(file), rows_(file), warnings_(warnings) {}

  Curves read() {
    if (!rows_.next()) throw Error(fmt::format("{} is empty.", file_.string()));
    columns_ = columnsOf(rows_.cells());
    if (!columns_.step)
      throw Error(fmt::format("{} has no column of steps. Its first line must name the columns, one of them \"step\".",
                              file_.string()));
    while (rows_.next()) readRow(rows_.cells());
    if (badRows_ > 0)
      warnings_.push_back(
          fmt::format("{}: {} rows have no whole number as their step, or too few cells, and were left out.",
                      file_.string(), badRows_));
    if (curves_.empty()) throw Error(fmt::format("{} has no column of numbers beside its steps.", file_.string()));
    return std::move(curves_);
  }

 private:
  void readRow(std::span<const std::string_view> cells) {
    if (cells.size() != columns_.names.size()) return void(++badRows_);
    const auto step = stepOf(cells[*columns_.step]);
    if (!step || *step < 0) return void(++badRows_);
    const int64_t timeMs = timeOf(cells);
    if (columns_.value) {
      const auto value = numberOf(cells[*columns_.value]);
      if (!value) return void(++badRows_);
      return curves_.add("", columns_.series ? std::string(cells[*columns_.series]) : seriesOfFile(file_),
                         {*step, *value, timeMs});
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == *columns_.step || i == columns_.time || isEnvelope(columns_.names[i])) continue;
      if (const auto value = numberOf(cells[i])) {
        const auto [run, series] = runAndSeries(columns_.names[i]);
        curves_.add(run, series, {*step, *value, timeMs});
      }
    }
  }

  static bool isEnvelope(std::string_view name) { return name.ends_with("__MIN") || name.ends_with("__MAX"); }

  int64_t timeOf(std::span<const std::string_view> cells) const {
    const auto value = columns_.time ? numberOf(cells[*columns_.time]) : std::nullopt;
    constexpr double kMostSeconds = 1e12;
    const double seconds = value.value_or(0) / (columns_.timeInMs ? 1e3 : 1);
    return seconds > 0 && seconds < kMostSeconds ? std::llround(seconds * 1e3) : now_;
  }

  fs::path file_;
  CsvReader rows_;
  std::vector<std::string>& warnings_;
  Columns columns_;
  Curves curves_;
  int64_t badRows_ = 0;
  int64_t now_ = nowMs();
};

/// The cells of a table that we wrote, by the names of its columns.
class OwnTable {
 public:
  OwnTable(const fs::path& file, std::string_view header) : rows_(file) {
    std::string found;
    if (rows_.next())
      for (const auto cell : rows_.cells()) found += fmt::format("{}{}", found.empty() ? "" : ",", cell);
    if (found != header)
      throw Error(fmt::format("{}: its columns are {}; Scanline writes {}.", file.string(), found, header));
    columns_ = rows_.cells().size();
  }
  bool next() {
    if (!rows_.next()) return false;
    if (rows_.cells().size() != columns_) fail("another number of cells than columns");
    return true;
  }
  int64_t integer(size_t column) const {
    const auto value = stepOf(rows_.cells()[column]);
    if (!value) fail("no whole number in a column of such");
    return *value;
  }
  double number(size_t column) const {
    const auto value = numberOf(rows_.cells()[column]);
    if (!value) fail("no number in a column of numbers");
    return *value;
  }
  bool isEmpty(size_t column) const { return rows_.cells()[column].empty(); }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(fmt::format("{}: line {} has {}.", rows_.source(), rows_.line(), what));
  }
  CsvReader rows_;
  size_t columns_ = 0;
};

std::vector<TrainEvent> readProbes(const fs::path& file) {
  std::vector<TrainEvent> events;
  OwnTable rows(file, kProbeColumns);
  while (rows.next()) {
    ProbeResult p{.step = rows.integer(0), .layer = rows.integer(1), .accuracy = rows.number(2)};
    p.trainAccuracy = rows.number(3);
    p.loss = rows.number(4);
    p.iterations = rows.integer(5);
    p.converged = rows.integer(6) != 0;
    p.classes = rows.integer(7);
    p.l2 = rows.number(8);
    p.joined = rows.integer(9);
    if (!rows.isEmpty(10)) p.testAccuracy = rows.number(10);
    events.emplace_back(std::move(p));
  }
  return events;
}

std::vector<TrainEvent> readLowData(const fs::path& file) {
  std::vector<TrainEvent> events;
  OwnTable rows(file, kLowDataColumns);
  while (rows.next())
    events.emplace_back(
        LowDataResult{rows.integer(0), rows.integer(1), rows.integer(2), rows.number(3), rows.number(4)});
  return events;
}

/// The folder that exportCsv() wrote.
void importOwnTables(RunStore& store, const fs::path& folder, const ImportOptions& options, ImportResult& result) {
  NewRun run(store, fromToml(readFile(folder / "spec.toml", kLargestSpec), (folder / "spec.toml").string()), options);
  std::error_code ignored;
  int64_t last = 0, startMs = 0, endMs = 0;
  if (fs::exists(folder / "series.csv", ignored)) {
    auto all = TableReader(folder / "series.csv", result.warnings).read().take()[""];
    run.addSeries(all);
    for (const ImportedSeries& series : all) {
      last = std::max(last, series.points.back().step);
      for (const Point& point : series.points) {
        startMs = startMs == 0 ? point.timeMs : std::min(startMs, point.timeMs);
        endMs = std::max(endMs, point.timeMs);
      }
    }
  }
  if (fs::exists(folder / "probes.csv", ignored)) run.append(readProbes(folder / "probes.csv"));
  if (fs::exists(folder / "low_data.csv", ignored)) run.append(readLowData(folder / "low_data.csv"));
  store.setStep(run.id(), last);
  result.runs.push_back(run.keep(fmt::format("Imported from {}.", folder.string()), startMs, endMs));
}

}  // namespace

void importCsv(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  std::error_code ignored;
  const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
  const bool isOurs = folder == path || path.filename() == "series.csv";
  if (isOurs && fs::exists(folder / "spec.toml", ignored)) return importOwnTables(store, folder, options, result);
  auto runs = TableReader(path, result.warnings).read().take();
  for (auto& [run, series] : runs) {
    const std::string base = path.stem().string();
    ImportOptions own = options;
    if (!options.name.empty() && runs.size() > 1) own.name = fmt::format("{}/{}", options.name, run);
    result.runs.push_back(importCurves(store, run.empty() ? base : run, path, std::move(series), result.warnings, own));
  }
}

}  // namespace scanline
