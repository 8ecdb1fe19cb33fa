#include "experiments/cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/statistics.h"
#include "core/jobs/picture_grid.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/text_plot.h"

namespace scanline {
namespace {

std::string newestProbe(const RunStore& store, RunId run, const Terminal& terminal) {
  auto probes = store.probes(run, -1);
  std::erase_if(probes, [&](const ProbeResult& probe) { return probe.step != probes.back().step; });
  const std::string verdict = probeVerdict(probes);
  return drawAccuracies(probes, terminal) + verdict;
}

std::string drawSamples(const SampleSet& set, const Palette& palette, const Terminal& terminal) {
  const int64_t perColumn = terminal.colour ? 1 : 2;  // characters a pixel
  const PictureSize size = pictureSize(set);
  const int64_t fitting = std::max<int64_t>(1, (terminal.columns / perColumn + 1) / (size.width + 1));
  const int64_t rows = std::max<int64_t>(1, 48 / size.height);
  SampleSet fitted = set;
  const int64_t before = set.truePixels.empty() ? 2 : 3;  // pictures of a row that come before the drawn ones
  if (!set.originals.empty() && !areReconstructions(set) && before + set.perPrompt > fitting) {
    // Keep the first samples of each prompt, as many as there is room for.
    fitted.perPrompt = std::max<int64_t>(1, fitting - before);
    fitted.samples.clear();
    fitted.samplePixels.clear();
    for (size_t i = 0; i < set.samples.size(); ++i) {
      if (static_cast<int64_t>(i) % set.perPrompt >= fitted.perPrompt) continue;
      fitted.samples.push_back(set.samples[i]);
      if (!set.samplePixels.empty()) fitted.samplePixels.push_back(set.samplePixels[i]);
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
    const std::string_view what = areReconstructions(*set) ? "originals, and below them their reconstructions"
                                  : completions            ? "original, given half, completions"
                                                           : "drawn from nothing";
    text += fmt::format("{}, step {}\n{}\n", what, set->step, drawn);
  }
  return text;
}

std::string newestCodebook(const RunStore& store, RunId run) {
  const auto newest = [&](const char* name) {
    const auto points = store.points(run, name, -1);
    return points.empty() ? Point{} : points.back();
  };
  const auto uses = store.codebookUse(run, -1);
  if (uses.empty()) return {};
  return fmt::format("codebook, step {}: {:.0f} of {} codes used, perplexity {:.1f}; reconstruction {:.2f} dB\n",
                     uses.back().step, newest("vqvae/usedCodes").value, uses.back().counts.size(),
                     newest("vqvae/perplexity").value, newest("vqvae/psnr").value);
}

}  // namespace

std::string probeVerdict(std::span<const ProbeResult> layers) {
  const auto tested = std::ranges::find_if(layers, [](const auto& layer) { return layer.testAccuracy.has_value(); });
  if (tested == layers.end()) return {};
  return fmt::format("Layer {} is the best on the validation images; it gets {:.2f} % of the test images right.\n",
                     tested->layer, 100 * *tested->testAccuracy);
}

std::string lowDataTable(std::span<const LowDataResult> results) {
  if (results.empty()) return {};
  std::string text = "learning from few labels, accuracy over the subsets\n";
  for (const LowDataMean& each : meansOf(results))
    text += fmt::format("{:>8} labels a class  {:>13}  ({} subsets, layer {})\n", each.labelsPerClass,
                        shareSpreadText(each.mean, each.deviation), each.subsets, each.layer);
  return text;
}

std::string runPictures(const RunStore& store, RunId run, const Terminal& terminal) {
  std::string text;
  for (const std::string& part :
       {drawLosses(store.points(run, series::kTrainLoss, -1), store.points(run, series::kValidationLoss, -1), terminal,
                   lossUnit(specOf(store, run))),
        newestProbe(store, run, terminal), newestCodebook(store, run), lowDataTable(store.lowData(run)),
        newestSamples(store, run, terminal)}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

std::string runOutcome(const RunSummary& run, const RunSpec& spec) {
  std::string text =
      fmt::format("{} after {}", stateName(run.state), durationText(static_cast<double>(run.activeMs) / 1000));
  if (takesSteps(run) && run.steps > 0)
    text += fmt::format(": {} of {} {}", run.step, run.steps, run.kind == RunKind::Search ? "learning rates" : "steps");
  if (run.bestLoss)
    text += fmt::format(", best validation {:.4f}{} (step {})", *run.bestLoss,
                        run.kind == RunKind::Curves ? std::string() : fmt::format(" {}", lossUnit(spec)),
                        run.bestLossStep.value_or(0));
  if (run.bestAccuracy) {
    const std::string layer = run.bestLayer ? fmt::format("layer {}, ", *run.bestLayer) : "";
    text += fmt::format(", best {} {:.1f} % ({}step {})", run.bestLayer ? "probe" : "accuracy", 100 * *run.bestAccuracy,
                        layer, run.bestAccuracyStep.value_or(0));
  }
  text += '.';
  if (!run.detail.empty()) text += " " + run.detail;
  return text;
}

}  // namespace scanline
