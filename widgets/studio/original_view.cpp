#include "widgets/studio/original_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/images/device_painter.h"
#include "widgets/parts/theme.h"

namespace scanline {

OriginalView::OriginalView(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setOriginal({}, {});
}

void OriginalView::setOriginal(const QImage& image, const QString& name) {
  image_ = image;
  name_ = name;
  const QString size = QStringLiteral("%1 × %2").arg(image_.width()).arg(image_.height());
  setAccessibleName(image_.isNull() ? tr("No original") : tr("Original: %1, %2 pixels").arg(name_, size));
  updateGeometry();
  update();
}

int OriginalView::titleHeight() const {
  return fontMetrics().height() + 6;
}

QSize OriginalView::shownSize(int width) const {
  const int room = static_cast<int>(width * devicePixelRatioF());
  if (image_.isNull() || room < 1) return {};
  const int longest = std::max(image_.width(), image_.height());
  if (longest <= room) return image_.size() * (room / longest);
  return image_.size().scaled(room, room, Qt::KeepAspectRatio).expandedTo({1, 1});
}

QRect OriginalView::shownRect() const {
  return {QPoint(0, static_cast<int>(std::lround(titleHeight() * devicePixelRatioF()))), shownSize(width())};
}

QStringList OriginalView::nameLines(int width) const {
  const auto fits = [&](const QString& words) { return fontMetrics().horizontalAdvance(words) <= width; };
  qsizetype space = fits(name_) ? -1 : name_.lastIndexOf(QLatin1Char(' '));
  while (space > 0 && !fits(name_.left(space))) space = name_.lastIndexOf(QLatin1Char(' '), space - 1);
  QStringList lines;
  if (space > 0) lines << name_.left(space);
  lines << fontMetrics().elidedText(name_.mid(space + 1), Qt::ElideMiddle, width);
  return lines;
}

int OriginalView::heightForWidth(int width) const {
  const int lines = static_cast<int>(nameLines(width).size()) + 1;
  const int picture = static_cast<int>(std::ceil(shownSize(width).height() / devicePixelRatioF()));
  return titleHeight() + (image_.isNull() ? 3 * fontMetrics().height() : picture + lines * fontMetrics().height() + 8);
}

void OriginalView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  painter.setPen(theme.text);
  painter.drawText(QRect(0, 0, width(), fontMetrics().height()), Qt::AlignLeft | Qt::AlignVCenter, tr("Original"));
  painter.setFont(font());
  painter.setPen(theme.mutedText);
  if (image_.isNull()) {
    painter.drawText(QRect(0, titleHeight(), width(), height() - titleHeight()), Qt::AlignLeft | Qt::TextWordWrap,
                     tr("This picture has none."));
    return;
  }
  const double ratio = devicePixelRatioF();
  const QRect target = shownRect();
  painter.save();
  useDevicePixels(painter, ratio);
  if (target.width() < image_.width()) {
    painter.drawImage(target.topLeft(), image_.scaled(target.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  } else {
    painter.drawImage(target, image_);
  }
  painter.restore();
  const int line = fontMetrics().height();
  int below = static_cast<int>(std::ceil((target.bottom() + 1) / ratio)) + 4;
  const QStringList lines =
      nameLines(width()) + QStringList{QStringLiteral("%1 × %2").arg(image_.width()).arg(image_.height())};
  for (const QString& words : lines) {
    painter.drawText(QRect(0, below, width(), line), Qt::AlignLeft, words);
    below += line;
  }
}

bool OriginalView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), image_.isNull() ? QString() : accessibleName(),
                       this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace scanline
