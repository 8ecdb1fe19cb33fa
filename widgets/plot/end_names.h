#pragma once

#include <QFontMetrics>
#include <QStringList>

namespace scanline {

/// Names for the ends of lines that fit into a width, in pixels, and tell the lines apart as far as that is possible:
/// where one is too long, without the words that all begin with, and cut where they differ least. In their order.
QStringList endNames(QStringList names, const QFontMetrics& metrics, int width);

}  // namespace scanline
