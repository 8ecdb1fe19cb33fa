#include "widgets/pages/codebook_view.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/tokens/quantisation.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kTop = 8, kGap = 6;
constexpr QSize kFigureSize{640, 280};

}  // namespace

CodebookView::CodebookView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
}

void CodebookView::setUse(CodebookUse use) {
  use_ = std::move(use);
  order_.resize(use_.counts.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [this](size_t a, size_t b) { return use_.counts[a] > use_.counts[b]; });
  total_ = std::accumulate(use_.counts.begin(), use_.counts.end(), int64_t{0});
  used_ = std::count_if(use_.counts.begin(), use_.counts.end(), [](int64_t count) { return count > 0; });
  perplexity_ = perplexity(use_.counts);
  if (pointed_ && *pointed_ >= order_.size()) pointed_.reset();
  setAccessibleName(title());
  update();
}

QString CodebookView::title() const {
  if (order_.empty()) return tr("Codebook use");
  return tr("Codebook use at step %1: %2").arg(text::steps(use_.step), shortTitle());
}

QString CodebookView::shortTitle() const {
  return tr("%1 of %2 codes, perplexity %3")
      .arg(text::steps(used_), text::steps(int64_t(order_.size())),
           perplexity_ < 100 ? text::number(perplexity_, 3) : text::steps(std::llround(perplexity_)));
}

QString CodebookView::words(size_t rank) const {
  const size_t code = order_[rank];
  const int64_t count = use_.counts[code];
  return tr("code %1, number %2: %3 of %4 (%5)")
      .arg(code)
      .arg(rank + 1)
      .arg(text::steps(count), text::steps(total_), text::percent(total_ > 0 ? double(count) / double(total_) : 0));
}

// --- painting ---

QRect CodebookView::areaIn(QSize size) const {
  const QFontMetrics metrics(font());
  const int64_t most = order_.empty() ? 0 : use_.counts[order_.front()];
  const int left = kEdge + metrics.horizontalAdvance(text::steps(most)) + kGap;
  const int top = kTop + metrics.height() + 10, bottom = metrics.height() + kGap + 4;
  return {left, top, std::max(1, size.width() - left - kEdge), std::max(1, size.height() - top - bottom)};
}

QRectF CodebookView::barIn(const QRect& area, size_t rank) const {
  const double wide = double(area.width()) / double(order_.size());
  const auto most = double(std::max<int64_t>(1, use_.counts[order_.front()]));
  const double high = area.height() * double(use_.counts[order_[rank]]) / most;
  return {area.left() + double(rank) * wide, area.top() + area.height() - high, wide, high};
}

void CodebookView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, size(), Theme(palette()));
}

void CodebookView::paint(QPainter& painter, QSize size, const Theme& theme) const {
  const QFontMetrics metrics(font());
  const QRect head(kEdge, kTop, size.width() - 2 * kEdge, metrics.height());
  QFont bold = painter.font();
  bold.setWeight(QFont::DemiBold);
  const bool fits = QFontMetrics(bold).horizontalAdvance(title()) <= head.width();
  paintHead(painter, head, fits ? title() : shortTitle(), pointed_ ? words(*pointed_) : QString(), theme);
  const QRect area = areaIn(size);
  if (order_.empty()) {
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap,
                     tr("How often each code is used appears with the first probe."));
    return;
  }
  paintBars(painter, area, theme);
}

void CodebookView::paintBars(QPainter& painter, const QRect& area, const Theme& theme) const {
  const QFontMetrics metrics(font());
  // One bar a code while they can be told apart, else one a pixel.
  const bool apart = area.width() >= 3 * int(order_.size());
  const QColor fill = theme.faint(theme.accent, 0.6);
  const auto column = [&](int x) {
    return std::min(order_.size() - 1, size_t(int64_t(x) * int64_t(order_.size()) / area.width()));
  };
  if (apart)
    for (size_t rank = 0; rank < order_.size(); ++rank) painter.fillRect(barIn(area, rank).adjusted(0, 0, -1, 0), fill);
  else
    for (int x = 0; x < area.width(); ++x) {
      const QRectF bar = barIn(area, column(x));
      painter.fillRect(QRectF(area.left() + x, bar.top(), 1, bar.height()), fill);
    }
  if (pointed_) {
    const QRectF bar = barIn(area, *pointed_);
    painter.fillRect(QRectF(bar.left(), bar.top(), std::max(2.0, bar.width() - 1), bar.height()), theme.accent);
  }
  painter.setPen(QPen(theme.line, 1));
  painter.drawLine(area.bottomLeft() + QPoint(0, 1), area.bottomRight() + QPoint(0, 1));

  const int64_t most = use_.counts[order_.front()];
  painter.setPen(theme.mutedText);
  const auto number = [&](int y, int64_t value) {
    painter.drawText(QRect(0, y - metrics.height() / 2, area.left() - kGap, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, text::steps(value));
  };
  number(area.top(), most);
  number(area.bottom(), 0);
  const int below = area.bottom() + kGap;
  painter.drawText(QRect(area.left(), below, area.width(), metrics.height()), Qt::AlignHCenter,
                   tr("codes, most used first"));
  painter.drawText(QRect(area.left(), below, area.width(), metrics.height()), Qt::AlignLeft, QStringLiteral("1"));
  painter.drawText(QRect(area.left(), below, area.width(), metrics.height()), Qt::AlignRight,
                   text::steps(int64_t(order_.size())));
  if (most == 0) return;
  const double even = double(total_) / double(order_.size());
  const double y = std::round(area.bottom() + 1 - area.height() * even / double(most)) + 0.5;
  painter.setPen(QPen(theme.mutedText, 1, Qt::DashLine));
  painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
  painter.drawText(QRectF(area.left(), y - metrics.height() - 2, area.width(), metrics.height()), Qt::AlignRight,
                   tr("even use"));
}

// --- input ---

void CodebookView::point(std::optional<size_t> rank) {
  if (rank == pointed_) return;
  pointed_ = rank;
  setAccessibleDescription(rank ? words(*rank) : QString());
  update();
  if (rank) emit codePointed(static_cast<qint64>(order_[*rank]));
}

void CodebookView::mouseMoveEvent(QMouseEvent* event) {
  const QRect area = areaIn(size());
  const int x = event->position().toPoint().x() - area.left();
  if (order_.empty() || x < 0 || x >= area.width()) return point({});
  point(size_t(int64_t(x) * int64_t(order_.size()) / area.width()));
}

void CodebookView::leaveEvent(QEvent*) {
  point({});
}

void CodebookView::keyPressEvent(QKeyEvent* event) {
  if (order_.empty()) return QWidget::keyPressEvent(event);
  const int64_t by = event->modifiers() & Qt::ShiftModifier ? 10 : 1, last = int64_t(order_.size()) - 1;
  int64_t to = pointed_ ? int64_t(*pointed_) : -1;
  switch (event->key()) {
    case Qt::Key_Left:
      to -= by;
      break;
    case Qt::Key_Right:
      to += by;
      break;
    case Qt::Key_Home:
      to = 0;
      break;
    case Qt::Key_End:
      to = last;
      break;
    default:
      return QWidget::keyPressEvent(event);
  }
  point(size_t(std::clamp<int64_t>(to, 0, last)));
}

void CodebookView::contextMenuEvent(QContextMenuEvent* event) {
  openFigureMenu(
      *this, event->globalPos(), tr("codebook-use"), kFigureSize,
      [this](QPainter& painter, const Theme& theme) { paint(painter, kFigureSize, theme); },
      [this](const QString& why) { emit failed(why); });
}

void CodebookView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
