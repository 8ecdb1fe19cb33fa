#include <QFontInfo>
#include <QPainter>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "widgets/plot/chart.h"

// Exports of a chart: pictures with their legend, and the numbers behind them.

namespace scanline {

namespace {

constexpr int kRim = 12;
constexpr double kNowhere = std::numeric_limits<double>::infinity();

void addNumber(QByteArray& out, double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  out.append(text, end.ptr - text);
}

/// A cell of CSV: quoted where it has to be.
QByteArray quoted(const QString& text) {
  QByteArray bytes = text.toUtf8();
  if (bytes.contains(',') || bytes.contains('"') || bytes.contains('\n')) {
    bytes.replace("\"", "\"\"");
    bytes = '"' + bytes + '"';
  }
  return bytes;
}

}  // namespace

std::vector<ChartLegend::Entry> Chart::legendEntries() const {
  if (!legend_.empty()) return legend_;
  std::vector<ChartLegend::Entry> entries;
  for (const auto& [key, line] : lines_)
    if (line.isShown() && !line.series.empty() && !line.style.name.isEmpty())
      entries.push_back({.name = line.style.name, .colour = line.style.colour, .look = line.style.look});
  return entries;
}

Figure Chart::figure() {
  const QString name = texts_.title.section(',', 0, 0).toLower().replace(' ', '-').remove('/');
  QFont font = plot_.widget().font();
  font.setPixelSize(QFontInfo(font).pixelSize());
  const auto [size, resolution] = figurePixels(figureSettings(), font.pixelSize());
  const auto paint = [this, size = size, font](QPaintDevice& device, const Theme& theme) {
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const int titleHeight = QFontMetrics(bold).height() + 10;
    const auto entries = legendEntries();
    const auto places = legendPlaces(entries, QFontMetrics(font), size.width() - 2 * kRim);
    const int legendHeight = places.empty() ? 0 : places.back().bottom() + 5;
    const auto paintHead = [&](QPainter& painter) {
      painter.setFont(bold);
      painter.setPen(theme.text);
      painter.drawText(QRect(kRim, 6, size.width() - 2 * kRim, titleHeight), Qt::AlignLeft | Qt::AlignTop,
                       texts_.title);
      painter.setFont(font);
      for (size_t at = 0; at < places.size(); ++at)
        paintLegendEntry(painter, places[at].translated(kRim, titleHeight), entries[at], theme);
    };
    flush();
    plot_.paintFigure(device, size, titleHeight + legendHeight, paintHead, frame_, lines_, theme);
    draw();  // back to the screen's size and colours
  };
  return {name, size, paint, resolution};
}

QByteArray Chart::numbers() const {
  struct Column {
    const ChartLine* line;
    size_t at = 0;
    double x() const { return at < line->series.size() ? line->series.x(at) : kNowhere; }
  };
  std::vector<Column> columns;
  QByteArray out = quoted(texts_.xTitle);
  for (const auto& [key, line] : lines_) {
    if (!line.isShown() || line.series.empty()) continue;
    columns.push_back({&line});
    out += ',' + quoted(line.style.name);
    if (line.series.isSmoothed()) out += ',' + quoted(tr("%1, smoothed").arg(line.style.name));
  }
  out += '\n';
  while (true) {
    double x = kNowhere;
    for (const Column& column : columns) x = std::min(x, column.x());
    if (x == kNowhere) return out;
    addNumber(out, x);
    for (Column& column : columns) {
      const ChartSeries& series = column.line->series;
      const bool isHere = column.x() == x;
      out += ',';
      if (isHere) addNumber(out, series.raw()[column.at]);
      if (series.isSmoothed()) {
        out += ',';
        if (isHere) addNumber(out, series.shown()[column.at]);
      }
      if (isHere) ++column.at;
    }
    out += '\n';
  }
}

}  // namespace scanline
