#pragma once

#include <string>
#include <vector>

namespace scanline {

/// Lines of cells, the columns as wide as they must be; the first line is the head. Numbers (`right` of a column) are
/// set to the right. No line ends in blanks.
std::string textTable(const std::vector<std::vector<std::string>>& lines, const std::vector<bool>& right = {});

/// A cell of a CSV file: in quotes where it has to be.
std::string csvCell(const std::string& text);

}  // namespace scanline
