#pragma once

#include <QApplication>
#include <QDir>
#include <QTest>
#include <QWidget>

#include "widgets/parts/theme.h"

namespace scanline {

/// Paints `widget` in both themes into the folder SCANLINE_PICTURES, as <name>-<theme>-<scale>x.png; QT_SCALE_FACTOR=2
/// makes the sharp ones. Does nothing if that is not set: pictures are for people to look at.
inline void takePictures(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("SCANLINE_PICTURES");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  for (const auto theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
    applyTheme(*qApp, theme);
    widget.show();
    QTest::qWait(30);
    widget.grab().save(QStringLiteral("%1/%2-%3-%4x.png")
                           .arg(folder, name, theme == ThemeChoice::Dark ? "dark" : "light")
                           .arg(widget.devicePixelRatioF()));
  }
  applyTheme(*qApp, ThemeChoice::Light);
}

}  // namespace scanline
