#pragma once

#include <QHeaderView>
#include <QTableWidget>

namespace scanline {

/// Rows that are read, chosen one at a time and sorted, without lines between them. Tab leaves the table.
inline void makePlain(QTableWidget& table) {
  table.setEditTriggers(QAbstractItemView::NoEditTriggers);
  table.setSelectionBehavior(QAbstractItemView::SelectRows);
  table.setSelectionMode(QAbstractItemView::SingleSelection);
  table.setShowGrid(false);
  table.setFrameShape(QFrame::NoFrame);
  table.setTabKeyNavigation(false);
  table.verticalHeader()->hide();
}

}  // namespace scanline
