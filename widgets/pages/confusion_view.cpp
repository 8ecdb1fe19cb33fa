#include "widgets/pages/confusion_view.h"

#include <QContextMenuEvent>
#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kTop = 10, kNameGap = 6, kLongestName = 90;
constexpr int kLeastDigits = 9;  // px, their font
constexpr QSize kFigureSize{520, 560};

}  // namespace

ConfusionView::ConfusionView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
}

void ConfusionView::setMatrix(const QString& title, int64_t classes, std::vector<ConfusionCell> cells,
                              QStringList names) {
  title_ = title;
  classes_ = classes;
  cells_ = std::move(cells);
  rowSums_.assign(size_t(classes), 0);
  for (const ConfusionCell& cell : cells_) rowSums_[size_t(cell.truth)] += cell.count;
  names_ = std::move(names);
  if (hovered_ && std::max(hovered_->first, hovered_->second) >= classes) hovered_.reset();
  chosen_.reset();
  setAccessibleName(tr("Confusion matrix, %1").arg(title));
  update();
}

QString ConfusionView::nameOf(int64_t at) const {
  return at < names_.size() ? names_[at] : QString::number(at);
}

int32_t ConfusionView::count(int64_t truth, int64_t said) const {
  const std::pair<int64_t, int64_t> wanted(truth, said);
  const auto place = [](const ConfusionCell& cell) { return std::pair<int64_t, int64_t>(cell.truth, cell.said); };
  const auto found = std::ranges::lower_bound(cells_, wanted, {}, place);
  return found != cells_.end() && place(*found) == wanted ? found->count : 0;
}

QString ConfusionView::words(int64_t truth, int64_t said) const {
  const int64_t sum = rowSums_[size_t(truth)];
  const QString share = sum > 0 ? text::percent(double(count(truth, said)) / double(sum)) : QStringLiteral("–");
  const QString names =
      truth == said ? tr("%1 recognised").arg(nameOf(truth)) : tr("%1 taken for %2").arg(nameOf(truth), nameOf(said));
  return tr("%1: %2 of %3 (%4)").arg(names).arg(count(truth, said)).arg(sum).arg(share);
}

ConfusionView::Layout ConfusionView::layoutIn(QSize size) const {
  const QFontMetrics metrics(font());
  int widest = 0;
  for (int64_t at = 0; at < classes_; ++at) widest = std::max(widest, metrics.horizontalAdvance(nameOf(at)));
  widest = std::min(widest, kLongestName);
  const int left = kEdge + metrics.height() + 4 + widest + kNameGap;
  const int top = kTop + 2 * metrics.height() + 12;
  // Below: names (turned if they are long), the word for the axis, the sentence.
  const int below = kNameGap + std::max(widest, metrics.height()) + 2 * metrics.height() + 16;
  const int room = std::min(size.width() - left - kEdge, size.height() - top - below);
  const int cell = std::max(1, room / int(std::max<int64_t>(1, classes_)));
  return {QRect(left, top, cell * int(classes_), cell * int(classes_)), cell};
}

QPoint ConfusionView::centreOf(int64_t truth, int64_t said) const {
  const auto [grid, cell] = layoutIn(size());
  return {grid.left() + int(said) * cell + cell / 2, grid.top() + int(truth) * cell + cell / 2};
}

void ConfusionView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, size(), Theme(palette()));
}

void ConfusionView::paint(QPainter& painter, QSize size, const Theme& theme) const {
  const QFontMetrics metrics(font());
  const QRect head(kEdge, kTop, size.width() - 2 * kEdge, metrics.height());
  paintHead(painter, head, tr("Confusion"), {}, theme);
  painter.drawText(head.translated(0, metrics.height() + 2), Qt::AlignLeft | Qt::AlignVCenter,
                   metrics.elidedText(title_, Qt::ElideRight, head.width()));
  if (classes_ == 0) return;
  const Layout layout = layoutIn(size);
  paintCells(painter, layout, theme);
  paintNames(painter, layout, theme);
  painter.setBrush(Qt::NoBrush);
  for (const auto& [cell, width] : {std::pair{chosen_, 2.5}, std::pair{hovered_, 1.5}})
    if (cell) {
      painter.setPen(QPen(theme.text, width));
      painter.drawRect(QRect(layout.grid.left() + int(cell->second) * layout.cell,
                             layout.grid.top() + int(cell->first) * layout.cell, layout.cell - 1, layout.cell - 1));
    }
  if (!hovered_) return;
  const auto [truth, said] = *hovered_;
  const QRect foot(kEdge, size.height() - metrics.height() - 4, size.width() - 2 * kEdge, metrics.height());
  painter.drawText(foot, Qt::AlignLeft, metrics.elidedText(words(truth, said), Qt::ElideRight, foot.width()));
}

/// As large as the largest count of the matrix allows, so that all have one size; a cell too small for the least leaves
/// its count to the sentence below.
QFont ConfusionView::digitsFont(int cell) const {
  int32_t most = 0;
  for (const ConfusionCell& each : cells_) most = std::max(most, each.count);
  const QString widest(QString::number(most).size(), QLatin1Char('8'));
  QFont digits = font();
  int size = QFontInfo(font()).pixelSize();
  const auto fits = [&] {
    digits.setPixelSize(size);
    return QFontMetrics(digits).horizontalAdvance(widest) + 3 <= cell;
  };
  for (; !fits() && size > kLeastDigits;) --size;
  return digits;
}

void ConfusionView::paintCells(QPainter& painter, const Layout& layout, const Theme& theme) const {
  const QFont words = painter.font();
  painter.setFont(digitsFont(layout.cell));
  const QFontMetrics metrics(painter.font());
  const int gap = layout.cell >= 8 ? 1 : 0;
  const auto rectOf = [&](int64_t truth, int64_t said) {
    return QRect(layout.grid.left() + int(said) * layout.cell, layout.grid.top() + int(truth) * layout.cell,
                 layout.cell - gap, layout.cell - gap);
  };
  const QColor none = theme.faint(theme.text, 0.03);
  if (gap == 0) painter.fillRect(layout.grid, none);  // of thousands of classes, millions of cells
  for (int64_t truth = 0; gap > 0 && truth < classes_; ++truth)
    for (int64_t said = 0; said < classes_; ++said)
      if (count(truth, said) == 0) painter.fillRect(rectOf(truth, said), none);
  for (const ConfusionCell& each : cells_) {
    const QRect cell = rectOf(each.truth, each.said);
    const double share = double(each.count) / double(std::max<int64_t>(1, rowSums_[size_t(each.truth)]));
    // A single mistake stays visible beside a full diagonal.
    const QColor fill = theme.faint(theme.accent, 0.12 + 0.88 * share);
    painter.fillRect(cell, fill);
    const QString digits = QString::number(each.count);
    if (metrics.horizontalAdvance(digits) + 2 > cell.width() || metrics.ascent() > cell.height()) continue;
    painter.setPen(inkOn(fill));
    painter.drawText(cell, Qt::AlignCenter, digits);
  }
  painter.setFont(words);
}

void ConfusionView::paintNames(QPainter& painter, const Layout& layout, const Theme& theme) const {
  const QFontMetrics metrics(font());
  painter.setPen(theme.mutedText);
  const auto every = std::max<int64_t>(1, (metrics.height() + layout.cell - 1) / layout.cell);
  bool turned = false;
  for (int64_t at = 0; at < classes_; ++at) turned |= metrics.horizontalAdvance(nameOf(at)) > layout.cell * every - 2;
  int longest = metrics.height();
  for (int64_t at = 0; at < classes_; at += every) {
    const QString name = metrics.elidedText(nameOf(at), Qt::ElideRight, kLongestName);
    if (turned) longest = std::max(longest, metrics.horizontalAdvance(name));
    const int middle = int(at) * layout.cell + layout.cell / 2;
    painter.drawText(QRect(layout.grid.left() - kNameGap - kLongestName,
                           layout.grid.top() + middle - metrics.height() / 2, kLongestName, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, name);
    painter.save();
    painter.translate(layout.grid.left() + middle, layout.grid.bottom() + 1 + kNameGap);
    if (turned) {
      painter.rotate(-90);
      painter.drawText(QRect(-kLongestName, -metrics.height() / 2, kLongestName, metrics.height()),
                       Qt::AlignRight | Qt::AlignVCenter, name);
    } else {
      painter.drawText(QRect(-40, 0, 80, metrics.height()), Qt::AlignHCenter, name);
    }
    painter.restore();
  }
  painter.drawText(QRect(layout.grid.left() - 60, layout.grid.bottom() + kNameGap + longest + 4,
                         layout.grid.width() + 120, metrics.height()),
                   Qt::AlignHCenter, tr("said by the probe"));
  painter.save();
  painter.translate(kEdge, layout.grid.center().y());
  painter.rotate(-90);
  painter.drawText(QRect(-100, 0, 200, metrics.height()), Qt::AlignHCenter, tr("true class"));
  painter.restore();
}

std::optional<ConfusionView::Cell> ConfusionView::cellAt(QPoint at) const {
  const auto [grid, cell] = layoutIn(size());
  if (classes_ == 0 || !grid.contains(at)) return {};
  return Cell{(at.y() - grid.top()) / cell, (at.x() - grid.left()) / cell};
}

void ConfusionView::point(std::optional<Cell> cell) {
  hovered_ = cell;
  const QString sentence = cell ? words(cell->first, cell->second) : QString();
  setToolTip(sentence);
  setAccessibleDescription(sentence);
  const bool opens = cell && count(cell->first, cell->second) > 0;
  setCursor(opens ? Qt::PointingHandCursor : Qt::ArrowCursor);
  update();
}

void ConfusionView::setChosen(std::optional<Cell> cell) {
  chosen_ = cell;
  update();
}

void ConfusionView::choose(const Cell& cell) {
  if (count(cell.first, cell.second) == 0) return;
  setChosen(cell);
  emit cellChosen(static_cast<int>(cell.first), static_cast<int>(cell.second));
}

void ConfusionView::mouseMoveEvent(QMouseEvent* event) {
  point(cellAt(event->position().toPoint()));
}

void ConfusionView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
  if (const auto cell = cellAt(event->position().toPoint())) choose(*cell);
}

void ConfusionView::leaveEvent(QEvent*) {
  point({});
}

void ConfusionView::keyPressEvent(QKeyEvent* event) {
  if (classes_ == 0) return QWidget::keyPressEvent(event);
  Cell to = hovered_ ? *hovered_ : chosen_.value_or(Cell{0, 0});
  const bool walks = hovered_ || chosen_;
  switch (event->key()) {
    case Qt::Key_Left:
      to.second -= walks;
      break;
    case Qt::Key_Right:
      to.second += walks;
      break;
    case Qt::Key_Up:
      to.first -= walks;
      break;
    case Qt::Key_Down:
      to.first += walks;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      return choose(to);
    default:
      return QWidget::keyPressEvent(event);
  }
  point(Cell{std::clamp<int64_t>(to.first, 0, classes_ - 1), std::clamp<int64_t>(to.second, 0, classes_ - 1)});
}

void ConfusionView::contextMenuEvent(QContextMenuEvent* event) {
  openFigureMenu(
      *this, event->globalPos(), tr("confusion"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme); },
      [this](const QString& why) { emit failed(why); });
}

void ConfusionView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
