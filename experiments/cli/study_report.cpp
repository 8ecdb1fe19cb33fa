#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/jobs/figure.h"
#include "core/run/low_data_mean.h"
#include "experiments/cli/study.h"

namespace scanline {
namespace {

/// Probe results of one step, by layer.
using ProbedStep = std::vector<ProbeResult>;

std::map<int64_t, ProbedStep> probedSteps(const RunStore& store, RunId run) {
  std::map<int64_t, ProbedStep> steps;
  for (ProbeResult& probe : store.probes(run, -1)) steps[probe.step].push_back(std::move(probe));
  return steps;
}

const ProbeResult& best(const ProbedStep& probes) {
  return *std::ranges::max_element(probes, {}, &ProbeResult::accuracy);
}

/// The validation loss measured nearest to a step; probes and evaluations may have different beats.
double lossAt(const std::vector<Point>& losses, int64_t step) {
  if (losses.empty()) throw Error("A run of this study has no validation loss; set train.evaluateEvery.");
  return std::ranges::min_element(losses, {}, [&](const Point& p) { return std::abs(p.step - step); })->value;
}

std::string shortName(const Study& study, const RunSummary& run) {
  const std::string prefix = study.name + ": ";
  return run.name.starts_with(prefix) ? run.name.substr(prefix.size()) : run.name;
}

std::string csvText(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

StudyReport overLayers(const Study& study, const RunStore& store, const std::vector<RunId>& runs) {
  StudyReport result{
      "| run | steps | validation, nats | first layer | best layer | last layer |\n"
      "|---|---|---|---|---|---|\n",
      "", "run,layer,accuracy\n"};
  std::vector<FigureLine> lines;
  for (const RunId run : runs) {
    const RunSummary summary = store.run(run);
    const auto steps = probedSteps(store, run);
    if (steps.empty()) throw Error(fmt::format("\"{}\" has no probes to draw.", summary.name));
    const ProbedStep& probes = steps.rbegin()->second;
    FigureLine line{shortName(study, summary), {}};
    for (const ProbeResult& probe : probes) {
      line.points.emplace_back(static_cast<double>(probe.layer), 100 * probe.accuracy);
      result.csv += fmt::format("{},{},{}\n", csvText(line.name), probe.layer, probe.accuracy);
    }
    const ProbeResult& top = best(probes);
    const auto losses = store.points(run, series::kValidationLoss, -1);
    result.table +=
        fmt::format("| {} | {} | {} | {:.1f} % | {:.1f} % (layer {}) | {:.1f} % |\n", line.name, summary.step,
                    losses.empty() ? "-" : fmt::format("{:.4f}", losses.back().value), 100 * probes.front().accuracy,
                    100 * top.accuracy, top.layer, 100 * probes.back().accuracy);
    lines.push_back(std::move(line));
  }
  result.figure = lineFigure("layer", "linear probe accuracy, %", lines);
  return result;
}

StudyReport overLoss(const Study& study, const RunStore& store, const std::vector<RunId>& runs) {
  StudyReport result{"| run | step | validation, nats | best probe | layer |\n|---|---|---|---|---|\n", "",
                     "run,step,validation,accuracy\n"};
  std::vector<FigureLine> lines;
  for (const RunId run : runs) {
    FigureLine line{shortName(study, store.run(run)), {}};
    const auto losses = store.points(run, series::kValidationLoss, -1);
    for (const auto& [step, probes] : probedSteps(store, run)) {
      if (step == 0) continue;  // the untrained model's loss would push all others into a corner
      const ProbeResult& top = best(probes);
      const double loss = lossAt(losses, step);
      line.points.emplace_back(loss, 100 * top.accuracy);
      result.table +=
          fmt::format("| {} | {} | {:.4f} | {:.1f} % | {} |\n", line.name, step, loss, 100 * top.accuracy, top.layer);
      result.csv += fmt::format("{},{},{},{}\n", csvText(line.name), step, loss, top.accuracy);
    }
    std::ranges::sort(line.points);
    lines.push_back(std::move(line));
  }
  result.figure = lineFigure("validation loss, nats per pixel", "best linear probe, %", lines);
  return result;
}

/// The last measurement on test images, if there is one.
std::optional<double> testAccuracy(const RunStore& store, RunId run) {
  const auto points = store.points(run, series::kTestAccuracy, -1);
  return points.empty() ? std::nullopt : std::optional(points.back().value);
}

StudyReport asBars(const Study& study, const RunStore& store, const std::vector<RunId>& runs) {
  StudyReport result{"| run | steps | validation, nats | best on validation | test |\n|---|---|---|---|---|\n", "",
                     "run,accuracy,deviation\n"};
  std::vector<FigureBar> bars;
  for (const RunId run : runs) {
    const RunSummary summary = store.run(run);
    if (!summary.bestAccuracy) throw Error(fmt::format("\"{}\" has no accuracy to draw.", summary.name));
    const std::optional<double> test = testAccuracy(store, run);
    const FigureBar bar{shortName(study, summary), 100 * test.value_or(*summary.bestAccuracy), 0};
    result.table +=
        fmt::format("| {} | {} | {} | {:.1f} %{} | {} |\n", bar.name, summary.step,
                    summary.bestLoss ? fmt::format("{:.4f}", *summary.bestLoss) : "-", 100 * *summary.bestAccuracy,
                    summary.bestLayer ? fmt::format(" (layer {})", *summary.bestLayer) : "",
                    test ? fmt::format("{:.1f} %", 100 * *test) : "-");
    result.csv += fmt::format("{},{},{}\n", csvText(bar.name), bar.value / 100, bar.deviation / 100);
    bars.push_back(bar);
  }
  result.figure = barFigure("accuracy, %", bars);
  return result;
}

StudyReport overLabels(const Study& study, const RunStore& store, const std::vector<RunId>& runs) {
  StudyReport result{"| run | labels a class | layer | accuracy | deviation | subsets |\n|---|---|---|---|---|---|\n",
                     "", "run,labels,accuracy,deviation\n"};
  std::vector<FigureBar> bars;
  for (const RunId run : runs) {
    const std::string name = shortName(study, store.run(run));
    const auto means = meansOf(store.lowData(run));
    if (means.empty()) throw Error(fmt::format("\"{}\" has no low-data results to draw.", name));
    for (const LowDataMean& of : means) {
      const std::string each = runs.size() > 1 ? fmt::format("{}, {} a class", name, of.labelsPerClass)
                                               : fmt::format("{} a class", of.labelsPerClass);
      bars.push_back({each, 100 * of.mean, 100 * of.deviation});
      result.table += fmt::format("| {} | {} | {} | {:.1f} % | {:.1f} | {} |\n", name, of.labelsPerClass, of.layer,
                                  100 * of.mean, 100 * of.deviation, of.subsets);
      result.csv += fmt::format("{},{},{},{}\n", csvText(name), of.labelsPerClass, of.mean, of.deviation);
    }
  }
  result.figure = barFigure("test accuracy, %", bars);
  return result;
}

}  // namespace

StudyReport report(const Study& study, const RunStore& store, const std::vector<RunId>& runs) {
  switch (study.figure) {
    case StudyFigure::Layers:
      return overLayers(study, store, runs);
    case StudyFigure::LossAccuracy:
      return overLoss(study, store, runs);
    case StudyFigure::Bars:
      return asBars(study, store, runs);
    case StudyFigure::LowData:
      return overLabels(study, store, runs);
  }
  throw Error("A study's figure is none that is known.");
}

}  // namespace scanline
