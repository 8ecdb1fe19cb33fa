#pragma once

#include <QProxyStyle>

namespace scanline {

/// Fusion with the program's own icons on standard buttons, message boxes and the file dialog, no icons on the buttons
/// of dialogs, and a focus that is seen: a line in the accent colour instead of dots.
class AppStyle : public QProxyStyle {
  Q_OBJECT
 public:
  AppStyle();

  QIcon standardIcon(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const override;
  QPixmap standardPixmap(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const override;
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* answer) const override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
};

}  // namespace scanline
