#include "widgets/studio/choice_strip.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kHeight = 24, kGap = 2, kLeast = 24;
}

ChoiceStrip::ChoiceStrip(const QString& what, const QString& each, QWidget* parent) : QWidget(parent), each_(each) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(what);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void ChoiceStrip::setCount(int count) {
  count_ = std::max(0, count);
  current_ = std::clamp(current_, 0, std::max(0, count_ - 1));
  hovered_ = -1;
  tell();
  updateGeometry();
  update();
}

void ChoiceStrip::setCurrent(int index) {
  if (index < 0 || index >= count_) return;
  current_ = index;
  tell();
  update();
}

void ChoiceStrip::tell() {
  setAccessibleDescription(count_ > 0 ? each_.arg(current_ + 1) : QString());
}

void ChoiceStrip::choose(int index) {
  if (index < 0 || index >= count_) return;
  setCurrent(index);
  emit chosen(index);
}

int ChoiceStrip::cell() const {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  return std::max(kLeast, QFontMetrics(bold).horizontalAdvance(QString::number(count_)) + 10);
}

int ChoiceStrip::columns(int width) const {
  return std::max(1, (width + kGap) / (cell() + kGap));
}

QRect ChoiceStrip::rectOf(int index) const {
  const int across = columns(width());
  return {(index % across) * (cell() + kGap), (index / across) * (kHeight + kGap), cell(), kHeight};
}

int ChoiceStrip::heightForWidth(int width) const {
  const int across = columns(width), rows = std::max(1, (count_ + across - 1) / across);
  return rows * (kHeight + kGap) - kGap;
}

QSize ChoiceStrip::sizeHint() const {
  return {240, heightForWidth(240)};
}

QSize ChoiceStrip::minimumSizeHint() const {
  return {cell(), kHeight};
}

int ChoiceStrip::indexAt(QPoint at) const {
  for (int index = 0; index < count_; ++index)
    if (rectOf(index).contains(at)) return index;
  return -1;
}

void ChoiceStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  painter.setRenderHint(QPainter::Antialiasing);
  for (int index = 0; index < count_; ++index) {
    const bool isCurrent = index == current_;
    const QRectF box = QRectF(rectOf(index)).adjusted(0.5, 0.5, -0.5, -0.5);
    const QColor edge = isCurrent && hasFocus() ? theme.accent : theme.line;
    painter.setPen(QPen(isEnabled() ? edge : theme.grid, isCurrent && hasFocus() ? 2 : 1));
    painter.setBrush(isCurrent && isEnabled() ? theme.selection : index == hovered_ ? theme.hover : theme.card);
    painter.drawRoundedRect(box, 3, 3);
    QFont font = this->font();
    font.setWeight(isCurrent && isEnabled() ? QFont::DemiBold : QFont::Normal);
    painter.setFont(font);
    painter.setPen(isEnabled() ? theme.text : theme.faint(theme.text, 0.45));
    painter.drawText(rectOf(index), Qt::AlignCenter, QString::number(index + 1));
  }
}

void ChoiceStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(indexAt(event->position().toPoint()));
}

void ChoiceStrip::mouseMoveEvent(QMouseEvent* event) {
  const int index = indexAt(event->position().toPoint());
  if (index == std::exchange(hovered_, index)) return;
  setToolTip(index < 0 ? QString() : each_.arg(index + 1));
  update();
}

void ChoiceStrip::leaveEvent(QEvent*) {
  hovered_ = -1;
  update();
}

void ChoiceStrip::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      return choose(current_ - 1);
    case Qt::Key_Right:
      return choose(current_ + 1);
    case Qt::Key_Up:
      return choose(current_ - columns(width()));
    case Qt::Key_Down:
      return choose(current_ + columns(width()));
    case Qt::Key_Home:
      return choose(0);
    case Qt::Key_End:
      return choose(count_ - 1);
    default:
      QWidget::keyPressEvent(event);
  }
}

void ChoiceStrip::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::EnabledChange) update();
}

}  // namespace scanline
