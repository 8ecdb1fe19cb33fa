#include "widgets/images/sample_pictures.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/tokens/quantisation.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

/// In the black of digits narrower gaps would not be seen.
constexpr int kGap = 4, kGroupGap = 12;

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

/// The palette's colours as QRgb, looked up once a set instead of once a pixel.
std::vector<QRgb> colourTable(const Palette& palette) {
  std::vector<QRgb> table;
  table.reserve(static_cast<size_t>(palette.size()));
  for (int64_t i = 0; i < palette.size(); ++i) {
    const auto rgb = palette.rgb(static_cast<Token>(i));
    table.push_back(qRgb(rgb[0], rgb[1], rgb[2]));
  }
  return table;
}

void paintTokens(PictureSet& set, int index, const std::vector<Token>& tokens, const std::vector<QRgb>& table) {
  if (tokens.size() != static_cast<size_t>(set.width) * static_cast<size_t>(set.height))
    throw Error("A stored picture has " + std::to_string(tokens.size()) + " pixels, expected " +
                std::to_string(set.width) + " x " + std::to_string(set.height) + ". The sample set is damaged.");
  const QPoint corner = set.source(index).topLeft();
  for (int y = 0; y < set.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(set.atlas.scanLine(corner.y() + y)) + corner.x();
    for (int x = 0; x < set.width; ++x) {
      const Token token = tokens[static_cast<size_t>(y * set.width + x)];
      if (token >= table.size())
        throw Error("A stored picture has colour " + std::to_string(token) + ", but its palette has only " +
                    std::to_string(table.size()) + ". The sample set belongs to another palette.");
      line[x] = table[token];
    }
  }
}

/// `rgb`: as many pixels as the pictures of the set have.
void paintPixels(PictureSet& set, int index, const std::vector<uint8_t>& rgb) {
  const QPoint corner = set.source(index).topLeft();
  const uint8_t* from = rgb.data();
  for (int y = 0; y < set.height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(set.atlas.scanLine(corner.y() + y)) + corner.x();
    for (int x = 0; x < set.width; ++x, from += 3) line[x] = qRgb(from[0], from[1], from[2]);
  }
}

/// Paints the pictures of a set, whichever way it keeps them.
class Painter {
 public:
  Painter(const SampleSet& set, const Palette& palette) : set_(set), table_(colourTable(palette)) {}

  void original(PictureSet& pictures, int at, size_t index) const {
    paint(pictures, at, index, set_.originals, set_.originalPixels);
  }
  void truth(PictureSet& pictures, int at, size_t index) const { paintPixels(pictures, at, set_.truePixels[index]); }
  void sample(PictureSet& pictures, int at, size_t index) const {
    paint(pictures, at, index, set_.samples, set_.samplePixels);
  }

 private:
  void paint(PictureSet& pictures, int at, size_t index, const std::vector<std::vector<Token>>& tokens,
             const std::vector<std::vector<uint8_t>>& pixels) const {
    if (set_.pixelWidth > 0)
      paintPixels(pictures, at, pixels[index]);
    else
      paintTokens(pictures, at, tokens[index], table_);
  }

  const SampleSet& set_;
  std::vector<QRgb> table_;
};

PictureCell cell(const QString& name, const std::vector<double>& nats, size_t index, const QString& unit) {
  PictureCell result{name, {}, {}, 0, false};
  if (index >= nats.size()) return result;
  result.caption = text::nats(nats[index]);
  result.detail = result.caption + ' ' + unit;
  return result;
}

/// A set without pictures yet. Throws Error if the sizes of `set` disagree.
PictureSet emptyLike(const SampleSet& set) {
  PictureSet pictures;
  pictures.title = tr("Step %1").arg(text::steps(set.step));
  pictures.width = static_cast<int>(set.pixelWidth > 0 ? set.pixelWidth : set.width);
  pictures.height = static_cast<int>(set.pixelWidth > 0 ? set.pixelHeight : set.height);
  if (set.pixelWidth <= 0) return pictures;
  const bool whole = set.width > 0 && set.height > 0 && set.pixelWidth % set.width == 0 &&
                     set.pixelWidth / set.width * set.height == set.pixelHeight;
  if (!whole || set.originalPixels.size() != set.originals.size() || set.samplePixels.size() != set.samples.size() ||
      (!set.truePixels.empty() && set.truePixels.size() != set.originals.size()))
    throw Error("The sample set of step " + std::to_string(set.step) + " has " +
                std::to_string(set.samplePixels.size()) + " pictures of " + std::to_string(set.pixelWidth) + " x " +
                std::to_string(set.pixelHeight) + " pixels for " + std::to_string(set.samples.size()) + " rows of " +
                std::to_string(set.width) + " x " + std::to_string(set.height) + " codes. It is damaged.");
  pictures.patch = static_cast<int>(set.pixelWidth / set.width);
  const auto bytes = static_cast<size_t>(3 * set.pixelWidth * set.pixelHeight);
  for (const auto* all : {&set.originalPixels, &set.samplePixels, &set.truePixels})
    for (const auto& rgb : *all)
      if (rgb.size() != bytes)
        throw Error("A stored picture has " + std::to_string(rgb.size()) + " bytes, expected " + std::to_string(bytes) +
                    ". The sample set is damaged.");
  return pictures;
}

/// Marks the likeliest and the least likely of the pictures that the model painted. `places`: the cell of each loss.
void markBestAndWorst(PictureSet& pictures, const std::vector<double>& nats, const std::vector<int>& places) {
  if (nats.size() < 2 || nats.size() != places.size()) return;
  const auto [best, worst] = std::ranges::minmax_element(nats);
  if (!(*best < *worst) || !std::ranges::all_of(nats, [](double each) { return std::isfinite(each); })) return;
  const auto cellOf = [&](auto at) -> PictureCell& {
    return pictures.cells[static_cast<size_t>(places[static_cast<size_t>(at - nats.begin())])];
  };
  cellOf(best).mark = PictureCell::Mark::Best;
  cellOf(worst).mark = PictureCell::Mark::Worst;
}

void checkCounts(const SampleSet& set) {
  if (set.samples.size() != set.originals.size() * static_cast<size_t>(std::max<int64_t>(0, set.perPrompt)))
    throw Error("The sample set of step " + std::to_string(set.step) + " has " + std::to_string(set.samples.size()) +
                " pictures for " + std::to_string(set.originals.size()) + " prompts of " +
                std::to_string(set.perPrompt) + " each. It is damaged.");
}

}  // namespace

PictureSet completionPictures(const SampleSet& set, const Palette& palette) {
  checkCounts(set);
  const auto perPrompt = static_cast<size_t>(std::max<int64_t>(0, set.perPrompt));
  const bool codes = set.pixelWidth > 0, hasTruth = !set.truePixels.empty();
  PictureSet pictures = emptyLike(set);
  pictures.groups = {1, 1, static_cast<int>(perPrompt)};
  pictures.groupTitles = {codes ? tr("Reconstruction") : tr("Original"), tr("Given"), tr("Completions")};
  if (hasTruth) {
    pictures.groups.insert(pictures.groups.begin(), 1);
    pictures.groupTitles.prepend(tr("Original"));
  }
  pictures.gap = kGap;
  pictures.groupGap = kGroupGap;
  pictures.marksGiven = true;
  std::vector<int> painted;
  const int given = static_cast<int>(set.given);
  for (size_t prompt = 0; prompt < set.originals.size(); ++prompt) {
    const QString number = QString::number(prompt + 1);
    pictures.rowTitles << number;
    const QString original = tr("Prompt %1, original").arg(number);
    if (hasTruth) pictures.cells.push_back({original, {}, {}, given, false});
    pictures.cells.push_back(cell(codes ? tr("Prompt %1, decoded from its own codes").arg(number) : original,
                                  set.originalNats, prompt, codes ? tr("nats per code") : tr("nats per pixel")));
    pictures.cells.back().given = given;
    pictures.cells.push_back({tr("Prompt %1, given part").arg(number), {}, {}, given, true});
    for (size_t k = 0; k < perPrompt; ++k) {
      painted.push_back(pictures.count());
      pictures.cells.push_back(cell(tr("Prompt %1, completion %2").arg(number).arg(k + 1), set.sampleNats,
                                    prompt * perPrompt + k,
                                    codes ? tr("nats per drawn code") : tr("nats per drawn pixel")));
      pictures.cells.back().given = given;
    }
  }
  markBestAndWorst(pictures, set.sampleNats, painted);
  pictures.allocateAtlas();
  const Painter painter(set, palette);
  int at = 0;
  for (size_t prompt = 0; prompt < set.originals.size(); ++prompt) {
    if (hasTruth) painter.truth(pictures, at++, prompt);
    painter.original(pictures, at++, prompt);
    painter.original(pictures, at++, prompt);
    for (size_t k = 0; k < perPrompt; ++k) painter.sample(pictures, at++, prompt * perPrompt + k);
  }
  return pictures;
}

PictureSet wholePictures(const SampleSet& set, const Palette& palette) {
  PictureSet pictures = emptyLike(set);
  pictures.flow = true;
  pictures.gap = pictures.groupGap = kGap;
  std::vector<int> painted;
  const QString unit = set.pixelWidth > 0 ? tr("nats per code") : tr("nats per pixel");
  for (size_t i = 0; i < set.samples.size(); ++i) {
    painted.push_back(pictures.count());
    pictures.cells.push_back(cell(tr("Whole image %1").arg(i + 1), set.sampleNats, i, unit));
  }
  markBestAndWorst(pictures, set.sampleNats, painted);
  pictures.allocateAtlas();
  const Painter painter(set, palette);
  for (int i = 0; i < pictures.count(); ++i) painter.sample(pictures, i, static_cast<size_t>(i));
  return pictures;
}

PictureSet reconstructionPictures(const SampleSet& set) {
  checkCounts(set);
  PictureSet pictures = emptyLike(set);
  if (set.pixelWidth <= 0 || set.perPrompt != 1)
    throw Error("The sample set of step " + std::to_string(set.step) +
                " has no pictures beside their originals. It is damaged, or of another kind of run.");
  pictures.flow = true;
  pictures.groups = {2};
  pictures.groupGap = 16;
  for (size_t i = 0; i < set.originals.size(); ++i) {
    pictures.cells.push_back({tr("Picture %1, original").arg(i + 1), tr("original"), {}, 0, false});
    const double decibels = psnr(meanSquareError(set.originalPixels[i], set.samplePixels[i]));
    const QString ratio = std::isfinite(decibels) ? tr("%1 dB").arg(decibels, 0, 'f', 1) : tr("the same");
    pictures.cells.push_back({tr("Picture %1, reconstruction").arg(i + 1), ratio,
                              tr("%1 from %2 × %3 codes").arg(ratio).arg(set.width).arg(set.height), 0, false});
  }
  pictures.allocateAtlas();
  for (size_t i = 0; i < set.originals.size(); ++i) {
    paintPixels(pictures, static_cast<int>(2 * i), set.originalPixels[i]);
    paintPixels(pictures, static_cast<int>(2 * i + 1), set.samplePixels[i]);
  }
  return pictures;
}

}  // namespace scanline
