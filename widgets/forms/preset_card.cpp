#include "widgets/forms/preset_card.h"

#include <QPainter>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kPadding = 8;
}

PresetCard::PresetCard(const QString& title, const QString& description, QWidget* parent)
    : QAbstractButton(parent), description_(description) {
  setText(title);
  setAccessibleDescription(description);
  setToolTip(QStringLiteral("<p>%1</p>").arg(description.toHtmlEscaped()));
  setCheckable(true);
  setCursor(Qt::PointingHandCursor);
  setAttribute(Qt::WA_Hover);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  connect(this, &QAbstractButton::toggled, this, &QWidget::updateGeometry);
}

QRect PresetCard::descriptionRect(int width) const {
  const int top = kPadding + fontMetrics().height() + 2;
  const QRect room(kPadding, top, width - 2 * kPadding, 10'000);
  if (!isChecked()) return {room.topLeft(), QSize(room.width(), fontMetrics().height())};
  return {room.topLeft(),
          QSize(room.width(), fontMetrics().boundingRect(room, Qt::TextWordWrap, description_).height())};
}

int PresetCard::heightForWidth(int width) const {
  return descriptionRect(width).bottom() + 1 + kPadding;
}
QSize PresetCard::sizeHint() const {
  return {216, heightForWidth(216)};
}

void PresetCard::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  painter.setBrush(isChecked() ? theme.selection : underMouse() ? theme.hover : theme.card);
  painter.setPen(QPen(isChecked() || hasFocus() ? theme.accent : theme.line, hasFocus() ? 2 : 1));
  painter.drawRoundedRect(frame, 4, 4);

  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(theme.text);
  const QRect title(kPadding, kPadding, width() - 2 * kPadding, fontMetrics().height());
  painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetrics(bold).elidedText(text(), Qt::ElideRight, title.width()));
  painter.setFont(font());
  painter.setPen(theme.mutedText);
  const QRect place = descriptionRect(width());
  if (isChecked())
    painter.drawText(place, Qt::TextWordWrap, description_);
  else
    painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(description_, Qt::ElideRight, place.width()));
}

}  // namespace scanline
