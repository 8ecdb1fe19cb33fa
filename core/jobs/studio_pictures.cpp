#include "core/jobs/studio_pictures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/foreign/token_folder.h"
#include "core/run/paint_mask.h"
#include "core/spec/spec_text.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

constexpr std::array<std::string_view, 3> kSplits{"train", "validation", "test"};
constexpr size_t kAtOnce = 64;  ///< pictures between two looks whether to go on

Image imageOf(const ImageSet& images, int64_t index) {
  const auto rgb = images.image(index);
  return {.width = images.width, .height = images.height, .rgb = {rgb.begin(), rgb.end()}};
}

/// Which pictures to keep of the set that a spec names; all else of it stays.
RunSpec forLooking(RunSpec spec, const ModelFacts& facts) {
  spec.kind = RunKind::Pretrain;
  spec.data.side = facts.pixelsAcross;
  spec.data.augment = Augment::None;
  spec.palette.vqvae.clear();
  return spec;
}

void requireSquare(const ModelFacts& facts) {
  if (facts.pixelsAcross != facts.pixelsDown || facts.pixelsAcross < 1)
    throw Error(fmt::format(
        "This model knows pictures of {} x {} pixels, and data sets are brought to squares. Give it pictures as files.",
        facts.pixelsAcross, facts.pixelsDown));
}

void requireColours(const ModelFacts& facts) {
  if (facts.isCodes)
    throw Error("The tokens of this model are codes of a VQ-VAE, and the data set has tokens that stand for colours.");
}

}  // namespace

std::string_view nameOf(DataSplit split) {
  return kSplits[static_cast<size_t>(split)];
}

DataSplit splitNamed(std::string_view name) {
  const auto found = std::ranges::find(kSplits, name);
  if (found == kSplits.end())
    throw Error(fmt::format("There is no split \"{}\". Take one of {}.", name, fmt::join(kSplits, ", ")));
  return static_cast<DataSplit>(found - kSplits.begin());
}

RunSpec dataSpecOf(const ModelFacts& facts, std::string_view runToml) {
  RunSpec spec{.data = {.name = ""}};
  if (!runToml.empty()) {
    RunSpec ofRun = fromToml(runToml, "the run's settings");
    // An imported model's settings are not known; a run that looks at one names its own data.
    if (!facts.specToml.empty() || isOneLook(ofRun.kind)) spec = std::move(ofRun);
  } else if (!facts.specToml.empty()) {
    spec = fromToml(facts.specToml, "the checkpoint's settings");
  }
  if (spec.data.name.empty())
    throw Error(
        "This model comes from other software, which does not name the data that it was trained on. Name a data set or a folder of pictures.");
  return spec;
}

RunSpec dataSpecOf(const ModelFacts& facts, std::string_view name, std::string_view path) {
  RunSpec spec;
  if (!facts.specToml.empty()) spec = fromToml(facts.specToml, "the checkpoint's settings");
  const Resize resize = facts.specToml.empty() ? Resize::Stretch : spec.data.resize;  // as the model's pictures were
  const std::string background = spec.data.background;
  spec.data = {.name = name.empty() ? "images" : std::string(name), .path = std::string(path), .resize = resize};
  spec.data.background = background;
  return spec;
}

StudioData::StudioData(std::shared_ptr<const OpenModel> model, const RunSpec& wanted, const PrepareContext& context)
    : model_(std::move(model)) {
  const ModelFacts& facts = model_->facts();
  requireSquare(facts);
  const RunSpec spec = forLooking(wanted, facts);
  if (comesAsTokens(spec.data)) {
    content_ = readTokens(facts, spec, context);
    checkModel();
    return;
  }
  // Its pixels alone are read here: they become tokens at the first question.
  RunSpec pixels = spec;
  pixels.kind = RunKind::Vqvae;
  pixels.vqvae.grid = 0;
  Dataset set = prepareData(pixels, context, {.side = facts.pixelsAcross, .tokens = false}).images;
  auto content = std::make_shared<Content>();
  content->classNames = std::move(set.classNames);
  content->images[0] = std::move(set.train);
  content->images[1] = std::move(set.validation);
  content->images[2] = std::move(set.test);
  content->width = content->height = facts.pixelsAcross;
  content_ = std::move(content);
}

StudioData::StudioData(std::shared_ptr<const OpenModel> model, const StudioData& other)
    : model_(std::move(model)), content_(other.content_) {
  checkModel();
}

std::shared_ptr<const StudioData::Content> StudioData::readTokens(const ModelFacts& facts, const RunSpec& spec,
                                                                  const PrepareContext& context) {
  requireColours(facts);
  PreparedData set = prepareData(spec, context);
  auto content = std::make_shared<Content>();
  content->classNames = std::move(set.images.classNames);
  content->tokens[0] = std::move(set.train);
  content->tokens[1] = std::move(set.validation);
  content->tokens[2] = std::move(set.test);
  content->width = set.width;
  content->height = set.height;
  content->palette = set.palette;
  return content;
}

/// Whether the pictures fit the model.
void StudioData::checkModel() const {
  const ModelFacts& facts = model_->facts();
  const bool isTokens = std::ranges::any_of(content_->tokens, [](const TokenSet& set) { return set.count > 0; });
  if (!isTokens) {
    if (content_->width != facts.pixelsAcross || content_->height != facts.pixelsDown)
      throw Error(fmt::format("The pictures are of {} x {}, and the model knows {} x {}. Read them anew for it.",
                              content_->width, content_->height, facts.pixelsAcross, facts.pixelsDown));
    return;
  }
  requireColours(facts);
  if (content_->width != facts.across || content_->height != facts.down)
    throw Error(fmt::format("The tokens are of pictures of {} x {}, and the model knows {} x {}. Take other tokens.",
                            content_->width, content_->height, facts.across, facts.down));
  if (facts.palette && content_->palette && *facts.palette != *content_->palette)
    throw Error("The tokens of the data set stand for other colours than the model's. Take those with its palette.");
  for (size_t split = 0; split < std::size(content_->tokens); ++split)
    checkTokens(content_->tokens[split], facts.paletteSize, fmt::format("the {} pictures", kSplits[split]));
}

int64_t StudioData::count(DataSplit split) const {
  return std::max(images(split).count, tokenSet(split).count);
}

std::span<const int32_t> StudioData::labels(DataSplit split) const {
  return images(split).count > 0 ? images(split).labels : tokenSet(split).labels;
}

DataPicture StudioData::picture(DataSplit split, int64_t index) const {
  if (index < 0 || index >= count(split))
    throw Error(fmt::format("There is no {} picture {}; they are numbered from 0 to {}.", nameOf(split), index,
                            count(split) - 1));
  const auto all = labels(split);
  DataPicture picture{.split = split, .index = index, .label = all.empty() ? -1 : all[static_cast<size_t>(index)]};
  if (const ImageSet& set = images(split); set.count > 0) {
    picture.image = imageOf(set, index);
    picture.tokens = model_->tokensOf(picture.image);
  } else {
    const auto tokens = tokenSet(split).image(index);
    picture.tokens.assign(tokens.begin(), tokens.end());
  }
  return picture;
}

TokenSet StudioData::tokens(DataSplit split, std::span<const int64_t> rows, const Control& control) const {
  const ModelFacts& facts = model_->facts();
  TokenSet set{.count = std::ssize(rows), .length = facts.across * facts.down};
  set.ids.reserve(rows.size() * static_cast<size_t>(set.length));
  const auto all = labels(split);
  for (const int64_t row : rows)
    if (!all.empty()) set.labels.push_back(all[static_cast<size_t>(row)]);
  const ImageSet& pixels = images(split);
  for (size_t first = 0; first < rows.size(); first += kAtOnce) {
    control.check();
    const auto part = rows.subspan(first, std::min(kAtOnce, rows.size() - first));
    if (pixels.count > 0 && facts.palette && !facts.isCodes) {
      ImageSet chosen{.count = std::ssize(part), .width = pixels.width, .height = pixels.height};
      for (const int64_t row : part) {
        const auto rgb = pixels.image(row);
        chosen.rgb.insert(chosen.rgb.end(), rgb.begin(), rgb.end());
      }
      const TokenSet ids = tokenize(chosen, *facts.palette, hardwareThreads());
      set.ids.insert(set.ids.end(), ids.ids.begin(), ids.ids.end());
      continue;
    }
    for (const int64_t row : part) {
      const auto ids = picture(split, row).tokens;
      set.ids.insert(set.ids.end(), ids.begin(), ids.end());
    }
  }
  return set;
}

std::string StudioData::identity(DataSplit split) const {
  constexpr int64_t kMostBytes = 64 << 20;  // a tenth of a second
  const ImageSet& pixels = images(split);
  const TokenSet& tokens = tokenSet(split);
  const int64_t all = count(split);
  const int64_t bytes = pixels.count > 0 ? 3 * pixels.width * pixels.height : 2 * tokens.length;
  const int64_t taken = std::min(all, std::max<int64_t>(1, kMostBytes / std::max<int64_t>(1, bytes)));
  Digest digest("sha256");
  digest.add(fmt::format("{} {} {}\n", pixels.count > 0 ? "pixels" : "tokens", all, bytes));
  for (int64_t i = 0; i < taken; ++i) {
    const int64_t row = i * all / taken;
    digest.add(pixels.count > 0 ? std::as_bytes(pixels.image(row)) : std::as_bytes(tokens.image(row)));
  }
  return digest.hex();
}

std::vector<int64_t> chosenRows(const StudioData& data, const PictureChoice& choice) {
  const int64_t count = data.count(choice.split);
  if (count == 0) throw Error(fmt::format("The data set has no {} pictures.", nameOf(choice.split)));
  std::vector<int64_t> rows;
  const auto labels = data.labels(choice.split);
  if (choice.label && labels.empty()) throw Error("The data set has no classes.");
  for (int64_t row = 0; row < count; ++row)
    if (!choice.label || labels[static_cast<size_t>(row)] == *choice.label) rows.push_back(row);
  if (rows.empty()) throw Error(fmt::format("No {} picture is of class {}.", nameOf(choice.split), *choice.label));
  return rows;
}

int32_t classNamed(const StudioData& data, std::string_view text) {
  const auto& names = data.classNames();
  const auto found = std::ranges::find(names, foldCase(text), [](const std::string& name) { return foldCase(name); });
  if (found != names.end()) return static_cast<int32_t>(found - names.begin());
  int32_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0 && number < std::ssize(names))
    return number;
  constexpr size_t kShown = 20;
  throw Error(
      names.empty()
          ? "The data set has no classes."
          : fmt::format("There is no class \"{}\". There are {}{}.", text,
                        fmt::join(names.begin(),
                                  names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size())), ", "),
                        names.size() > kShown ? ", ..." : ""));
}

std::vector<int64_t> randomRows(const StudioData& data, const PictureChoice& choice, int64_t count, uint64_t seed) {
  const auto rows = chosenRows(data, choice);
  RandomStream random(seed, Purpose::StudioPictures);
  std::vector<int64_t> drawn;
  for (const int64_t place : drawRows(std::ssize(rows), count, random))
    drawn.push_back(rows[static_cast<size_t>(place)]);
  return drawn;
}

namespace {

/// BERT sees the pixels that a mask of the model's rate leaves, the same ones of a picture in every batch.
std::vector<uint8_t> shownOf(const ModelFacts& facts, std::span<const int64_t> rows, uint64_t seed) {
  std::vector<uint8_t> keep;
  if (facts.objective != Objective::Bert) return keep;
  const double share = facts.maskRate > 0 ? facts.maskRate : ModelSpec().maskRate;
  for (const int64_t row : rows) {
    const auto hidden =
        presetMask("random", facts.across, facts.down, share, seed ^ (static_cast<uint64_t>(row) << 20));
    for (const uint8_t value : hidden) keep.push_back(value == 0 ? 1 : 0);
  }
  return keep;
}

}  // namespace

std::vector<RankedRow> worstRows(const StudioData& data, const PictureChoice& choice, int64_t count, int64_t most,
                                 uint64_t seed, const Control& control) {
  const ModelFacts& facts = data.model().facts();
  auto rows = chosenRows(data, choice);
  if (std::ssize(rows) > most) {
    rows = randomRows(data, choice, most, seed);
    std::ranges::sort(rows);
  }
  const auto positions = static_cast<size_t>(facts.across * facts.down);
  std::vector<RankedRow> ranked;
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  constexpr size_t kBatch = 16;
  for (size_t first = 0; first < rows.size(); first += kBatch) {
    control.report(static_cast<int64_t>(first), std::ssize(rows));
    const auto part = std::span(rows).subspan(first, std::min(kBatch, rows.size() - first));
    const auto keep = shownOf(facts, part, seed);
    const Surprise surprise = data.model().surprise(data.tokens(choice.split, part, quiet), keep, quiet);
    for (size_t i = 0; i < part.size(); ++i) {
      const std::span nats(&surprise.nats[i * positions], positions);
      const auto scored = keep.empty() ? static_cast<int64_t>(positions)
                                       : std::count(&keep[i * positions], &keep[i * positions] + positions, uint8_t{0});
      ranked.push_back({part[i], std::accumulate(nats.begin(), nats.end(), 0.0) / static_cast<double>(scored)});
    }
  }
  control.report(std::ssize(rows), std::ssize(rows));
  std::ranges::stable_sort(ranked, std::greater(), &RankedRow::nats);
  if (std::ssize(ranked) > count) ranked.resize(static_cast<size_t>(std::max<int64_t>(0, count)));
  return ranked;
}

}  // namespace scanline
