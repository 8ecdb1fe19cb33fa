#pragma once

#include <QApplication>
#include <QTest>
#include <QWheelEvent>
#include <QWidget>

namespace scanline {

/// One notch down over the middle of `widget`, as the window system sends it: the widget under the pointer gets it, and
/// a widget of Qt::WheelFocus gets the focus first. An event that is merely sent gives no focus.
inline void turnWheelOver(QWidget& widget) {
  QWidget* top = widget.window();
  const QPoint place = widget.mapTo(top, widget.rect().center());
  QWidget* under = top->childAt(place);
  if (under == nullptr) under = top;
  constexpr int kNotch = -120;
  QWheelEvent event(under->mapFrom(top, place), top->mapToGlobal(place), {}, {0, kNotch}, Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QSpontaneKeyEvent::setSpontaneous(&event);
  qApp->notify(under, &event);
}

}  // namespace scanline
