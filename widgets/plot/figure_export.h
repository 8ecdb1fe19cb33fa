#pragma once

#include <QByteArray>
#include <QSize>
#include <QString>
#include <functional>
#include <utility>

#include "widgets/parts/theme.h"

class QImage;
class QMenu;
class QPaintDevice;
class QPainter;
class QPoint;
class QWidget;

namespace scanline {

/// Size and letters of exported pictures, and the folder of the last one: the same for the whole program, so that the
/// charts of one paper look alike. UI thread.
struct FigureSettings {
  double widthMm = 170, heightMm = 110;
  double fontPt = 9;
  QString folder;  ///< empty: the person's pictures or documents

  QByteArray saved() const;
  /// Anything that saved() did not write leaves the settings as they are.
  void restore(const QByteArray& saved);
  bool operator==(const FigureSettings&) const = default;
};
FigureSettings& figureSettings();

/// A picture that can be painted for the screen's theme or for paper, onto anything.
struct Figure {
  QString name;  ///< file name proposed, without ending
  QSize size;    ///< pixels that the painting works with
  std::function<void(QPaintDevice& device, const Theme& theme)> paint;
  int resolution = 96;  ///< of those pixels, to an inch
};

/// The pixels of a figure in these settings, and how many make an inch, so that letters of `fontPixels` come out at the
/// size in points that is wanted.
std::pair<QSize, int> figurePixels(const FigureSettings& settings, int fontPixels);

/// White ground, black words, the run colours that go with them.
Theme paperTheme();

/// Writes .png (300 dots to an inch), .pdf or .svg, by the file's ending, in paper style. Throws Error.
void saveFigure(const Figure& figure, const QString& file);

/// At twice the logical size, in the given theme.
QImage figureImage(const Figure& figure, const Theme& theme, double scale);

/// The callbacks of an export menu. `figure` and `numbers` are called when an entry is chosen.
struct FigureActions {
  std::function<Figure()> figure;
  std::function<QByteArray()> numbers = {};                  ///< the drawn values as CSV; or empty
  std::function<void(const QString& file)> exported = {};    ///< after a file was written; or empty
  std::function<void(const QString& sentence)> failed = {};  ///< a file could not be written
};

/// Adds "Save as PDF/SVG/PNG…", "Save numbers as CSV…", copies of both, and size and letters. File dialogs open without
/// blocking, in the folder of the last export.
void addFigureActions(QMenu& menu, QWidget& parent, const FigureActions& actions);

/// The context menu of a widget that paints itself: those actions, opened at `at` (global).
void openFigureMenu(QWidget& widget, const QPoint& at, const QString& name, QSize size,
                    std::function<void(QPainter& painter, const Theme& theme)> paint,
                    std::function<void(const QString& sentence)> failed, std::function<QByteArray()> numbers = {});

}  // namespace scanline
