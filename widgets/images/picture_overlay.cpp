#include "widgets/images/picture_overlay.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "widgets/images/device_painter.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kMargin = 16;       // around picture and words
constexpr int kWordsHeight = 56;  // two lines below the picture
}  // namespace

PictureOverlay::PictureOverlay(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Enlarged picture"));
  hide();
}

void PictureOverlay::show(const PictureSet& set, int index, int columns) {
  set_ = set;
  index_ = index;
  columns_ = std::max(1, columns);
  setAccessibleDescription(set_.cells[static_cast<size_t>(index)].name);
  QWidget::show();
  raise();
  update();
}

int PictureOverlay::zoom() const {
  const QSizeF room = QSizeF(size() - QSize(2 * kMargin, 2 * kMargin + kWordsHeight)) * devicePixelRatioF();
  return std::max(1, static_cast<int>(std::min(room.width() / set_.width, room.height() / set_.height)));
}

QRect PictureOverlay::pictureRect() const {
  const double ratio = devicePixelRatioF();
  const QSize picture(set_.width * zoom(), set_.height * zoom());
  const QSizeF room = QSizeF(size() - QSize(0, kWordsHeight)) * ratio;
  return {QPoint(static_cast<int>((room.width() - picture.width()) / 2),
                 static_cast<int>((room.height() - picture.height()) / 2)),
          picture};
}

void PictureOverlay::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  const auto& cell = set_.cells[static_cast<size_t>(index_)];
  QPainter painter(this);
  painter.fillRect(rect(), theme.window);
  const QRect target = pictureRect();
  painter.save();
  useDevicePixels(painter, devicePixelRatioF());
  paintPicture(painter, set_, index_, target, theme.mutedText);
  if (!cell.hatched) paintGivenBorder(painter, set_, index_, target);
  painter.restore();

  QStringList words;
  if (!set_.title.isEmpty()) words << set_.title;
  if (!cell.detail.isEmpty()) words << cell.detail;
  const int top = static_cast<int>((target.bottom() + 1) / devicePixelRatioF()) + kMargin / 2;
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(theme.text);
  painter.drawText(QRect(0, top, width(), 24), Qt::AlignCenter, cell.name);
  painter.setFont(font());
  painter.setPen(theme.mutedText);
  painter.drawText(QRect(0, top + 24, width(), 24), Qt::AlignCenter, words.join(QStringLiteral(" · ")));
}

void PictureOverlay::keyPressEvent(QKeyEvent* event) {
  int next = index_;
  switch (event->key()) {
    case Qt::Key_Escape:
    case Qt::Key_Return:
    case Qt::Key_Enter:
      emit closed();
      return;
    case Qt::Key_Left:
      next -= 1;
      break;
    case Qt::Key_Right:
      next += 1;
      break;
    case Qt::Key_Up:
      next -= columns_;
      break;
    case Qt::Key_Down:
      next += columns_;
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  if (next < 0 || next >= set_.count()) return;
  index_ = next;
  setAccessibleDescription(set_.cells[static_cast<size_t>(index_)].name);
  update();
  emit currentChanged(index_);
}

void PictureOverlay::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const QPoint device = (event->position() * devicePixelRatioF()).toPoint();
  if (!pictureRect().contains(device)) emit closed();
}

}  // namespace scanline
