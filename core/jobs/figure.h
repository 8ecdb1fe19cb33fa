#pragma once

#include <string>
#include <utility>
#include <vector>

namespace scanline {

/// A line of a figure: (x, y) in ascending x, joined, with a mark at each of a few points.
struct FigureLine {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

/// A bar of a figure. `deviation` draws a whisker of that length to both sides; 0 = none.
struct FigureBar {
  std::string name;
  double value = 0;
  double deviation = 0;
};

/// Both return a whole SVG file: light ground, sans-serif text, round ticks. Values that are not finite are left out.
std::string lineFigure(const std::string& xLabel, const std::string& yLabel, const std::vector<FigureLine>& lines);
/// Horizontal bars from zero, in the order given, each with its value at the end.
std::string barFigure(const std::string& label, const std::vector<FigureBar>& bars);

}  // namespace scanline
