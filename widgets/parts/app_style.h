#pragma once

#include <QProxyStyle>
#include <optional>

#include "widgets/parts/theme.h"

class QStyleOptionHeader;
class QStyleOptionSlider;

namespace scanline {

/// Fusion with the program's own icons on standard buttons, message boxes and the file dialog, no icons on the buttons
/// of dialogs, a focus that is seen (a line in the accent colour instead of dots), and flat bars, tabs, headers,
/// splitters and tool tips in the colours of the theme.
///
/// All of it is drawn here and nothing by a style sheet of the program: Qt keeps the rules of such a sheet for every
/// widget, which takes 17 MB and half of the time in which the window is built.
class AppStyle : public QProxyStyle {
  Q_OBJECT
 public:
  AppStyle();

  QIcon standardIcon(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const override;
  QPixmap standardPixmap(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const override;
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* answer) const override;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                         const QWidget* widget) const override;
  QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                       const QWidget* widget) const override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
  using QProxyStyle::polish;
  void polish(QWidget* widget) override;

 private:
  const Theme& theme() const;
  void drawFocus(const QStyleOption& option, QPainter& painter, const QWidget* widget) const;
  void drawHeader(const QStyleOptionHeader& header, QPainter& painter, const QWidget* widget) const;
  void drawScrollBar(const QStyleOptionSlider& bar, QPainter& painter, const QWidget* widget) const;

  mutable std::optional<Theme> theme_;  ///< of the program's palette
  mutable qint64 paletteKey_ = 0;       ///< of that palette
};

}  // namespace scanline
