#pragma once

#include <QString>
#include <functional>

class QAbstractItemView;
class QWidget;

namespace scanline {

/// Where an item keeps the number that its words round, in full: tables sort by it and copy it.
inline constexpr int kCopiedNumberRole = Qt::UserRole + 50;

/// A number as a spreadsheet reads it, in full.
QString copiedNumber(double number);
/// Cells of one line, separated by tabs. Line ends and tabs within a cell become blanks.
QString copiedLine(const QStringList& cells);

enum class CopiedRows { Chosen, All };

/// A line of titles, then one for each chosen row, or for all rows where none is chosen or all are asked for: visible
/// columns of a tree or a table, from the left. Cells without a number are copied as their words, and titles as what
/// they are called for screen readers, if that is said.
QString copiedTable(const QAbstractItemView& view, CopiedRows rows = CopiedRows::Chosen);

/// From now on Ctrl+C in the widget does this; a view would copy the words of its one current cell.
void onCopy(QWidget& widget, std::function<void()> copy);
/// From now on Ctrl+C copies copiedTable().
void copyAsTable(QAbstractItemView& view, CopiedRows rows = CopiedRows::Chosen);

}  // namespace scanline
