#include "widgets/pages/paper_curves.h"

#include <QFile>
#include <QStringList>
#include <map>

#include "core/base/error.h"

namespace scanline {

namespace {

constexpr double kLayersOfLarge = 48;  // iGPT-L, whose curves figure 2 shows

/// Cells of one line; quoted ones may hold commas.
QStringList cells(const QString& line) {
  QStringList out(QString{});
  bool quoted = false;
  for (const QChar c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      out.append(QString());
    else
      out.back().append(c);
  }
  return out;
}

[[noreturn]] void fail(const QString& file, const QString& why) {
  throw Error(QStringLiteral("The paper's curves could not be read from %1: %2").arg(file, why).toStdString());
}

void open(QFile& in, const QString& file) {
  if (!in.open(QIODevice::ReadOnly))
    fail(file, in.errorString() + QStringLiteral(". Reinstall Scanline to restore it."));
}

}  // namespace

std::vector<ReferencePoint> readPaperLowData(const QString& file) {
  QFile in(file);
  open(in, file);
  std::map<int64_t, ReferencePoint> points;
  const QString probe = QStringLiteral("iGPT-L probe"), deviation = probe + QStringLiteral(" (standard deviation)");
  for (int number = 1; !in.atEnd(); ++number) {
    const auto row = cells(QString::fromUtf8(in.readLine()).trimmed());
    if (row[0] != QLatin1String("low-data") || (row.value(1) != probe && row.value(1) != deviation)) continue;
    bool isX = false, isY = false;
    const int64_t labels = row.value(2).toLongLong(&isX);
    const double y = row.value(3).toDouble(&isY);
    if (!isX || !isY || labels < 1 || y < 0 || y > 100)
      fail(file, QStringLiteral("line %1 needs labels (from 1) and per cent (0 to 100), but has \"%2\" and \"%3\".")
                     .arg(number)
                     .arg(row.value(2), row.value(3)));
    points[labels].labels = labels;
    (row[1] == probe ? points[labels].mean : points[labels].deviation) = y / 100;
  }
  if (points.empty())
    fail(file, QStringLiteral("it has no rows of low-data probes (\"low-data\" in the first column)."));
  std::vector<ReferencePoint> ascending;
  for (const auto& [labels, point] : points) ascending.push_back(point);
  return ascending;
}

std::vector<ReferenceCurve> readPaperCurves(const QString& file) {
  QFile in(file);
  open(in, file);
  std::vector<ReferenceCurve> curves;
  for (int number = 1; !in.atEnd(); ++number) {
    const auto row = cells(QString::fromUtf8(in.readLine()).trimmed());
    if (row[0] != QLatin1String("fig2")) continue;
    bool isX = false, isY = false;
    const double x = row.value(2).toDouble(&isX), y = row.value(3).toDouble(&isY);
    if (!isX || !isY || x < 0 || x > kLayersOfLarge || y < 0 || y > 100)
      fail(file, QStringLiteral("line %1 needs a layer (0 to 48) and per cent (0 to 100), but has \"%2\" and \"%3\".")
                     .arg(number)
                     .arg(row.value(2), row.value(3)));
    if (curves.empty() || curves.back().name != row[1]) curves.push_back({.name = row[1], .layers = kLayersOfLarge});
    curves.back().points.emplace_back(x, y / 100);
  }
  if (curves.empty()) fail(file, QStringLiteral("it has no rows of figure 2 (\"fig2\" in the first column)."));
  return curves;
}

}  // namespace scanline
