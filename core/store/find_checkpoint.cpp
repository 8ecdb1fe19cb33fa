#include "core/store/find_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/run/run_folder.h"
#include "core/store/run_store.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

bool hasCheckpoint(const RunStore& store, RunId run) {
  const fs::path folder = store.folder(run);
  std::error_code error;
  return std::ranges::any_of(store.checkpoints(run),
                             [&](const CheckpointRow& row) { return fs::exists(folder / row.file, error); });
}

}  // namespace

std::optional<RunId> findTrainedRun(const RunStore& store, std::string_view uuidOrName, const TakenNews& taken) {
  auto runs = store.findAll(uuidOrName);
  if (runs.empty()) return std::nullopt;
  const bool anyOutside = !store.run(runs.front()).trashed;  // they come first
  if (anyOutside) std::erase_if(runs, [&](RunId run) { return store.run(run).trashed; });
  const auto found = std::ranges::find_if(runs, [&](RunId run) { return hasCheckpoint(store, run); });
  if (found == runs.end() || found == runs.begin()) return runs.front();
  const auto shortId = [&](RunId run) { return store.run(run).uuid.substr(0, 8); };
  if (taken)
    taken(fmt::format("The newest run called \"{}\" ({}) has no checkpoint, so {} is taken, the newest one that has.",
                      uuidOrName, shortId(runs.front()), shortId(*found)));
  return *found;
}

FoundCheckpoint findStoredCheckpoint(const RunStore& store, const std::string& text, const TakenNews& taken) {
  // A name may hold an @ itself.
  const auto at = store.findAll(text).empty() ? text.rfind('@') : std::string::npos;
  const auto run = findTrainedRun(store, text.substr(0, at), taken);
  if (!run)
    throw Error(fmt::format("{} is neither a checkpoint file nor a run in {}.", text, store.workspace().string()));
  const auto best = bestCheckpoint(store, *run);
  if (!best) throw Error(fmt::format("The run \"{}\" has no checkpoint yet.", store.run(*run).name));
  if (at == std::string::npos) return {*run, *best};
  const std::string wanted = text.substr(at + 1);
  std::string steps;
  for (const CheckpointRow& row : store.checkpoints(*run)) {
    if (std::to_string(row.step) == wanted) return {*run, row};
    steps += fmt::format("{}{}", steps.empty() ? "" : ", ", row.step);
  }
  throw Error(fmt::format("The run \"{}\" has no checkpoint of step {}; it has those of: {}.", store.run(*run).name,
                          wanted, steps));
}

fs::path findCheckpoint(const fs::path& workspace, const std::string& text, const TakenNews& taken) {
  std::error_code error;
  const bool isThere = fs::exists(text, error) || isForeignModel(text);  // a TensorFlow checkpoint's prefix is no file
  const bool mayBeRun = text.find('/') == std::string::npos && fs::is_directory(text, error);
  if (isThere && !mayBeRun) return text;
  if (!fs::exists(workspace / "scanline.db", error)) {
    if (isThere) return text;
    throw Error(fmt::format("There is no checkpoint file {}, and no workspace {} with a run of this name.", text,
                            workspace.string()));
  }
  const RunStore store(workspace, StoreMode::ReadOnly);
  if (isThere) {
    const auto run = findTrainedRun(store, text);
    if (!run || store.run(*run).name != text || store.run(*run).trashed || !hasCheckpoint(store, *run)) return text;
    if (taken)
      taken(fmt::format("{} is a run and a folder; the run is taken. For the folder, write ./{}.", text, text));
  }
  const auto [run, row] = findStoredCheckpoint(store, text, taken);
  return store.folder(run) / row.file;
}

std::vector<double> checkpointMerits(const RunStore& store, RunId run, std::span<const CheckpointRow> rows) {
  const auto accuracies = store.points(run, series::kValidationAccuracy, -1);
  std::vector<double> merits;
  for (const CheckpointRow& row : rows) {
    const auto measured = std::ranges::find(accuracies, row.step, &Point::step);
    merits.push_back(
        meritOf(row.validationLoss, measured == accuracies.end() ? std::nullopt : std::optional(measured->value)));
  }
  return merits;
}

std::optional<CheckpointRow> bestCheckpoint(const RunStore& store, RunId run) {
  const auto rows = store.checkpoints(run);
  if (rows.empty()) return std::nullopt;
  const auto best = bestOf(checkpointMerits(store, run, rows));
  return best ? rows[*best] : rows.back();
}

CheckpointRow chooseCheckpoint(const RunStore& store, RunId run, int64_t step) {
  std::optional<CheckpointRow> chosen;
  if (step < 0) chosen = bestCheckpoint(store, run);
  for (const CheckpointRow& row : store.checkpoints(run))
    if (row.step == step) chosen = row;
  if (chosen) return *chosen;
  throw Error(fmt::format(
      "\"{}\" has no checkpoint{}. One is written at the set steps, when the run is stopped and at its end.",
      store.run(run).name, step < 0 ? " yet" : fmt::format(" of step {}", step)));
}

}  // namespace scanline
