#include "widgets/plot/chart_legend.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

namespace scanline {

namespace {

constexpr int kMark = 18, kMarkGap = 6, kGap = 16, kRowGap = 4, kLongestName = 220, kMoreRoom = 36;
constexpr int kUsualRows = 5, kLeastName = 40;

int widthOf(const ChartLegend::Entry& entry, const QFontMetrics& metrics) {
  const int name = metrics.horizontalAdvance(entry.name) + 1;
  const int bold = entry.strong ? name / 8 + 2 : 0;  // room for heavier letters
  return kMark + kMarkGap + std::min(kLongestName, name + bold);
}

}  // namespace

std::vector<QRect> legendPlaces(const std::vector<ChartLegend::Entry>& entries, const QFontMetrics& metrics,
                                int width) {
  std::vector<QRect> places;
  const int height = metrics.height() + kRowGap;
  int x = 0, y = 0;
  for (const auto& entry : entries) {
    const int wide = std::min(widthOf(entry, metrics), std::max(kMark, width));
    if (x > 0 && x + wide > width) {
      x = 0;
      y += height;
    }
    places.emplace_back(x, y, wide, height);
    x += wide + kGap;
  }
  return places;
}

void paintLegendEntry(QPainter& painter, const QRect& rect, const ChartLegend::Entry& entry, const Theme& theme) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor full = entry.colour < 0 ? theme.mutedText : theme.run(entry.colour);
  const QColor colour = entry.hidden ? theme.faint(full, 0.35) : full;
  const double y = rect.top() + rect.height() / 2.0;
  Qt::PenStyle dash = entry.colour < 0 ? Qt::SolidLine : runDash(entry.colour);
  if (entry.look == LineLook::Reference) dash = Qt::DashLine;
  const double thick = entry.strong ? 3 : entry.look == LineLook::Curve ? 2 : 1;
  painter.setPen(QPen(entry.look == LineLook::Faint ? theme.faint(colour) : colour, thick, dash, Qt::FlatCap));
  const bool dots = entry.look == LineLook::Dots;
  if (!dots) painter.drawLine(QPointF(rect.left(), y), QPointF(rect.left() + kMark, y));
  if (dots || entry.look == LineLook::Points) {
    painter.setBrush(dots ? theme.card : colour);
    painter.setPen(QPen(dots ? colour : theme.card, 1));
    const double radius = dots ? 2.5 : 3.5;
    painter.drawEllipse(QPointF(rect.left() + kMark / 2.0, y), radius, radius);
  }
  painter.setPen(entry.colour < 0 || entry.hidden ? theme.mutedText : theme.text);
  QFont font = painter.font();
  font.setStrikeOut(entry.hidden);
  if (entry.strong) font.setWeight(QFont::DemiBold);
  painter.setFont(font);
  const QRect words = rect.adjusted(kMark + kMarkGap, 0, 0, 0);
  painter.drawText(words, Qt::AlignVCenter | Qt::TextDontClip,
                   QFontMetrics(font).elidedText(entry.name, Qt::ElideMiddle, words.width()));
  painter.restore();
}

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void ChartLegend::setSwitches(bool switches) {
  switches_ = switches;
  setFocusPolicy(switches ? Qt::TabFocus : Qt::NoFocus);
  setMouseTracking(switches);
  QSizePolicy policy(switches ? QSizePolicy::Preferred : QSizePolicy::Maximum,
                     switches ? QSizePolicy::Minimum : QSizePolicy::Fixed);
  policy.setHeightForWidth(switches);
  setSizePolicy(policy);
}

void ChartLegend::setRows(int most) {
  if (std::exchange(rows_, most) == most) return;
  QSizePolicy policy(QSizePolicy::Maximum, most > 1 ? QSizePolicy::Minimum : QSizePolicy::Fixed);
  policy.setHeightForWidth(most > 1);
  setSizePolicy(policy);
  updateGeometry();
}

void ChartLegend::setEntries(std::vector<Entry> entries) {
  if (entries == entries_) return;
  entries_ = std::move(entries);
  current_ = std::min(current_, entries_.empty() ? 0 : entries_.size() - 1);
  QStringList names;
  for (const auto& entry : entries_) names << (entry.hidden ? tr("%1 (hidden)").arg(entry.name) : entry.name);
  setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
  if (switches_)
    setToolTip(tr("Click a run to hide or show it, double-click to see it alone"));
  else
    setToolTip(names.size() > 3 ? names.join('\n') : QString());
  updateGeometry();
  update();
}

QSize ChartLegend::sizeHint() const {
  int width = entries_.empty() ? 0 : -kGap;
  for (const auto& entry : entries_) width += widthOf(entry, fontMetrics()) + kGap;
  return {width, fontMetrics().height() + kRowGap};
}

QSize ChartLegend::minimumSizeHint() const {
  if (switches_) return {entries_.empty() ? 0 : 120, sizeHint().height()};
  return {entries_.empty() ? 0 : std::min(sizeHint().width(), kMark + kMarkGap + kLeastName + kMoreRoom),
          sizeHint().height()};
}

int ChartLegend::heightForWidth(int width) const {
  const auto shown = placesIn(width);
  return shown.empty() ? 0 : shown.back().rect.bottom() + 1;
}

std::vector<ChartLegend::Place> ChartLegend::places() const {
  return placesIn(width());
}

std::vector<ChartLegend::Place> ChartLegend::placesIn(int width) const {
  std::vector<Place> places;
  const auto all = legendPlaces(entries_, fontMetrics(), width);
  const int rowHeight = fontMetrics().height() + kRowGap;
  const int rows = !switches_ ? rows_ : isWhole_ ? int(all.size()) : kUsualRows;
  for (size_t at = 0; at < all.size(); ++at) {
    const bool lastRow = all[at].top() == (rows - 1) * rowHeight;
    const bool more = at + 1 < all.size();
    if (all[at].top() >= rows * rowHeight) break;
    // "+3" needs a place in the last row unless all that follow have one.
    if (lastRow && more && all.back().top() > all[at].top() && all[at].right() + 1 > width - kMoreRoom) break;
    if (!switches_ && all[at].right() + 1 > width) break;
    places.push_back({at, all[at]});
  }
  // A number alone names nothing: of the first there is at least a part of its name.
  const int left = width - kMoreRoom;
  if (!switches_ && places.empty() && !all.empty() && left >= kMark + kMarkGap + kLeastName)
    places.push_back({0, QRect(0, 0, left, rowHeight)});
  return places;
}

QRect ChartLegend::placeOf(int64_t id) const {
  for (const auto& [at, rect] : places())
    if (entries_[at].id == id) return rect;
  return {};
}

void ChartLegend::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  const auto shown = places();
  for (const auto& [at, rect] : shown) {
    if (entries_[at].id != 0 && entries_[at].id == hovered_) painter.fillRect(rect.adjusted(-3, 0, 3, 0), theme.hover);
    paintLegendEntry(painter, rect, entries_[at], theme);
    if (hasFocus() && at == current_) {
      painter.setPen(QPen(theme.accent, 1.5));
      painter.drawRect(QRectF(rect).adjusted(-2, 0.5, 2, -0.5));
    }
  }
  if (shown.size() == entries_.size()) return;
  painter.setPen(switches_ ? theme.accent : theme.mutedText);
  const QRect last = shown.empty() ? QRect(0, 0, 0, fontMetrics().height() + kRowGap) : shown.back().rect;
  const int x = last.isEmpty() ? 0 : last.right() + 1 + kGap / 2;
  painter.drawText(QRect(x, last.top(), width() - x, last.height()), Qt::AlignVCenter,
                   tr("+%1").arg(entries_.size() - shown.size()));
}

const ChartLegend::Entry* ChartLegend::entryAt(QPoint at) const {
  for (const auto& [entry, rect] : places())
    if (entries_[entry].id != 0 && rect.contains(at)) return &entries_[entry];
  return nullptr;
}

void ChartLegend::mouseReleaseEvent(QMouseEvent* event) {
  if (std::exchange(afterDoubleClick_, false) || event->button() != Qt::LeftButton) return;
  const QPoint at = event->position().toPoint();
  if (const Entry* entry = entryAt(at)) {
    switches_ ? emit entrySwitched(entry->id) : emit entryClicked(entry->id);
    return;
  }
  const auto shown = places();
  if (!switches_ || shown.size() == entries_.size() || shown.empty() || at.x() < shown.back().rect.right()) return;
  isWhole_ = true;  // the click was on "+3"
  updateGeometry();
  update();
}

void ChartLegend::mouseDoubleClickEvent(QMouseEvent* event) {
  const Entry* entry = entryAt(event->position().toPoint());
  if (!switches_ || entry == nullptr) return;
  afterDoubleClick_ = true;
  emit entryIsolated(entry->id);
}

void ChartLegend::hover(int64_t id) {
  if (std::exchange(hovered_, id) == id) return;
  update();
  emit entryHovered(id);
}

void ChartLegend::mouseMoveEvent(QMouseEvent* event) {
  const Entry* entry = entryAt(event->position().toPoint());
  hover(entry ? entry->id : 0);
}

void ChartLegend::leaveEvent(QEvent*) {
  hover(0);
}

void ChartLegend::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void ChartLegend::keyPressEvent(QKeyEvent* event) {
  if (entries_.empty()) return QWidget::keyPressEvent(event);
  const bool isRun = entries_[current_].id != 0;
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up:
      current_ = current_ > 0 ? current_ - 1 : 0;
      break;
    case Qt::Key_Right:
    case Qt::Key_Down:
      current_ = std::min(current_ + 1, entries_.size() - 1);
      break;
    case Qt::Key_Space:
      if (isRun) emit entrySwitched(entries_[current_].id);
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (isRun) emit entryClicked(entries_[current_].id);
      break;
    default:
      return QWidget::keyPressEvent(event);
  }
  if (!isWhole_ && current_ >= places().size()) {
    isWhole_ = true;
    updateGeometry();
  }
  update();
}

void ChartLegend::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
