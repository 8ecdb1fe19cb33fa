#pragma once

#include <QApplication>
#include <QDir>
#include <QPixmap>
#include <QTest>
#include <QWidget>

#include "widgets/parts/theme.h"

namespace scanline {

/// Saves how `widget` looks in both themes to the folder $SCANLINE_PICTURES, if that is set; QT_SCALE_FACTOR=2 gives
/// sharp ones.
inline void takePictures(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("SCANLINE_PICTURES");
  if (folder.isEmpty()) return;
  for (const auto& [choice, theme] : {std::pair{ThemeChoice::Dark, "dark"}, std::pair{ThemeChoice::Light, "light"}}) {
    applyTheme(*qApp, choice);
    QTest::qWait(150);
    const QString file = QStringLiteral("%1-%2.png").arg(name, QString::fromLatin1(theme));
    QVERIFY(widget.grab().save(QDir(folder).filePath(file)));
  }
}

}  // namespace scanline
