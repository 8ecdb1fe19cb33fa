#include "core/store/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/base/error.h"
#include "core/store/find_checkpoint.h"

namespace scanline {

namespace {

bool isAtRest(const RunSummary& run) {
  return !isHeld(run.state) && run.state != RunState::Queued;
}

/// The steps that stay, of checkpoints in ascending steps.
std::set<int64_t> keptSteps(std::span<const CheckpointRow> rows, std::span<const double> merits,
                            const RetentionRule& rule) {
  std::set<int64_t> kept;
  if (!rows.empty()) kept.insert(rows.back().step);
  std::vector<size_t> order;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!std::isnan(merits[i])) order.push_back(i);
    if (rule.every > 0 && rows[i].step % rule.every == 0) kept.insert(rows[i].step);
  }
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return merits[a] > merits[b]; });
  for (size_t i = 0; i < order.size() && static_cast<int64_t>(i) < rule.best; ++i) kept.insert(rows[order[i]].step);
  return kept;
}

}  // namespace

std::vector<PrunedRun> planRetention(const RunStore& store, std::span<const RunId> runs, const RetentionRule& rule) {
  if (rule.best < 0 || rule.every < 0)
    throw Error(fmt::format("{} best checkpoints and every {}th step are to be kept; neither can be below 0.",
                            rule.best, rule.every));
  std::vector<PrunedRun> plan;
  for (const RunId run : runs) {
    const auto rows = store.checkpoints(run);
    if (rows.size() < 2) continue;  // the newest stays
    const RunSummary summary = store.run(run);
    if (!isAtRest(summary)) continue;
    PrunedRun pruned{.run = run, .name = summary.name};
    const auto kept = keptSteps(rows, checkpointMerits(store, run, rows), rule);
    for (const CheckpointRow& row : rows) {
      if (kept.contains(row.step)) {
        ++pruned.kept;
        continue;
      }
      pruned.removed.push_back(row);
      pruned.bytes += row.bytes;
    }
    if (!pruned.removed.empty()) plan.push_back(std::move(pruned));
  }
  return plan;
}

PruneTotals totalsOf(std::span<const PrunedRun> plan) {
  PruneTotals totals;
  for (const PrunedRun& run : plan) {
    totals.checkpoints += std::ssize(run.removed);
    totals.bytes += run.bytes;
  }
  return totals;
}

std::vector<std::string> applyRetention(RunStore& store, std::span<const PrunedRun> plan) {
  std::vector<std::string> problems;
  for (const PrunedRun& pruned : plan) {
    if (!isAtRest(store.run(pruned.run))) {
      problems.push_back(fmt::format("{} has been started meanwhile and keeps its checkpoints.", pruned.name));
      continue;
    }
    const auto now = store.checkpoints(pruned.run);
    std::vector<TrainEvent> events;
    std::vector<std::filesystem::path> files;
    for (const CheckpointRow& row : pruned.removed) {
      const auto same = std::ranges::find_if(now, [&](const CheckpointRow& other) {
        return other.step == row.step && other.file == row.file && other.bytes == row.bytes;
      });
      if (same == now.end()) continue;
      events.emplace_back(CheckpointRemoved{row.step});
      files.push_back(store.folder(pruned.run) / row.file);
    }
    if (events.empty()) continue;
    events.emplace_back(LogLine{
        LogLine::Level::Info,
        fmt::format("{} of its checkpoints removed by a rule for all runs: {} kept.", files.size(), pruned.kept)});
    // Rows before files: a row without a file would offer a missing checkpoint.
    store.append(pruned.run, events);
    for (const auto& file : files) {
      std::error_code error;
      std::filesystem::remove(file, error);
      if (error) problems.push_back(fmt::format("{} cannot be removed: {}.", file.string(), error.message()));
    }
  }
  return problems;
}

}  // namespace scanline
