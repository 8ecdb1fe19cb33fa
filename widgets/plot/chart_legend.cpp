#include "widgets/plot/chart_legend.h"

#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kMark = 18, kMarkGap = 6, kGap = 16, kLongestName = 180, kMoreRoom = 36;

}  // namespace

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void ChartLegend::setEntries(std::vector<Entry> entries) {
  if (entries == entries_) return;
  entries_ = std::move(entries);
  QStringList names;
  for (const auto& entry : entries_) names << entry.name;
  setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
  setToolTip(names.size() > 3 ? names.join('\n') : QString());
  updateGeometry();
  update();
}

int ChartLegend::widthOf(const Entry& entry) const {
  return kMark + kMarkGap + std::min(kLongestName, fontMetrics().horizontalAdvance(entry.name) + 1);
}

QSize ChartLegend::sizeHint() const {
  int width = entries_.empty() ? 0 : -kGap;
  for (const auto& entry : entries_) width += widthOf(entry) + kGap;
  return {width, fontMetrics().height() + 4};
}

QSize ChartLegend::minimumSizeHint() const {
  return {entries_.empty() ? 0 : std::min(sizeHint().width(), 80), sizeHint().height()};
}

std::vector<ChartLegend::Place> ChartLegend::places() const {
  std::vector<Place> places;
  int x = 0;
  for (size_t at = 0; at < entries_.size(); ++at) {
    const int wide = widthOf(entries_[at]);
    const bool last = at + 1 == entries_.size();
    if (x + wide > width() - (last ? 0 : kMoreRoom)) break;
    places.push_back({at, QRect(x, 0, wide, height())});
    x += wide + kGap;
  }
  return places;
}

void ChartLegend::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto shown = places();
  for (const auto& [at, rect] : shown) {
    const Entry& entry = entries_[at];
    const QColor colour = entry.colour < 0 ? theme.mutedText : theme.run(entry.colour);
    const double y = rect.height() / 2.0;
    Qt::PenStyle dash = entry.colour < 0 ? Qt::SolidLine : runDash(entry.colour);
    if (entry.look == LineLook::Reference) dash = Qt::DashLine;
    const double thick = entry.look == LineLook::Curve ? 2 : 1;
    painter.setPen(QPen(entry.look == LineLook::Faint ? theme.faint(colour) : colour, thick, dash, Qt::FlatCap));
    const bool dots = entry.look == LineLook::Dots;
    if (!dots) painter.drawLine(QPointF(rect.left(), y), QPointF(rect.left() + kMark, y));
    if (dots || entry.look == LineLook::Points) {
      painter.setBrush(dots ? theme.card : colour);
      painter.setPen(QPen(dots ? colour : theme.card, 1));
      const double radius = dots ? 2.5 : 3.5;
      painter.drawEllipse(QPointF(rect.left() + kMark / 2.0, y), radius, radius);
    }
    painter.setPen(entry.colour < 0 ? theme.mutedText : theme.text);
    const QRect words = rect.adjusted(kMark + kMarkGap, 0, 0, 0);
    painter.drawText(words, Qt::AlignVCenter, fontMetrics().elidedText(entry.name, Qt::ElideRight, words.width()));
  }
  if (shown.size() == entries_.size()) return;
  painter.setPen(theme.mutedText);
  const int x = shown.empty() ? 0 : shown.back().rect.right() + 1 + kGap / 2;
  painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter, tr("+%1").arg(entries_.size() - shown.size()));
}

void ChartLegend::mouseReleaseEvent(QMouseEvent* event) {
  for (const auto& [at, rect] : places())
    if (entries_[at].id != 0 && rect.contains(event->position().toPoint())) emit entryClicked(entries_[at].id);
}

void ChartLegend::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
