#pragma once

#include <QAbstractScrollArea>
#include <QScrollBar>
#include <algorithm>

namespace scanline {

/// For content of this size, of which `seen` is on the screen.
inline void setScrollRanges(QAbstractScrollArea& area, QSize content, QSize seen) {
  constexpr int kStep = 24;  // px, of an arrow key or a notch of the wheel
  area.horizontalScrollBar()->setRange(0, std::max(0, content.width() - seen.width()));
  area.verticalScrollBar()->setRange(0, std::max(0, content.height() - seen.height()));
  area.horizontalScrollBar()->setPageStep(seen.width());
  area.verticalScrollBar()->setPageStep(seen.height());
  for (QScrollBar* bar : {area.horizontalScrollBar(), area.verticalScrollBar()}) bar->setSingleStep(kStep);
}

}  // namespace scanline
