#include "widgets/plot/line_columns.h"

#include <algorithm>
#include <cmath>

namespace scanline {

namespace {

/// Both ends of each stretch of the line that may touch [0, count), with x counted from the first column.
template <class Take>
void eachStretch(std::span<const QPointF> points, const LineColumns& columns, const Take& take) {
  const auto first = static_cast<double>(columns.first), count = static_cast<double>(columns.size());
  for (size_t point = 1; point < points.size(); ++point) {
    const double x0 = points[point - 1].x() - first, x1 = points[point].x() - first;
    const double y0 = points[point - 1].y(), y1 = points[point].y();
    if (std::isfinite(y0) && std::isfinite(y1) && x1 >= 0 && x0 < count) take(x0, y0, x1, y1);
  }
}

void add(LineColumns& columns, size_t column, double height) {
  columns.low[column] = std::min(columns.low[column], height);
  columns.high[column] = std::max(columns.high[column], height);
}

}  // namespace

LineColumns hairColumns(std::span<const QPointF> points, int64_t first, size_t count) {
  LineColumns columns(first, count);
  std::vector<double> entries(count, std::numeric_limits<double>::quiet_NaN());
  const auto end = static_cast<double>(count);
  eachStretch(points, columns, [&](double x0, double y0, double x1, double y1) {
    const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
    const auto from = static_cast<size_t>(std::max(0.0, std::floor(x0)));
    const size_t to = x1 >= end ? count - 1 : static_cast<size_t>(x1);
    double height = x0 < static_cast<double>(from) ? y0 + slope * (static_cast<double>(from) - x0) : y0;
    for (size_t column = from; column <= to; ++column) {
      if (column > from) entries[column] = height;
      add(columns, column, height);
      const auto next = static_cast<double>(column + 1);
      height = x1 < next ? y1 : y0 + slope * (next - x0);
      add(columns, column, height);
    }
  });
  for (size_t column = 0; column < count; ++column)
    columns.entry[column] = static_cast<uint8_t>((entries[column] == columns.low[column] ? LineColumns::Low : 0) |
                                                 (entries[column] == columns.high[column] ? LineColumns::High : 0));
  return columns;
}

LineColumns strokeColumns(std::span<const QPointF> points, int64_t first, size_t count) {
  LineColumns columns(first, count);
  const auto end = static_cast<double>(count);
  eachStretch(points, columns, [&](double x0, double y0, double x1, double y1) {
    if (x0 >= 0) add(columns, static_cast<size_t>(x0), y0);
    if (x1 < end) add(columns, static_cast<size_t>(x1), y1);
    const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
    for (size_t column = x0 < 0.5 ? 0 : static_cast<size_t>(std::ceil(x0 - 0.5));
         column < count && static_cast<double>(column) + 0.5 <= x1; ++column)
      add(columns, column, y0 + slope * (static_cast<double>(column) + 0.5 - x0));
  });
  return columns;
}

}  // namespace scanline
