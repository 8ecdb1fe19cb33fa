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

/// nullopt for text that is no number. NaN and infinities are numbers.
std::optional<double> numberOf(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> integerOf(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Of a number that is written as 10.0 or 1e3.
std::optional<int64_t> wholeOf(const std::optional<double>& value) {
  constexpr double kMost = 9e15;
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

  /// For each run its series, steps rising; of several points at one step the last, the others counted in a warning.
  /// `source`: where it comes from, for runs without a name.
  std::map<std::string, ImportedCurves> take(const std::string& source) {
    std::map<std::string, ImportedCurves> all;
    for (auto& [run, series] : runs_) {
      ImportedCurves& curves = all[run];
      int64_t replaced = 0;
      for (auto& [name, points] : series) {
        std::ranges::stable_sort(points, {}, &Point::step);
        const auto end = points.end();
        auto kept = points.begin();
        for (auto at = points.begin(); at != end; ++at)
          if (at + 1 == end || (at + 1)->step != at->step) *kept++ = *at;
        replaced += end - kept;
        points.erase(kept, end);
        curves.series.push_back({name, std::move(points)});
      }
      nameSeries(curves.series, run.empty() ? source : run);
      if (replaced > 0)
        curves.warnings.push_back(fmt::format("{} points{} were left out: later rows have the same step.", replaced,
                                              run.empty() ? std::string() : fmt::format(" of {}", run)));
    }
    return all;
  }

 private:
  std::map<std::string, std::map<std::string, std::vector<Point>>> runs_;
};

/// The meaning of a table's columns.
struct Columns {
  std::optional<size_t> step, time, run, series, value;
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
  columns.time = find({"time_ms", "wall time", "wall_time", "_timestamp", "timestamp", "datetime", "date"});
  columns.timeInMs = columns.time && header[*columns.time] == "time_ms";
  columns.run = find({"run_id", "run id", "run_uuid", "run_name", "run name", "run"});
  columns.series = find({"series", "tag", "metric", "key"});
  columns.value = find({"value"});
  columns.names.assign(header.begin(), header.end());
  return columns;
}

/// TensorBoard's download of one tag is called "run-<run>-tag-<tag>.csv".
struct FileName {
  std::string run, series;
};
FileName partsOf(const fs::path& file) {
  const std::string stem = file.stem().string();
  constexpr std::string_view kTag = "-tag-", kRun = "run-";
  const auto at = stem.rfind(kTag);
  if (at == std::string::npos) return {stem, stem};
  const size_t begin = stem.starts_with(kRun) ? kRun.size() : 0;
  return {stem.substr(begin, at - begin), stem.substr(at + kTag.size())};
}

/// W&B calls a column "<run> - <metric>", and adds those of its envelope.
std::pair<std::string_view, std::string_view> runAndSeries(std::string_view column) {
  constexpr std::string_view kDash = " - ";
  const auto at = column.rfind(kDash);
  if (at == std::string_view::npos || at == 0) return {"", column};
  return {column.substr(0, at), column.substr(at + kDash.size())};
}

/// Unix ms of a count of seconds, milliseconds, microseconds or nanoseconds since 1970: from 1973 on none can be taken
/// for another. 0 for smaller numbers (seconds since a run began) and those that are no time.
int64_t unixMs(double count) {
  constexpr double kLeast = 1e8, kMost = 1e20;
  if (!(count >= kLeast && count < kMost)) return 0;
  double ms = count * 1e3;
  for (double seconds = 1e11; count >= seconds && seconds < kMost; seconds *= 1e3) ms /= 1e3;
  return std::llround(ms);
}

/// Unix ms of "2023-11-14T22:13:20.5+01:00" or a part of it, the day at least; 0 if it is none.
int64_t dateMs(std::string_view text) {
  using namespace std::chrono;
  std::array<int, 6> parts{0, 1, 1, 0, 0, 0};  // year to second
  constexpr std::array<size_t, 6> kAt{0, 5, 8, 11, 14, 17};
  constexpr std::string_view kForm = "....-..-.. ..:..:..";
  size_t known = 0;
  for (; known < parts.size(); ++known) {
    const size_t at = kAt[known], size = known == 0 ? 4 : 2;
    if (text.size() < at + size || (known > 0 && text[at - 1] != kForm[at - 1] && !(known == 3 && text[at - 1] == 'T')))
      break;
    const char* begin = text.data() + at;
    if (std::from_chars(begin, begin + size, parts[known]).ptr != begin + size) return 0;
  }
  const year_month_day day{year(parts[0]), month(static_cast<unsigned>(parts[1])),
                           std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (known < 3 || !day.ok()) return 0;
  const auto whole = sys_days(day).time_since_epoch() + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]);
  double ms = static_cast<double>(duration_cast<milliseconds>(whole).count());
  std::string_view rest = known == parts.size() ? text.substr(19) : std::string_view();
  if (rest.starts_with('.')) {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    ms += numberOf(rest.substr(0, end)).value_or(0) * 1e3;
    rest.remove_prefix(end);
  }
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    const double offset = numberOf(rest.substr(1, 2)).value_or(0) * 60 + numberOf(rest.substr(4, 2)).value_or(0);
    ms -= (rest[0] == '+' ? offset : -offset) * 6e4;
  }
  return std::llround(ms);
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
    for (std::string& warning : rows_.warnings()) warnings_.push_back(std::move(warning));
    if (curves_.empty()) throw Error(fmt::format("{} has no column of numbers beside its steps.", file_.string()));
    return std::move(curves_);
  }

 private:
  void readRow(std::span<const std::string_view> cells) {
    if (cells.size() != columns_.names.size()) return void(++badRows_);
    const std::string_view stepCell = cells[*columns_.step];
    const auto written = integerOf(stepCell), step = written ? written : wholeOf(rows_.number(stepCell));
    if (!step || *step < 0) return void(++badRows_);
    const int64_t timeMs = timeOf(cells);
    const std::string_view rowsRun = columns_.run ? cells[*columns_.run] : std::string_view();
    if (columns_.value) {
      const auto value = rows_.number(cells[*columns_.value]);
      if (!value) return void(++badRows_);
      return curves_.add(rowsRun, columns_.series ? std::string(cells[*columns_.series]) : partsOf(file_).series,
                         {*step, *value, timeMs});
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i == *columns_.step || i == columns_.time || i == columns_.run || isEnvelope(columns_.names[i])) continue;
      if (const auto value = rows_.number(cells[i])) {
        const auto [run, series] = runAndSeries(columns_.names[i]);
        curves_.add(rowsRun.empty() ? run : rowsRun, series, {*step, *value, timeMs});
      }
    }
  }

  static bool isEnvelope(std::string_view name) { return name.ends_with("__MIN") || name.ends_with("__MAX"); }

  static int64_t ownMs(double count) { return count > 0 && count < 1e15 ? std::llround(count) : 0; }

  int64_t timeOf(std::span<const std::string_view> cells) {
    if (!columns_.time) return now_;
    const std::string_view cell = cells[*columns_.time];
    const auto count = rows_.number(cell);
    const int64_t ms = !count ? dateMs(cell) : columns_.timeInMs ? ownMs(*count) : unixMs(*count);
    return ms > 0 ? ms : now_;
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
    const std::string_view cell = rows_.cells()[column];
    const auto written = integerOf(cell), value = written ? written : wholeOf(numberOf(cell));
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
  const RunSpec spec = fromToml(readFile(folder / "spec.toml", kLargestSpec), (folder / "spec.toml").string());
  // A run that was trained here names its data.
  NewRun run(store, spec, options, spec.data.name.empty() ? knownOfCurves() : KnownSettings());
  std::error_code ignored;
  ImportedCurves curves;
  if (fs::exists(folder / "series.csv", ignored)) {
    auto runs = TableReader(folder / "series.csv", result.warnings).read().take("");
    curves = std::move(runs[""]);
    run.addSeries(curves.series);
    result.warnings.insert(result.warnings.end(), curves.warnings.begin(), curves.warnings.end());
  }
  if (fs::exists(folder / "probes.csv", ignored)) run.append(readProbes(folder / "probes.csv"));
  if (fs::exists(folder / "low_data.csv", ignored)) run.append(readLowData(folder / "low_data.csv"));
  store.setStep(run.id(), curves.lastStep());
  const auto [startMs, endMs] = curves.times();
  result.runs.push_back(run.keep(fmt::format("Imported from {}.", folder.string()), startMs, endMs));
}

}  // namespace

void importCsv(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  std::error_code ignored;
  const fs::path folder = fs::is_directory(path, ignored) ? path : path.parent_path();
  const bool isOurs = folder == path || path.filename() == "series.csv";
  if (isOurs && fs::exists(folder / "spec.toml", ignored)) return importOwnTables(store, folder, options, result);
  std::vector<std::string> later;
  auto runs = TableReader(path, result.warnings).read().take(partsOf(path).run);
  for (auto& [run, curves] : runs) {
    ImportOptions own = options;
    if (!options.name.empty() && runs.size() > 1) own.name = fmt::format("{}/{}", options.name, run);
    std::vector<std::string> told = std::move(curves.warnings);
    curves.warnings = result.warnings;  // those of the table are of each of its runs
    curves.warnings.insert(curves.warnings.end(), told.begin(), told.end());
    result.runs.push_back(importCurves(store, run.empty() ? runNameOf(path) : run, path, curves, own));
    later.insert(later.end(), told.begin(), told.end());
  }
  result.warnings.insert(result.warnings.end(), later.begin(), later.end());
}

}  // namespace scanline
