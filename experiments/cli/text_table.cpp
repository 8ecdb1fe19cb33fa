#include "experiments/cli/text_table.h"

#include <algorithm>

#include "experiments/cli/terminal.h"

namespace scanline {

std::string textTable(const std::vector<std::vector<std::string>>& lines, const std::vector<bool>& right) {
  std::vector<int> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], textWidth(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string blanks(static_cast<size_t>(widths[i] - textWidth(line[i])), ' ');
      const bool isRight = i < right.size() && right[i];
      row += (isRight ? blanks + line[i] : line[i] + blanks) + "  ";
    }
    text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string csvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace scanline
