#include "core/store/find_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/store/run_store.h"

namespace scanline {

namespace fs = std::filesystem;

fs::path findCheckpoint(const fs::path& workspace, const std::string& text) {
  std::error_code error;
  if (fs::exists(text, error) || isForeignModel(text)) return text;  // the prefix of a TensorFlow checkpoint is no file
  if (!fs::exists(workspace / "scanline.db", error)) {
    throw Error(fmt::format("There is no checkpoint file {}, and no workspace {} with a run of this name.", text,
                            workspace.string()));
  }
  const RunStore store(workspace, StoreMode::ReadOnly);
  const auto at = text.rfind('@');
  const auto run = at == std::string::npos ? store.find(text) : store.find(text.substr(0, at));
  if (!run) {
    throw Error(fmt::format("{} is neither a checkpoint file nor a run in {}.", text, workspace.string()));
  }
  const auto rows = store.checkpoints(*run);
  if (rows.empty()) throw Error(fmt::format("The run \"{}\" has no checkpoint yet.", store.run(*run).name));
  if (at == std::string::npos) return store.folder(*run) / rows.back().file;
  const std::string wanted = text.substr(at + 1);
  std::string steps;
  for (const CheckpointRow& row : rows) {
    if (std::to_string(row.step) == wanted) return store.folder(*run) / row.file;
    steps += fmt::format("{}{}", steps.empty() ? "" : ", ", row.step);
  }
  throw Error(fmt::format("The run \"{}\" has no checkpoint of step {}; it has those of: {}.", store.run(*run).name,
                          wanted, steps));
}

std::optional<CheckpointRow> bestCheckpoint(const RunStore& store, RunId run) {
  const auto rows = store.checkpoints(run);
  if (rows.empty()) return std::nullopt;
  const auto accuracies = store.points(run, series::kValidationAccuracy, -1);
  const auto merit = [&](const CheckpointRow& row) {
    const auto measured = std::ranges::find(accuracies, row.step, &Point::step);
    return measured == accuracies.end() ? -row.validationLoss : measured->value;
  };
  const CheckpointRow* best = nullptr;
  for (const CheckpointRow& row : rows)
    if (!std::isnan(merit(row)) && (!best || merit(row) > merit(*best))) best = &row;
  return best ? *best : rows.back();
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
