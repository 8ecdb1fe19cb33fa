#include "widgets/pages/compare_samples.h"

#include <QCoreApplication>
#include <QPainter>
#include <algorithm>
#include <numeric>

#include "widgets/images/sample_pictures.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

constexpr int64_t kMostPrompts = 8;

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

/// Names of runs differ at both ends; all of a long one would leave the pictures no room.
QString shortened(const QString& name) {
  constexpr qsizetype kLongest = 24, kEnd = 11;
  return name.size() <= kLongest ? name : name.left(kEnd) + QStringLiteral("…") + name.right(kEnd);
}

/// Which picture of a prompt a row shows.
enum class Column { Original, FirstCompletion };

/// Pictures of one row of the comparison.
struct Row {
  QString title;
  std::vector<QImage> pictures;
  std::vector<PictureCell> cells;
};

Row rowOf(const ComparedSamples& run, const QString& title, Column wanted) {
  Row row{title, {}, {}};
  const PictureSet all = completionPictures(run.set, run.palette);
  const int perRow = std::accumulate(all.groups.begin(), all.groups.end(), 0);
  const int column = wanted == Column::Original ? 0 : perRow - all.groups.back();
  const auto prompts = static_cast<int>(std::min<int64_t>(kMostPrompts, std::ssize(run.set.originals)));
  for (int prompt = 0; prompt < prompts; ++prompt) {
    const int at = prompt * perRow + column;
    row.pictures.push_back(all.picture(at));
    row.cells.push_back(all.cells[static_cast<size_t>(at)]);
    PictureCell& cell = row.cells.back();
    cell.mark = PictureCell::Mark::None;
    cell.name = wanted == Column::Original
                    ? cell.name
                    : tr("%1, prompt %2, step %3").arg(title).arg(prompt + 1).arg(text::steps(run.set.step));
  }
  return row;
}

}  // namespace

ComparedPictures comparedPictures(const std::vector<ComparedSamples>& runs) {
  ComparedPictures result;
  std::vector<const ComparedSamples*> fitting;
  qsizetype others = 0;
  const auto sizeOf = [](const SampleSet& set) {
    return set.pixelWidth > 0 ? std::pair(set.pixelWidth, set.pixelHeight) : std::pair(set.width, set.height);
  };
  for (const ComparedSamples& run : runs) {
    if (run.set.originals.empty() || run.set.perPrompt < 1) continue;
    if (!fitting.empty() && sizeOf(run.set) != sizeOf(fitting.front()->set))
      ++others;
    else
      fitting.push_back(&run);
  }
  if (others > 0)
    result.words = others == 1 ? tr("One run paints pictures of another size; it is not shown here.")
                               : tr("%1 runs paint pictures of another size; they are not shown here.").arg(others);
  if (fitting.empty()) return result;
  std::vector<Row> rows;
  const SampleSet& front = fitting.front()->set;
  const bool isTrue = front.pixelWidth == 0 || !front.truePixels.empty();
  const Row originals = rowOf(*fitting.front(), isTrue ? tr("original") : tr("reconstruction"), Column::Original);
  const bool same = std::ranges::all_of(fitting, [&](const ComparedSamples* run) {
    return rowOf(*run, {}, Column::Original).pictures == originals.pictures;
  });
  if (same) rows.push_back(originals);
  for (const ComparedSamples* run : fitting) rows.push_back(rowOf(*run, shortened(run->name), Column::FirstCompletion));
  size_t columns = kMostPrompts;
  for (const Row& row : rows) columns = std::min(columns, row.pictures.size());

  PictureSet& set = result.pictures;
  set.title = tr("Newest completions");
  set.width = rows.front().pictures.front().width();
  set.height = rows.front().pictures.front().height();
  set.groups = {static_cast<int>(columns)};
  set.gap = 4;
  for (const Row& row : rows) {
    set.rowTitles << row.title;
    set.cells.insert(set.cells.end(), row.cells.begin(), row.cells.begin() + static_cast<std::ptrdiff_t>(columns));
  }
  for (PictureCell& cell : set.cells) cell.given = 0;
  set.allocateAtlas();
  QPainter painter(&set.atlas);
  int at = 0;
  for (const Row& row : rows)
    for (size_t column = 0; column < columns; ++column)
      painter.drawImage(set.source(at++).topLeft(), row.pictures[column]);
  return result;
}

}  // namespace scanline
