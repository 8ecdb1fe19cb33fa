#pragma once

#include <QApplication>
#include <QDir>
#include <QTest>
#include <QWidget>

#include "widgets/theme.h"

namespace scanline {

/// Paints `widget` at 1x and 2x in both themes into the folder SCANLINE_PICTURES, as <name>-<theme>-<scale>.png. Does
/// nothing if that is not set: pictures are for people to look at.
inline void takePictures(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("SCANLINE_PICTURES");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  for (const auto theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
    applyTheme(*qApp, theme);
    widget.show();
    QTest::qWait(30);
    for (const int scale : {1, 2}) {
      QImage image(widget.size() * scale, QImage::Format_RGB32);
      image.setDevicePixelRatio(scale);
      image.fill(Theme(widget.palette()).window);
      widget.render(&image);
      image.save(QStringLiteral("%1/%2-%3-%4x.png")
                     .arg(folder, name, theme == ThemeChoice::Dark ? "dark" : "light")
                     .arg(scale));
    }
  }
  applyTheme(*qApp, ThemeChoice::Light);
}

}  // namespace scanline
