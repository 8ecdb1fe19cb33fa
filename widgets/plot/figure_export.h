#pragma once

#include <QSize>
#include <QString>
#include <functional>

#include "widgets/parts/theme.h"

class QImage;
class QMenu;
class QPaintDevice;
class QPainter;
class QPoint;
class QWidget;

namespace scanline {

/// A picture that can be painted for the screen's theme or for paper, onto anything.
struct Figure {
  QString name;  ///< file name proposed, without ending
  QSize size;    ///< logical pixels (96 to an inch)
  std::function<void(QPaintDevice& device, const Theme& theme)> paint;
};

/// White ground, black words, the run colours that go with them.
Theme paperTheme();

/// Writes .png (300 dots to an inch), .pdf or .svg, by the file's ending, in paper style. Throws Error.
void saveFigure(const Figure& figure, const QString& file);

/// At twice the logical size, in the given theme.
QImage figureImage(const Figure& figure, const Theme& theme, double scale);

/// Adds "Save as PDF/SVG/PNG…" and "Copy picture". `figure` is asked for when an entry is chosen; a file dialog opens
/// without blocking, and `failed` gets the sentence if the file cannot be written.
void addFigureActions(QMenu& menu, QWidget& parent, std::function<Figure()> figure,
                      std::function<void(const QString& sentence)> failed);

/// The context menu of a widget that paints itself: those actions, opened at `at` (global).
void openFigureMenu(QWidget& widget, const QPoint& at, const QString& name, QSize size,
                    std::function<void(QPainter& painter, const Theme& theme)> paint,
                    std::function<void(const QString& sentence)> failed);

}  // namespace scanline
