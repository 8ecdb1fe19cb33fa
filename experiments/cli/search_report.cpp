#include "experiments/cli/search_report.h"

#include <fmt/format.h>

#include <cmath>

#include "core/jobs/search_rule.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

struct Trial {
  double rate = 0, loss = 0;
  std::string run;  ///< uuid; empty if it is in the trash
  bool best = false;
};

std::vector<Trial> trialsOf(const RunStore& store, RunId search, const RunSpec& spec) {
  const auto rates = store.points(search, series::kSearchRate, 0),
             losses = store.points(search, series::kSearchLoss, 0);
  const auto winner = searchWinner(store, search);
  std::vector<Trial> trials;
  for (size_t i = 0; i < std::min(rates.size(), losses.size()); ++i) {
    const auto run = findTrial(store, search, trialSpec(spec, rates[i].value));
    trials.push_back(
        {rates[i].value, losses[i].value, run ? store.run(*run).uuid : "", winner && run == winner->trial});
  }
  return trials;
}

}  // namespace

std::string searchTable(const RunStore& store, RunId search) {
  const RunSpec spec = specOf(store, search);
  const auto trials = trialsOf(store, search, spec);
  if (trials.empty()) return {};
  std::string text = fmt::format("  {:<10} {:<10} {}\n", "rate", "run", lossName(spec));
  for (const Trial& trial : trials)
    text +=
        fmt::format("{} {:<10} {:<10} {}\n", trial.best ? '*' : ' ', fmt::format("{:g}", trial.rate),
                    trial.run.substr(0, 8), std::isfinite(trial.loss) ? fmt::format("{:.4f}", trial.loss) : "diverged");
  return text;
}

nlohmann::ordered_json searchJson(const RunStore& store, RunId search) {
  auto trials = nlohmann::ordered_json::array();
  for (const Trial& trial : trialsOf(store, search, specOf(store, search))) {
    nlohmann::ordered_json json{{"rate", trial.rate}, {"loss", nullptr}, {"run", trial.run}, {"best", trial.best}};
    if (std::isfinite(trial.loss)) json["loss"] = trial.loss;
    trials.push_back(std::move(json));
  }
  return trials;
}

}  // namespace scanline
