#pragma once

#include <QString>
#include <functional>

class QTreeView;

namespace scanline {

/// Where an item keeps the number that its words round; cells without one are copied as their words.
inline constexpr int kCopiedNumberRole = Qt::UserRole + 50;

/// A number as a spreadsheet reads it, in full.
QString copiedNumber(double number);
/// Cells of one line, separated by tabs. Line ends and tabs within a cell become blanks.
QString copiedLine(const QStringList& cells);

/// A line of titles, then one for each chosen row, or for all rows where none is chosen: visible columns, from the
/// left.
QString copiedTable(const QTreeView& view);
/// From now on Ctrl+C copies that, or another text; a view would copy the words of its one current cell.
void copyAsTable(QTreeView& view, std::function<QString()> text = {});

}  // namespace scanline
