#pragma once

#include <QRectF>
#include <QString>

class QColor;
class QPainter;
class QRect;

namespace scanline {

struct Theme;

// Drawing that several widgets of cells and bars share.

/// A frame that shows that the widget has the keyboard.
void paintFocusFrame(QPainter& painter, const QRect& widget, const Theme& theme);

/// Two rings around a chosen cell, so that the mark shows on every colour; the inner one in the accent where the widget
/// has the keyboard.
void paintCellRing(QPainter& painter, const QRectF& cell, bool hasKeyboard, const Theme& theme);

/// The bold title at the left of `head` and, in the painter's font, words about the cell that is pointed at at its
/// right. The title goes first: words are cut to the room that it leaves.
void paintHead(QPainter& painter, const QRect& head, const QString& title, const QString& words, const Theme& theme);

/// White or black, whichever is read more easily on `ground`.
QColor inkOn(const QColor& ground);

}  // namespace scanline
