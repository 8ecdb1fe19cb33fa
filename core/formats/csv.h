#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// Rows of a table that commas divide (RFC 4180): quoted cells may hold commas, line ends and doubled quotes. A byte
/// order mark, empty lines and the blanks around bare cells are passed over.
class CsvReader {
 public:
  /// Reads the file, 256 MB at most. Throws Error.
  explicit CsvReader(const std::filesystem::path& file);
  /// The same from memory; `source` names it in messages.
  CsvReader(std::string text, std::string source);

  /// The next row's cells, which hold until the next call; false at the end. Throws Error, naming the line, for a quote
  /// that does not end.
  bool next();
  std::span<const std::string_view> cells() const { return cells_; }
  int64_t line() const { return line_; }  ///< where the row begins, from 1
  const std::string& source() const { return source_; }

 private:
  std::string_view quoted();
  std::string_view bare();

  std::string text_;
  std::string source_;
  size_t at_ = 0;
  int64_t line_ = 0, lines_ = 1;
  std::vector<std::string_view> cells_;
};

/// A cell for writing: quoted if it has to be.
std::string csvCell(std::string_view text);

}  // namespace scanline
