#include "core/jobs/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/animation.h"
#include "core/data/image_file.h"
#include "core/jobs/picture_grid.h"

namespace scanline {

namespace {

constexpr uint8_t kGround = 38, kInk = 230;  // as the sheets' own ground
constexpr int64_t kLetterWidth = 5, kLetterHeight = 7, kLetterScale = 2, kMargin = 4;

/// The letters of captions, rows of five pixels.
struct Letter {
  char name;
  std::array<const char*, kLetterHeight> rows;
};
constexpr std::array<Letter, 14> kLetters{{
    {'0', {".###.", "#...#", "#..##", "#.#.#", "##..#", "#...#", ".###."}},
    {'1', {"..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."}},
    {'2', {".###.", "#...#", "....#", "...#.", "..#..", ".#...", "#####"}},
    {'3', {".###.", "#...#", "....#", "..##.", "....#", "#...#", ".###."}},
    {'4', {"...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."}},
    {'5', {"#####", "#....", "####.", "....#", "....#", "#...#", ".###."}},
    {'6', {".###.", "#....", "#....", "####.", "#...#", "#...#", ".###."}},
    {'7', {"#####", "....#", "...#.", "..#..", "..#..", "..#..", "..#.."}},
    {'8', {".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."}},
    {'9', {".###.", "#...#", "#...#", ".####", "....#", "....#", ".###."}},
    {'s', {".....", ".....", ".####", "#....", ".###.", "....#", "####."}},
    {'t', {".#...", ".#...", "####.", ".#...", ".#...", ".#..#", "..##."}},
    {'e', {".....", ".....", ".###.", "#...#", "#####", "#....", ".###."}},
    {'p', {".....", ".....", "####.", "#...#", "####.", "#....", "#...."}},
}};

Image blank(int64_t width, int64_t height) {
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(3 * width * height), kGround)};
}

/// Cut at the right and the bottom where it has no room.
void paste(Image& onto, const Image& picture, int64_t left, int64_t top) {
  const int64_t width = std::min(picture.width, onto.width - left);
  for (int64_t y = 0; y < std::min(picture.height, onto.height - top); ++y)
    std::copy_n(picture.rgb.begin() + 3 * y * picture.width, 3 * width,
                onto.rgb.begin() + 3 * ((y + top) * onto.width + left));
}

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

Image withCaption(const Image& sheet, const std::string& words) {
  const int64_t line = kLetterHeight * kLetterScale + 2 * kMargin;
  const int64_t advance = (kLetterWidth + 1) * kLetterScale;
  Image result = blank(std::max(sheet.width, advance * std::ssize(words) + 2 * kMargin), sheet.height + line);
  paste(result, sheet, 0, line);
  for (size_t i = 0; i < words.size(); ++i) {
    const auto letter = std::ranges::find(kLetters, words[i], &Letter::name);
    if (letter == kLetters.end()) continue;
    const int64_t left = kMargin + advance * static_cast<int64_t>(i);
    for (int64_t y = 0; y < kLetterHeight * kLetterScale; ++y)
      for (int64_t x = 0; x < kLetterWidth * kLetterScale; ++x)
        if (letter->rows[static_cast<size_t>(y / kLetterScale)][x / kLetterScale] == '#')
          std::fill_n(result.rgb.begin() + 3 * ((y + kMargin) * result.width + left + x), 3, kInk);
  }
  return result;
}

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
    Image frame = blank(first.width, first.height);
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
  Image result = blank(width, height);
  int64_t top = 0;
  for (const Image& part : parts) {
    paste(result, part, 0, top);
    top += part.height + kMargin;
  }
  return result;
}

}  // namespace scanline
