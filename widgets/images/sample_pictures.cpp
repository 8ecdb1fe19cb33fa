#include "widgets/images/sample_pictures.h"

#include <QObject>

#include "core/base/error.h"
#include "widgets/number_text.h"

namespace scanline {

namespace {

QString tr(const char* text) {
  return QObject::tr(text);
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

PictureCell cell(const QString& name, const std::vector<double>& nats, size_t index, const QString& unit) {
  PictureCell result{name, {}, {}, 0, false};
  if (index >= nats.size()) return result;
  result.caption = text::nats(nats[index]);
  result.detail = result.caption + ' ' + unit;
  return result;
}

PictureSet emptyLike(const SampleSet& set) {
  PictureSet pictures;
  pictures.title = tr("Step %1").arg(text::steps(set.step));
  pictures.width = static_cast<int>(set.width);
  pictures.height = static_cast<int>(set.height);
  return pictures;
}

}  // namespace

PictureSet completionPictures(const SampleSet& set, const Palette& palette) {
  const auto perPrompt = static_cast<size_t>(std::max<int64_t>(0, set.perPrompt));
  if (set.samples.size() != set.originals.size() * perPrompt)
    throw Error("The sample set of step " + std::to_string(set.step) + " has " + std::to_string(set.samples.size()) +
                " pictures for " + std::to_string(set.originals.size()) + " prompts of " + std::to_string(perPrompt) +
                " each. It is damaged.");
  PictureSet pictures = emptyLike(set);
  pictures.groups = {1, 1, static_cast<int>(perPrompt)};
  pictures.groupTitles = {tr("Original"), tr("Given"), tr("Completions")};
  const int given = static_cast<int>(set.given);
  for (size_t prompt = 0; prompt < set.originals.size(); ++prompt) {
    const QString number = QString::number(prompt + 1);
    pictures.rowTitles << number;
    pictures.cells.push_back(
        cell(tr("Prompt %1, original").arg(number), set.originalNats, prompt, tr("nats per pixel")));
    pictures.cells.back().given = given;
    pictures.cells.push_back({tr("Prompt %1, given part").arg(number), {}, {}, given, true});
    for (size_t k = 0; k < perPrompt; ++k) {
      pictures.cells.push_back(cell(tr("Prompt %1, completion %2").arg(number).arg(k + 1), set.sampleNats,
                                    prompt * perPrompt + k, tr("nats per drawn pixel")));
      pictures.cells.back().given = given;
    }
  }
  pictures.allocateAtlas();
  const auto table = colourTable(palette);
  int at = 0;
  for (size_t prompt = 0; prompt < set.originals.size(); ++prompt) {
    paintTokens(pictures, at++, set.originals[prompt], table);
    paintTokens(pictures, at++, set.originals[prompt], table);
    for (size_t k = 0; k < perPrompt; ++k) paintTokens(pictures, at++, set.samples[prompt * perPrompt + k], table);
  }
  return pictures;
}

PictureSet wholePictures(const SampleSet& set, const Palette& palette) {
  PictureSet pictures = emptyLike(set);
  pictures.flow = true;
  pictures.groupGap = 2;
  for (size_t i = 0; i < set.samples.size(); ++i)
    pictures.cells.push_back(cell(tr("Whole image %1").arg(i + 1), set.sampleNats, i, tr("nats per pixel")));
  pictures.allocateAtlas();
  const auto table = colourTable(palette);
  for (int i = 0; i < pictures.count(); ++i) paintTokens(pictures, i, set.samples[static_cast<size_t>(i)], table);
  return pictures;
}

}  // namespace scanline
