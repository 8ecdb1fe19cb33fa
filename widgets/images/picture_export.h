#pragma once

#include <QImage>

#include "widgets/images/picture_set.h"

class QWidget;

namespace scanline {

/// All pictures of a set with its gaps between them on a transparent ground, every
/// picture pixel zoom x zoom pixels. `columns`: pictures a row of a flowing set.
QImage contactSheet(const PictureSet& set, int zoom, int columns);

/// Throws Error with a sentence if the file cannot be written.
void savePng(const QImage& image, const QString& file);

/// Asks for a file name and saves. Returns the sentence of an error, or nothing (also when the person gives up).
QString askAndSavePng(QWidget* parent, const QImage& image, const QString& proposedName);

/// "Step 600, prompt 3" -> "step-600-prompt-3.png": letters, digits and single hyphens.
QString fileNameFor(const QString& words);

}  // namespace scanline
