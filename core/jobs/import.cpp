#include "core/jobs/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/model_weights.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/import_parts.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// A folder that a training program left: a model and event files, in it or below it. Both come, or the one of them
/// that can be read, with a warning for the other. Its own curves join the model's run.
void importModelAndCurves(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  std::error_code ignored;
  const auto folders = fs::is_directory(path, ignored) ? eventFolders(path, options.control) : std::vector<fs::path>();
  if (folders.empty()) return importModel(store, path, nullptr, options, result);
  const auto passOver = [&](const char* what, const Error& problem) {
    result.warnings.push_back(fmt::format("{} in {} {} left out: {}", what, path.string(),
                                          std::string_view(what).ends_with('s') ? "were" : "was", problem.what()));
  };
  std::optional<ImportedCurves> own;
  try {
    if (folders == std::vector{path}) own = readEventCurves(path, path, options.control);
  } catch (const Error& problem) {
    passOver("The curves", problem);
  }
  try {
    importModel(store, path, own ? &*own : nullptr, options, result);
    if (folders == std::vector{path}) return;
  } catch (const Error& problem) {
    passOver("The model", problem);
    result.kind = ImportKind::Events;
  }
  if (result.runs.empty()) return importEvents(store, path, options, result);
  try {
    importEvents(store, path, options, result);
  } catch (const Error& problem) {
    passOver("The curves", problem);
  }
}

void importAs(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  switch (result.kind) {
    case ImportKind::Spec:
      result.spec = fromToml(readFile(path, kLargestSpec), path.string());
      for (const auto& [key, value] : options.settings) setField(*result.spec, key, value);
      return;
    case ImportKind::Checkpoint:
      return importCheckpoint(store, path, options, result);
    case ImportKind::Model:
      return importModelAndCurves(store, path, options, result);
    case ImportKind::Events:
      return importEvents(store, path, options, result);
    case ImportKind::Csv:
      return importCsv(store, path, options, result);
    case ImportKind::Json:
      return importJson(store, path, options, result);
    case ImportKind::Unknown:
      if (std::error_code ignored; isWeightsName(path) && fs::is_regular_file(path, ignored))
        throw Error(fmt::format(
            "{} holds weights, and no config.json beside it says how many layers and heads its model has. Put the model's config.json into its folder.",
            path.string()));
      throw Error(fmt::format(
          "{} is nothing that Scanline can import. It takes Hugging Face folders, TensorFlow checkpoints, checkpoints of its own, event files of TensorBoard and their folders, curves as .csv, runs as .json, and specs as .toml.",
          path.string()));
  }
}

}  // namespace

std::string runNameOf(const fs::path& path) {
  fs::path clean = fs::absolute(path).lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();
  std::string name = clean.filename().string();
  std::error_code ignored;
  if (fs::is_directory(clean, ignored)) return name;
  static constexpr std::array<std::string_view, 10> kEndings{".index.json", ".safetensors", ".index", ".csv", ".json",
                                                             ".toml",       ".bin",         ".pt",    ".pth", ".ckpt"};
  for (const std::string_view ending : kEndings)
    if (name.size() > ending.size() && lowerCase(name).ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

NewRun::NewRun(RunStore& store, RunSpec spec, const ImportOptions& options, KnownSettings known)
    : store_(store), control_(options.control) {
  if (!options.name.empty()) spec.name = options.name;
  for (const auto& [key, value] : options.settings) {
    setField(spec, key, value);
    known.keys.push_back(key);
  }
  toml_ = toToml(spec);
  run_ = store_.beginImport(toml_, known);
}

NewRun::~NewRun() {
  if (kept_) return;
  try {
    store_.purge(run_);
  } catch (const Error&) {  // the store cannot be written; the first problem is being told already
  }
}

void NewRun::appendSlice(std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  constexpr double kTarget = 0.05;  // seconds that others wait at most for the store, about
  const auto start = std::chrono::steady_clock::now();
  store_.append(run_, events, timesMs);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double fitting = static_cast<double>(events.size()) * kTarget / std::max(seconds, 1e-6);
  slice_ = static_cast<size_t>(std::clamp(fitting, 1.0, 2.0 * static_cast<double>(slice_)));
}

void NewRun::append(std::vector<TrainEvent> events, std::vector<int64_t> timesMs) {
  for (size_t first = 0; first < events.size();) {
    const size_t count = std::min(slice_, events.size() - first);
    const auto times = std::span<const int64_t>(timesMs);
    appendSlice(std::span(events).subspan(first, count), times.empty() ? times : times.subspan(first, count));
    first += count;
  }
}

void NewRun::addSeries(const std::vector<ImportedSeries>& all) {
  int64_t done = 0, total = 0;
  for (const ImportedSeries& series : all) total += std::ssize(series.points);
  std::vector<TrainEvent> events;
  std::vector<int64_t> times;
  for (const ImportedSeries& series : all) {
    for (size_t first = 0; first < series.points.size();) {
      const size_t count = std::min(slice_, series.points.size() - first);
      for (const Point& point : std::span(series.points).subspan(first, count)) {
        events.emplace_back(Scalars{point.step, {{series.name, point.value}}});
        times.push_back(point.timeMs);
      }
      appendSlice(events, times);
      events.clear();
      times.clear();
      first += count;
      done += static_cast<int64_t>(count);
      control_.report(done, total);
    }
  }
}

RunId NewRun::keep(std::string_view note, int64_t startMs, int64_t endMs) {
  store_.setNote(run_, note);
  store_.setTags(run_, {"imported"});
  std::vector<int64_t> times;
  if (startMs > 0) times = {startMs, std::max(startMs, endMs)};
  append({StateChanged{RunState::Running, ""}, StateChanged{RunState::Finished, ""}}, times);
  kept_ = true;
  return run_;
}

KnownSettings knownOfCurves() {
  return {.all = false, .keys = {"name", "train.steps"}};
}

int64_t ImportedCurves::lastStep() const {
  int64_t last = 0;
  for (const ImportedSeries& each : series)
    if (!each.points.empty()) last = std::max(last, each.points.back().step);
  return last;
}

std::pair<int64_t, int64_t> ImportedCurves::times() const {
  int64_t startMs = std::numeric_limits<int64_t>::max(), endMs = 0;
  for (const ImportedSeries& each : series) {
    for (const Point& point : each.points) {
      startMs = std::min(startMs, point.timeMs);
      endMs = std::max(endMs, point.timeMs);
    }
  }
  return endMs == 0 ? std::pair<int64_t, int64_t>() : std::pair(startMs, endMs);
}

RunId importCurves(RunStore& store, const std::string& name, const fs::path& source, const ImportedCurves& curves,
                   const ImportOptions& options) {
  constexpr int64_t kMostSteps = 9'000'000'000'000'000;  // of train.steps
  const int64_t lastStep = curves.lastStep();
  RunSpec spec;
  spec.name = name;
  spec.data.name.clear();
  spec.train.steps = std::clamp<int64_t>(lastStep, 1, kMostSteps);
  NewRun run(store, spec, options, knownOfCurves());
  run.addSeries(curves.series);
  store.setStep(run.id(), lastStep);
  std::vector<TrainEvent> lines;
  for (const std::string& warning : curves.warnings) lines.emplace_back(LogLine{LogLine::Level::Warning, warning});
  run.append(std::move(lines));
  const auto [startMs, endMs] = curves.times();
  return run.keep(fmt::format("Imported from {}. Its settings are not known.", source.string()), startMs, endMs);
}

ImportKind recognise(const fs::path& path, const Control& control) {
  std::error_code ignored;  // a file that cannot be looked at is unknown
  const auto extension = lowerCase(path.extension().string());
  if (fs::is_directory(path, ignored)) {
    if (isForeignModel(path)) return ImportKind::Model;
    if (fs::exists(path / "series.csv", ignored) && fs::exists(path / "spec.toml", ignored)) return ImportKind::Csv;
    return eventFolders(path, control).empty() ? ImportKind::Unknown : ImportKind::Events;
  }
  if (isForeignModel(path)) return ImportKind::Model;  // the prefix of a TensorFlow checkpoint is no file itself
  if (!fs::is_regular_file(path, ignored)) return ImportKind::Unknown;
  if (extension == ".toml") return ImportKind::Spec;
  if (extension == ".safetensors" && isCheckpoint(path)) return ImportKind::Checkpoint;
  if (isEventLog(path)) return ImportKind::Events;
  if (extension == ".csv") return ImportKind::Csv;
  if (extension == ".json") return ImportKind::Json;
  return ImportKind::Unknown;
}

ImportResult importPath(RunStore& store, const fs::path& path, const ImportOptions& options) {
  ImportResult result{.kind = recognise(path, options.control), .runs = {}, .spec = {}, .warnings = {}};
  try {
    importAs(store, path, options, result);
  } catch (...) {
    for (const RunId run : result.runs) store.purge(run);
    throw;
  }
  return result;
}

}  // namespace scanline
