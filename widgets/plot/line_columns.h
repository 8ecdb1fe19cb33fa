#pragma once

#include <QPointF>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace scanline {

/// Where a line runs, column by column of a grid along x. The grid stays where it is while a view moves over it, so a
/// line that is panned is looked at once. Heights are in any unit.
struct LineColumns {
  static constexpr double kNowhere = std::numeric_limits<double>::infinity();
  enum Entry : uint8_t { None, Low = 1, High = 2 };

  LineColumns() = default;
  LineColumns(int64_t firstPlace, size_t count)
      : first(firstPlace), low(count, kNowhere), high(count, -kNowhere), entry(count, None) {}
  size_t size() const { return low.size(); }

  int64_t first = 0;              ///< place of the first column on the grid
  std::vector<double> low, high;  ///< the heights between which the line runs; low > high: it is not there
  std::vector<uint8_t> entry;     ///< of a hair: the line comes from the column before at this end of the heights
};

// `points`: x in columns of the grid, ascending; one whose y is no number breaks the line. A point alone is no line.

/// Of a line without width: all heights that it has within a column.
LineColumns hairColumns(std::span<const QPointF> points, int64_t first, size_t count);
/// Of the middle of a stroke: the heights at its points, and at the middle of each column that it crosses.
LineColumns strokeColumns(std::span<const QPointF> points, int64_t first, size_t count);

}  // namespace scanline
