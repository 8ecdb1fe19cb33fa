#include "core/jobs/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/tfevents.h"
#include "core/jobs/import_parts.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kLargestSpec = 1 << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
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
      return importModel(store, path, options, result);
    case ImportKind::Events:
      return importEvents(store, path, options, result);
    case ImportKind::Csv:
      return importCsv(store, path, options, result);
    case ImportKind::Json:
      return importJson(store, path, options, result);
    case ImportKind::Unknown:
      throw Error(fmt::format(
          "{} is nothing that Scanline can import. It takes Hugging Face folders, TensorFlow checkpoints, checkpoints of its own, event files of TensorBoard and their folders, curves as .csv, runs as .json, and specs as .toml.",
          path.string()));
  }
}

}  // namespace

std::string canonicalSeries(std::string_view tag) {
  struct Names {
    std::string_view ours;
    std::array<std::string_view, 8> theirs;
  };
  static constexpr std::array<Names, 5> kKnown{{
      {series::kTrainLoss, {"train/loss", "loss/train", "train_loss", "training/loss", "training_loss", "loss"}},
      {series::kValidationLoss,
       {"val/loss", "loss/val", "val_loss", "valid/loss", "valid_loss", "validation_loss", "eval/loss", "eval_loss"}},
      {series::kLearningRate,
       {"optim/lr", "lr", "learning_rate", "train/learning_rate", "train/lr", "optimizer/lr", "train/learningrate"}},
      {series::kGradientNorm,
       {"grad_norm", "train/grad_norm", "optim/grad_norm", "gradient_norm", "train/gradient_norm"}},
      {series::kValidationAccuracy,
       {"val/accuracy", "val/acc", "val_acc", "val_accuracy", "eval/accuracy", "eval_accuracy"}},
  }};
  const std::string wanted = lower(tag);
  for (const Names& names : kKnown)
    if (std::ranges::find(names.theirs, wanted) != names.theirs.end()) return std::string(names.ours);
  return std::string(tag);
}

NewRun::NewRun(RunStore& store, RunSpec spec, const ImportOptions& options) : store_(store) {
  if (!options.name.empty()) spec.name = options.name;
  for (const auto& [key, value] : options.settings) setField(spec, key, value);
  toml_ = toToml(spec);
  run_ = store_.create(toml_);
}

NewRun::~NewRun() {
  if (kept_) return;
  try {
    store_.purge(run_);
  } catch (const Error&) {  // the store cannot be written; what went wrong before is being told already
  }
}

void NewRun::append(std::vector<TrainEvent> events, std::vector<int64_t> timesMs) {
  store_.append(run_, events, timesMs);
}

void NewRun::addSeries(const std::vector<ImportedSeries>& all) {
  std::vector<TrainEvent> events;
  std::vector<int64_t> times;
  for (const ImportedSeries& series : all) {
    for (const Point& point : series.points) {
      events.emplace_back(Scalars{point.step, {{series.name, point.value}}});
      times.push_back(point.timeMs);
    }
  }
  append(std::move(events), std::move(times));
}

RunId NewRun::keep(std::string_view note, int64_t startMs, int64_t endMs) {
  std::vector<int64_t> times;
  if (startMs > 0) times = {startMs, std::max(startMs, endMs)};
  append({StateChanged{RunState::Running, ""}, StateChanged{RunState::Finished, ""}}, times);
  store_.setNote(run_, note);
  store_.setTags(run_, {"imported"});
  kept_ = true;
  return run_;
}

RunId importCurves(RunStore& store, const std::string& name, const fs::path& source, std::vector<ImportedSeries> all,
                   const std::vector<std::string>& warnings, const ImportOptions& options) {
  int64_t lastStep = 0, startMs = std::numeric_limits<int64_t>::max(), endMs = 0;
  for (const ImportedSeries& series : all) {
    if (!series.points.empty()) lastStep = std::max(lastStep, series.points.back().step);
    for (const Point& point : series.points) {
      startMs = std::min(startMs, point.timeMs);
      endMs = std::max(endMs, point.timeMs);
    }
  }
  constexpr int64_t kMostSteps = 9'000'000'000'000'000;  // of train.steps
  RunSpec spec;
  spec.name = name;
  spec.data.name.clear();
  spec.train.steps = std::clamp<int64_t>(lastStep, 1, kMostSteps);
  NewRun run(store, spec, options);
  run.addSeries(all);
  store.setStep(run.id(), lastStep);
  std::vector<TrainEvent> lines;
  for (const std::string& warning : warnings) lines.emplace_back(LogLine{LogLine::Level::Warning, warning});
  run.append(std::move(lines));
  return run.keep(fmt::format("Imported from {}. Its settings are not known.", source.string()), startMs, endMs);
}

ImportKind recognise(const fs::path& path, const Control& control) {
  std::error_code ignored;  // what cannot be looked at is unknown
  const auto extension = lower(path.extension().string());
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
