#pragma once

#include <QString>

class QWidget;

namespace scanline {

/// Saves a picture of a page, by the file's ending: .pdf with text and lines as such, .png at twice its size. False if
/// the file cannot be written.
bool savePage(QWidget& page, const QString& file);

}  // namespace scanline
