#include "experiments/run_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/picture_grid.h"
#include "experiments/run_json.h"
#include "experiments/text_plot.h"

namespace scanline {
namespace {

std::string newestProbe(const RunStore& store, RunId run, const Terminal& terminal) {
  const auto probes = store.probes(run, -1);
  std::vector<double> accuracies;
  for (const ProbeResult& probe : probes) {
    if (probe.step == probes.back().step) accuracies.push_back(probe.accuracy);
  }
  return drawAccuracies(accuracies, terminal);
}

std::string drawSamples(const SampleSet& set, const Palette& palette, const Terminal& terminal) {
  const int64_t perColumn = terminal.colour ? 1 : 2;  // characters a pixel
  const int64_t fitting = std::max<int64_t>(1, (terminal.columns / perColumn + 1) / (set.width + 1));
  const int64_t rows = std::max<int64_t>(1, 48 / set.height);
  SampleSet fitted = set;
  if (!set.originals.empty() && 2 + set.perPrompt > fitting) {
    // Keep the first samples of each prompt, as many as there is room for.
    fitted.perPrompt = std::max<int64_t>(1, fitting - 2);
    fitted.samples.clear();
    for (int64_t i = 0; i < std::ssize(set.samples); ++i) {
      if (i % set.perPrompt < fitted.perPrompt) fitted.samples.push_back(set.samples[static_cast<size_t>(i)]);
    }
  }
  return drawPicture(pictureGrid(fitted, palette, {.columns = fitting, .rows = rows}), terminal);
}

std::string newestSamples(const RunStore& store, RunId run, const Terminal& terminal) {
  const auto colours = store.details(run).prepared.palette;
  if (colours.empty()) return {};
  const Palette palette(colours);
  std::string text;
  for (const bool completions : {true, false}) {
    const auto sets = store.sampleSets(run);
    const auto newest =
        std::find_if(sets.rbegin(), sets.rend(), [&](const SampleSetInfo& s) { return (s.given > 0) == completions; });
    if (newest == sets.rend()) continue;
    const auto set = store.samples(run, newest->step, completions);
    if (!set || set->samples.empty()) continue;
    const std::string drawn = drawSamples(*set, palette, terminal);
    if (drawn.empty()) continue;
    text += fmt::format("{}, step {}\n{}\n", completions ? "original, given half, completions" : "drawn from nothing",
                        set->step, drawn);
  }
  return text;
}

}  // namespace

std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal) {
  std::string text;
  for (const std::string& part :
       {drawLosses(store.points(run, series::kTrainLoss, -1), store.points(run, series::kValidationLoss, -1), terminal),
        newestProbe(store, run, terminal), newestSamples(store, run, terminal)}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

std::string runOutcome(const RunSummary& run) {
  std::string text = fmt::format("{} after {}: {} of {} {}", stateName(run.state),
                                 durationText(static_cast<double>(run.activeMs) / 1000), run.step, run.steps,
                                 run.kind == "search" ? "learning rates" : "steps");
  if (run.bestLoss)
    text +=
        fmt::format(", best validation {:.4f} nats per pixel (step {})", *run.bestLoss, run.bestLossStep.value_or(0));
  if (run.bestAccuracy) {
    text += fmt::format(", best probe {:.1f} % (layer {}, step {})", 100 * *run.bestAccuracy, run.bestLayer.value_or(0),
                        run.bestAccuracyStep.value_or(0));
  }
  text += '.';
  if (!run.detail.empty()) text += " " + run.detail;
  return text;
}

}  // namespace scanline
