#pragma once

#include <QApplication>
#include <QDir>
#include <QWidget>

#include "widgets/parts/theme.h"

namespace scanline {

/// Saves the widget in both themes as <SCANLINE_PICTURES>/<name>-<theme>-<scale>x.png; does nothing without that
/// variable.
inline void takePictures(QWidget& widget, const QString& name, const QSize& size = {1200, 800}) {
  const QString folder = qEnvironmentVariable("SCANLINE_PICTURES");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  auto& application = *qobject_cast<QApplication*>(QApplication::instance());
  widget.resize(size);
  for (const bool dark : {true, false}) {
    applyTheme(application, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    QApplication::processEvents();
    widget.grab().save(QStringLiteral("%1/%2-%3-%4x.png")
                           .arg(folder, name, dark ? QStringLiteral("dark") : QStringLiteral("light"))
                           .arg(widget.devicePixelRatioF()));
  }
}

}  // namespace scanline
