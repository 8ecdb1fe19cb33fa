#include "widgets/plot/end_names.h"

#include <QSet>
#include <algorithm>

namespace scanline {

namespace {

/// How many letters all names begin with, up to the end of a word.
qsizetype sharedBeginning(const QStringList& names) {
  if (names.size() < 2) return 0;
  qsizetype shared = 0;
  for (qsizetype at = 0; at < names.first().size(); ++at) {
    const QChar letter = names.first()[at];
    if (std::ranges::any_of(names, [&](const QString& name) { return name.size() <= at + 1 || name[at] != letter; }))
      break;
    if (letter.isSpace()) shared = at + 1;
  }
  return shared;
}

}  // namespace

QStringList endNames(QStringList names, const QFontMetrics& metrics, int width) {
  const auto fit = [&](const QString& name) { return metrics.horizontalAdvance(name) <= width; };
  if (std::ranges::all_of(names, fit)) return names;
  const qsizetype shared = sharedBeginning(names);
  for (QString& name : names) name.remove(0, shared);
  const qsizetype distinct = QSet<QString>(names.begin(), names.end()).size();
  QStringList cut;
  for (const auto mode : {Qt::ElideMiddle, Qt::ElideRight, Qt::ElideLeft}) {
    cut.clear();
    for (const QString& name : names) cut << metrics.elidedText(name, mode, width);
    if (QSet<QString>(cut.begin(), cut.end()).size() == distinct) break;
  }
  return cut;
}

}  // namespace scanline
