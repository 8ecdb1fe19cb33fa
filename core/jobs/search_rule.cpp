#include "core/jobs/search_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/spec/fields.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool classifies(const RunSpec& spec) {
  return spec.kind == RunKind::Finetune && spec.finetune.loss != FinetuneLoss::Generative;
}

std::optional<double> measuredLoss(const RunStore& store, RunId trial, const RunSpec& search) {
  if (search.kind == RunKind::Probe) {
    const auto probes = store.probes(trial, -1);
    if (probes.empty()) return std::nullopt;
    double lowest = kInfinity;
    for (const ProbeResult& probe : probes)
      if (probe.loss < lowest) lowest = probe.loss;
    return lowest;
  }
  const auto summaries = store.summaries(trial);
  const auto series = std::ranges::find(
      summaries, classifies(search) ? series::kValidationAccuracy : series::kValidationLoss, &SeriesSummary::name);
  if (series == summaries.end()) return std::nullopt;
  return classifies(search) ? 1 - series->max : series->last;
}

}  // namespace

RunSpec trialSpec(const RunSpec& search, double rate) {
  RunSpec trial = search;
  trial.search.rates.clear();
  searchedRate(trial) = rate;
  trial.name = fmt::format("{}, rate {:g}", search.name, rate);
  return trial;
}

std::string_view lossName(const RunSpec& search) {
  if (search.kind == RunKind::Probe) return "validation loss of the best layer";
  return classifies(search) ? "validation error" : "final validation loss";
}

double trialLoss(const RunStore& store, RunId trial, const RunSpec& search) {
  const auto loss = measuredLoss(store, trial, search);
  if (!loss)
    throw Error(fmt::format("The trial \"{}\" ended without a {} to compare. Check that the data set has {}.",
                            store.run(trial).name, lossName(search),
                            search.kind == RunKind::Probe || classifies(search) ? "labels" : "validation images"));
  return std::isfinite(*loss) ? *loss : kInfinity;
}

bool hasRisen(std::span<const double> losses) {
  return losses.size() >= 2 && losses.back() > losses[losses.size() - 2];
}

std::optional<size_t> bestTrial(std::span<const double> losses) {
  const auto lowest = std::ranges::min_element(losses);
  if (lowest == losses.end() || !std::isfinite(*lowest)) return std::nullopt;
  return static_cast<size_t>(lowest - losses.begin());
}

std::optional<SearchWinner> searchWinner(const RunStore& store, RunId search) {
  const auto rates = store.points(search, series::kSearchRate, 0),
             points = store.points(search, series::kSearchLoss, 0);
  std::vector<double> losses;
  for (const Point& point : points) losses.push_back(point.value);
  const auto best = bestTrial(losses);
  if (!best || *best >= rates.size()) return std::nullopt;
  const RunSpec spec = specOf(store, search);
  const auto trial = findTrial(store, search, trialSpec(spec, rates[*best].value));
  if (!trial) return std::nullopt;
  return SearchWinner{*trial, rates[*best].value, losses[*best]};
}

RunSpec winnersSpec(const RunStore& store, RunId search, const SearchWinner& winner) {
  const RunSpec searched = specOf(store, search);
  RunSpec spec = trialSpec(searched, winner.rate);
  spec.name = fmt::format("{}, best rate {:g}", searched.name, winner.rate);
  if (isFieldUsed(spec, spec.data.foldValidation) && store.details(winner.trial).prepared.testImages > 0)
    spec.data.foldValidation = true;
  return spec;
}

RunId startWinner(RunStore& store, const RunSpec& spec, const SearchWinner& winner) {
  const bool hasModel = std::filesystem::exists(store.folder(winner.trial) / kModelFile);
  return needsModel(spec) && hasModel ? store.fork(winner.trial, -1, toToml(spec))
                                      : store.create(toToml(spec), winner.trial);
}

std::optional<RunId> findTrial(const RunStore& store, RunId search, const RunSpec& trial) {
  auto children = store.children(search);
  std::ranges::reverse(children);
  for (const RunId child : children) {
    const RunSpec spec = specOf(store, child);
    if (differences(spec, trial).empty()) return child;
  }
  return std::nullopt;
}

}  // namespace scanline
