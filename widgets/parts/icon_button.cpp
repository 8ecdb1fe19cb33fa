#include "widgets/parts/icon_button.h"

#include <QEvent>

#include "widgets/parts/theme.h"

namespace scanline {

IconButton::IconButton(const QString& icon, const QString& tip, QWidget* parent)
    : QToolButton(parent), iconName_(icon) {
  setAutoRaise(true);
  setIconSize({16, 16});
  setTip(tip);
  tint();
}

void IconButton::setIconName(const QString& icon) {
  if (icon == iconName_) return;
  iconName_ = icon;
  tint();
}

void IconButton::setTip(const QString& tip) {
  setToolTip(tip);
  setAccessibleName(tip);
}

void IconButton::changeEvent(QEvent* event) {
  QToolButton::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) tint();
}

void IconButton::tint() {
  setIcon(themedIcon(iconName_, Theme(palette()).text));
}

}  // namespace scanline
