#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// Rows of a table (RFC 4180): quoted cells may hold separators, line ends and doubled quotes. A byte order mark, empty
/// lines and the blanks around bare cells are passed over. Cells are divided by commas, semicolons, tabs or bars: the
/// sign with which the first rows have as many cells as the first line, and most numbers; or the one that a first line
/// "sep=;" names. Reads a block at a time, so that a file may be larger than memory. One thread at a time.
class CsvReader {
 public:
  /// Throws Error if the file cannot be read, or if its first rows can be divided by two signs equally well, or have
  /// more cells than its first line, as they have with decimal commas between commas.
  explicit CsvReader(const std::filesystem::path& file);
  /// The same from memory; `source` names it in messages.
  CsvReader(std::string text, std::string source);

  /// The next row's cells, which hold until the next call; false at the end. Throws Error, naming the line, for a quote
  /// that does not end and for a row of more than 64 MB.
  bool next();
  std::span<const std::string_view> cells() const { return cells_; }
  int64_t line() const { return line_; }  ///< where the row begins, from 1
  const std::string& source() const { return source_; }
  char separator() const { return separator_; }

  /// A cell as a number, nullopt if it is none; NaN and infinities are numbers. The decimal mark is the comma where
  /// cells of this table can be read with it alone ("0,5", "1.234,5"), else the point; groups of thousands may be
  /// divided by the other one. A cell that goes against the table's other cells is no number, and warnings() counts it.
  /// Throws Error, naming the line, for "1,500" where no other cell tells which it is.
  std::optional<double> number(std::string_view cell);
  /// Sentences on cells that number() left out.
  std::vector<std::string> warnings() const;

 private:
  /// Where a cell lies in text_.
  struct Place {
    size_t begin = 0, end = 0;
  };
  enum class Mark { Unknown, Point, Comma };

  CsvReader(std::unique_ptr<std::istream> stream, std::string source, char separator);
  CsvReader(std::unique_ptr<std::istream> stream, std::string source);
  void takeNamedSeparator();
  void lookAhead();
  std::vector<std::vector<std::string>> sampleRows(const std::string& sample, char separator) const;
  bool atEnd();
  bool fill();
  Place quoted();
  Place bare();

  std::unique_ptr<std::istream> stream_;
  std::string text_;  ///< a part of the file; the row that is being read lies in it whole
  std::string source_;
  char separator_ = ',';
  size_t at_ = 0;
  int64_t line_ = 0, lines_ = 1;
  std::vector<Place> places_;
  std::vector<std::string_view> cells_;
  Mark mark_ = Mark::Unknown;
  int64_t against_ = 0;  ///< cells whose decimal mark is not the table's
  std::string firstAgainst_;
};

/// A cell for writing, between commas: quoted if it has to be.
std::string csvCell(std::string_view text);

}  // namespace scanline
