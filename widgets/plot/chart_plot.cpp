#include "widgets/plot/chart_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/plot/chart_ticks.h"

namespace scanline {

ChartPlot::ChartPlot(QWidget* parent, TickText x, TickText y, const QString& xTitle)
    : plot_(new QCustomPlot(parent)), xText_(x), yText_(y) {
  plot_->setObjectName(QStringLiteral("plot"));
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setMouseTracking(true);
  plot_->setMinimumSize(8, 8);  // a picture of no size would print a warning
  plot_->setPlottingHint(QCP::phFastPolylines);
  plot_->setNotAntialiasedElements(QCP::aeAxes | QCP::aeGrid);
  // Nothing is ever put on it, and a buffered layer is one more picture to blend.
  plot_->layer(QStringLiteral("overlay"))->setMode(QCPLayer::lmLogical);
  plot_->addLayer(QStringLiteral("raw"), plot_->layer(QStringLiteral("grid")));
  plot_->addLayer(QStringLiteral("labels"), plot_->layer(QStringLiteral("axes")));
  plot_->axisRect()->setMinimumMargins({40, 8, 20, 20});
  plot_->plotLayout()->setRowSpacing(0);
  plot_->xAxis->setLabel(xTitle);
  QObject::connect(plot_, &QCustomPlot::afterLayout, plot_, [this] { placeLabels(); });
}

QWidget& ChartPlot::widget() const {
  return *plot_;
}

void ChartPlot::draw(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  setAxes(frame, plot_->size());
  fill(frame, lines, theme, std::max(1, int(plot_->axisRect()->width() * plot_->bufferDevicePixelRatio())));
  plot_->replot(QCustomPlot::rpQueuedRefresh);
  if (xTicks(plot_->size()) == xTicks_) return;
  setAxes(frame, plot_->size());  // the area has another width now, and would get other ticks at the next drawing
  plot_->replot(QCustomPlot::rpQueuedRefresh);
}

void ChartPlot::setXAxis(TickText text, const QString& title) {
  xText_ = text;
  plot_->xAxis->setLabel(title);
}

void ChartPlot::paintFigure(QPaintDevice& device, QSize size, int head, const std::function<void(QPainter&)>& paintHead,
                            const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme) {
  const bool raster = device.devType() == QInternal::Image;
  QCPPainter painter;
  if (!painter.begin(&device)) return;
  painter.setMode(QCPPainter::pmNonCosmetic);
  painter.setMode(QCPPainter::pmVectorized, !raster);
  painter.setRenderHint(QPainter::Antialiasing);
  // In pixels, since a device of its own resolution would make points of another size than the layout reckons with.
  const QFont screen = plot_->font();
  QFont exact = screen;
  exact.setPixelSize(QFontInfo(screen).pixelSize());
  plot_->setFont(exact);
  painter.setFont(exact);
  paintHead(painter);
  const QSize inner(size.width(), size.height() - head);
  setAxes(frame, inner);
  fill(frame, lines, theme, 2 * inner.width());
  painter.translate(0, head);
  plot_->toPainter(&painter, inner.width(), inner.height());
  plot_->setFont(screen);
}

void ChartPlot::fill(const ChartFrame& frame, const std::map<int64_t, ChartLine>& lines, const Theme& theme,
                     int width) {
  styleAxes(theme);
  beginLines();
  // Numbers along the axes of nothing would be invented ones.
  const bool any =
      std::ranges::any_of(lines, [](const auto& line) { return line.second.isShown() && !line.second.series.empty(); });
  anyStrong_ = std::ranges::any_of(
      lines, [](const auto& line) { return line.second.isShown() && line.second.style.weight == LineWeight::Strong; });
  plot_->xAxis->setVisible(any);
  plot_->yAxis->setVisible(any);
  // Backwards through weights and looks, so that the most important line is drawn last.
  for (const auto weight : {LineWeight::Pale, LineWeight::Normal, LineWeight::Strong})
    for (const auto look :
         {LineLook::Faint, LineLook::Dots, LineLook::Reference, LineLook::Curve, LineLook::Points, LineLook::Mark})
      for (const auto& [key, line] : lines)
        if (line.isShown() && line.style.weight == weight && line.style.look == look)
          fillLine(key, line, frame, theme, width);
  for (const auto& [key, line] : lines)
    if (line.isShown()) fillMarks(line, frame, theme, width);
  endLines();
  setLabels(frame, lines, theme);
}

void ChartPlot::styleAxes(const Theme& theme) {
  plot_->setBackground(QBrush(theme.card));
  for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
    const QPen hairline(theme.line, 1);
    axis->setBasePen(hairline);
    axis->setTickPen(hairline);
    axis->setSubTickPen(hairline);
    axis->setNumberFormat(QStringLiteral("g"));  // else 3e-3 is set with superscripts, unlike elsewhere
    axis->setTickLength(0, 4);
    axis->setSubTickLength(0, 2);
    axis->setTickLabelColor(theme.mutedText);
    axis->setLabelColor(theme.mutedText);
    axis->setTickLabelFont(plot_->font());
    axis->setLabelFont(plot_->font());
    axis->setTickLabelPadding(6);
    axis->setLabelPadding(2);
    axis->grid()->setPen(QPen(theme.grid, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  plot_->xAxis->grid()->setVisible(false);
}

int ChartPlot::xTicks(QSize size) const {
  // Names at the ends of lines take their part of a narrow chart.
  const int inside = size.width() - plot_->width() + area().width();
  return std::clamp((inside + 70) / 110, 2, 6);
}

void ChartPlot::setAxes(const ChartFrame& frame, QSize size) {
  xTicks_ = xTicks(size);
  const int yTicks = std::clamp(size.height() / 55, 3, 6);
  const auto set = [](QCPAxis& axis, bool logarithmic, TickText text, int ticks, const Span& span) {
    axis.setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis.setTicker(makeTicker(text, logarithmic, ticks));
    axis.setSubTicks(logarithmic);
    axis.setRange(span.low, span.high);
  };
  set(*plot_->xAxis, frame.logX, xText_, xTicks_, frame.x);
  set(*plot_->yAxis, frame.logY, yText_, yTicks, frame.y);
}

QRect ChartPlot::area() const {
  return plot_->axisRect()->rect();
}

QPointF ChartPlot::pixelOf(double x, double y) const {
  return {plot_->xAxis->coordToPixel(x), plot_->yAxis->coordToPixel(y)};
}

QPointF ChartPlot::valueAt(QPointF pixel) const {
  return {plot_->xAxis->pixelToCoord(pixel.x()), plot_->yAxis->pixelToCoord(pixel.y())};
}

double ChartPlot::drawTime() const {
  return plot_->replotTime(true);
}

void ChartPlot::setPixelRatio(double ratio) {
  plot_->setBufferDevicePixelRatio(ratio);
}

}  // namespace scanline
