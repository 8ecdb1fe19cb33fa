#include "core/jobs/film.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/animation.h"
#include "core/data/image_file.h"
#include "core/jobs/canvas.h"
#include "core/jobs/picture_grid.h"

namespace scanline {

namespace {

constexpr int64_t kMargin = 4;

bool wantsCompletions(const std::vector<SampleSetInfo>& sets, const FilmOptions& options) {
  return options.completions.value_or(
      std::ranges::any_of(sets, [](const SampleSetInfo& set) { return set.given > 0; }));
}

std::vector<int64_t> allSteps(const RunStore& store, RunId run, const FilmOptions& options) {
  const auto sets = store.sampleSets(run);
  const bool completions = wantsCompletions(sets, options);
  std::vector<int64_t> steps;
  for (const SampleSetInfo& set : sets)
    if ((set.given > 0) == completions) steps.push_back(set.step);
  std::ranges::sort(steps);
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.empty())
    throw Error(fmt::format("\"{}\" has no {} yet. Pictures are drawn every sample.every steps of a training.",
                            store.run(run).name, completions ? "completions" : "whole images"));
  return steps;
}

/// The sheets of a run, one a step, with their captions.
class Sheets {
 public:
  Sheets(const RunStore& store, RunId run, const FilmOptions& options)
      : store_(store), run_(run), options_(options), completions_(wantsCompletions(store.sampleSets(run), options)) {
    const auto colours = store.details(run).prepared.palette;
    if (!colours.empty()) palette_.emplace(colours);
  }

  Image at(int64_t step) const {
    const auto set = store_.samples(run_, step, completions_);
    if (!set || set->samples.empty() || (set->samplePixels.empty() && !palette_))
      throw Error(
          fmt::format("The pictures of step {} cannot be shown: the run has no palette, or none is stored.", step));
    constexpr int64_t kPictureSize = 96;  // screen pixels, about
    const int64_t scale =
        options_.scale > 0 ? options_.scale
                           : std::clamp<int64_t>(kPictureSize / std::max<int64_t>(1, pictureSize(*set).width), 1, 16);
    return withCaption(pictureGrid(*set, palette_, {.scale = scale, .gap = 2, .columns = 8, .rows = options_.rows}),
                       fmt::format("step {}", step));
  }

 private:
  const RunStore& store_;
  RunId run_;
  const FilmOptions& options_;
  bool completions_;
  std::optional<Palette> palette_;
};

}  // namespace

std::vector<int64_t> filmSteps(const RunStore& store, RunId run, const FilmOptions& options) {
  const auto all = allSteps(store, run, options);
  const auto most = static_cast<size_t>(std::max<int64_t>(1, options.mostSteps));
  if (all.size() <= most) return all;
  std::vector<int64_t> steps;
  for (size_t i = 0; i < most; ++i)
    steps.push_back(all[most == 1 ? all.size() - 1 : i * (all.size() - 1) / (most - 1)]);
  return steps;
}

FilmResult writeFilm(const RunStore& store, RunId run, const std::filesystem::path& file, const FilmOptions& options) {
  const std::string ending = file.extension().string();
  const bool isGif = ending == ".gif";
  if (!isGif && ending != ".png" && ending != ".apng")
    throw Error(
        fmt::format("{} ends in \"{}\". Name it .gif, or .png for every colour (APNG).", file.string(), ending));
  const auto steps = filmSteps(store, run, options);
  const Sheets sheets(store, run, options);
  const Image first = sheets.at(steps.front());
  Animation animation(isGif ? Animation::Format::Gif : Animation::Format::Apng, first.width, first.height,
                      std::ssize(steps));
  for (size_t i = 0; i < steps.size(); ++i) {
    options.control.report(static_cast<int64_t>(i), std::ssize(steps));
    Image frame = blankImage(first.width, first.height);
    paste(frame, i == 0 ? first : sheets.at(steps[i]), 0, 0);
    animation.add(frame, i + 1 == steps.size() ? 5 * options.milliseconds : options.milliseconds);
  }
  writeFileAtomically(file, animation.take());
  return {.shown = steps.size(), .all = allSteps(store, run, options).size()};
}

Image contactSheet(const RunStore& store, RunId run, const FilmOptions& options) {
  constexpr int64_t kMostPixels = 100'000'000;
  const auto steps = filmSteps(store, run, options);
  const Sheets sheets(store, run, options);
  std::vector<Image> parts;
  int64_t width = 0, height = 0;
  for (const int64_t step : steps) {
    options.control.report(std::ssize(parts), std::ssize(steps));
    parts.push_back(sheets.at(step));
    width = std::max(width, parts.back().width);
    height += parts.back().height + kMargin;
    if (width * height > kMostPixels)
      throw Error(
          "The contact sheet would be larger than 100 megapixels. Show fewer steps or rows, or a smaller scale.");
  }
  Image result = blankImage(width, height);
  int64_t top = 0;
  for (const Image& part : parts) {
    paste(result, part, 0, top);
    top += part.height + kMargin;
  }
  return result;
}

}  // namespace scanline
