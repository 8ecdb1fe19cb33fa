#include "core/formats/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/base/text.h"

namespace scanline {

namespace {

constexpr size_t kBlock = 1 << 18, kLongestRow = 64 << 20;
constexpr size_t kSampleRows = 200;  // of the first block, which tell how the table is written
constexpr std::array<std::pair<char, std::string_view>, 4> kSeparators{
    {{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}}};

bool areDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The digits of "12.345.678" without the sign that divides their groups; nullopt if they are not grouped so.
std::optional<std::string> withoutGroups(std::string_view text, char group) {
  size_t at = text.find(group);
  if (at == std::string_view::npos) return std::string(text);
  if (at == 0 || at > 3 || text[0] == '0') return std::nullopt;
  std::string digits(text.substr(0, at));
  while (at != std::string_view::npos) {
    const std::string_view next = text.substr(at + 1, 3);
    if (next.size() != 3) return std::nullopt;
    digits += next;
    at += 4;
    if (at == text.size()) at = std::string_view::npos;
    if (at != std::string_view::npos && text[at] != group) return std::nullopt;
  }
  return areDigits(digits) ? std::optional(digits) : std::nullopt;
}

std::optional<double> parsed(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The number that a cell is if `mark` stands before its fraction and `group` between its thousands.
std::optional<double> numberWith(std::string_view cell, char mark, char group) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  if (cell.find_first_of(",.") == std::string_view::npos) return parsed(cell);
  std::string text;
  if (cell.starts_with('-')) {
    text = '-';
    cell.remove_prefix(1);
  }
  const size_t end = std::min(cell.find_first_of("eE"), cell.size()), point = std::min(cell.find(mark), end);
  const auto whole = withoutGroups(cell.substr(0, point), group);
  const std::string_view fraction = point < end ? cell.substr(point + 1, end - point - 1) : "";
  if (!whole || (!fraction.empty() && !areDigits(fraction))) return std::nullopt;
  text += *whole;
  if (point < end) (text += '.') += fraction;
  return parsed(text += cell.substr(end));
}

/// Both ways to read a cell.
struct Readings {
  explicit Readings(std::string_view cell)
      : withPoint(numberWith(cell, '.', ',')),
        withComma(numberWith(cell, ',', '.')),
        isPlain(cell.find_first_of(",.") == std::string_view::npos) {}
  std::optional<double> withPoint, withComma;
  bool isPlain;
};

/// How well a sign divides the first rows.
struct Division {
  char sign = ',';
  std::string_view name;
  double fitting = 0;  ///< share of rows with as many cells as the first
  double numbers = 0;  ///< share of their cells that are numbers
  std::vector<std::vector<std::string>> rows;

  bool operator==(const Division& other) const { return fitting == other.fitting && numbers == other.numbers; }
  bool isBetterThan(const Division& other) const {
    return fitting != other.fitting ? fitting > other.fitting : numbers > other.numbers;
  }
};

Division divisionOf(std::vector<std::vector<std::string>> rows, char sign, std::string_view name) {
  Division division{.sign = sign, .name = name, .fitting = 0, .numbers = 0, .rows = std::move(rows)};
  size_t fitting = 0, cells = 0, numbers = 0;
  for (size_t i = 1; i < division.rows.size(); ++i) {
    const auto& row = division.rows[i];
    fitting += row.size() == division.rows[0].size();
    for (const std::string& cell : row) {
      if (cell.empty()) continue;
      const Readings readings(cell);
      ++cells;
      numbers += readings.withPoint || readings.withComma;
    }
  }
  division.fitting = static_cast<double>(fitting) / static_cast<double>(std::max<size_t>(1, division.rows.size() - 1));
  division.numbers = static_cast<double>(numbers) / static_cast<double>(std::max<size_t>(1, cells));
  return division;
}

std::unique_ptr<std::istream> opened(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw Error(fmt::format("{} is a folder, not a file.", file.string()));
  const FileBytes checked(file);  // no Git LFS pointer
  auto stream = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*stream) throw Error(fmt::format("{} cannot be opened: {}.", file.string(), std::strerror(errno)));
  return stream;
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file) : CsvReader(opened(file), file.string()) {}

CsvReader::CsvReader(std::string text, std::string source)
    : CsvReader(std::make_unique<std::istringstream>(std::move(text)), std::move(source)) {}

CsvReader::CsvReader(std::unique_ptr<std::istream> stream, std::string source, char separator)
    : stream_(std::move(stream)), source_(std::move(source)), separator_(separator) {
  fill();
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

CsvReader::CsvReader(std::unique_ptr<std::istream> stream, std::string source)
    : CsvReader(std::move(stream), std::move(source), '\0') {
  takeNamedSeparator();
  lookAhead();
}

/// Spreadsheets write "sep=;" as the first line of a table for themselves.
void CsvReader::takeNamedSeparator() {
  const size_t end = text_.find_first_of("\r\n", at_);
  if (end == std::string::npos) return;
  std::string_view line = trimmed(std::string_view(text_).substr(at_, end - at_), "\"");
  constexpr std::string_view kSep = "sep=";
  if (line.size() != kSep.size() + 1 || !line.starts_with(kSep)) return;
  separator_ = line.back();
  at_ = end;
}

/// Finds out how the table is written from its first rows.
void CsvReader::lookAhead() {
  std::string sample = text_.substr(at_);
  if (!stream_->eof()) sample.resize(sample.find_last_of("\r\n") + 1);  // without the row that is cut
  std::vector<Division> divisions;
  for (const auto& [sign, name] : kSeparators) {
    if (separator_ != '\0' && separator_ != sign) continue;
    auto rows = sampleRows(sample, sign);
    if (!rows.empty() && (rows[0].size() > 1 || separator_ == sign))
      divisions.push_back(divisionOf(std::move(rows), sign, name));
  }
  std::ranges::stable_sort(divisions, &Division::isBetterThan);
  if (divisions.empty()) {
    if (separator_ == '\0') separator_ = ',';
    return;
  }
  const Division& best = divisions.front();
  if (best.rows.size() > 1 && divisions.size() > 1 && divisions[1] == best)
    throw Error(fmt::format(
        "{}: its cells may be divided by {} or by {}. Say which in a new first line: \"sep={}\" or \"sep={}\".",
        source_, best.name, divisions[1].name, best.sign, divisions[1].sign));
  separator_ = best.sign;
  const auto isWider = [&](const auto& row) { return row.size() > best.rows[0].size(); };
  if (separator_ == ',' && best.rows.size() > 1 && std::all_of(best.rows.begin() + 1, best.rows.end(), isWider))
    throw Error(fmt::format(
        "{}: its first line has {} cells between commas, and the rows have more, {} in the second line. Are the further commas decimal ones? Then save the table with semicolons or tabs between cells, or with decimal points.",
        source_, best.rows[0].size(), best.rows[1].size()));
  int64_t points = 0, commas = 0;
  for (size_t i = 1; i < best.rows.size(); ++i)
    for (const std::string& cell : best.rows[i]) {
      const Readings readings(cell);
      points += readings.withPoint && !readings.withComma;
      commas += readings.withComma && !readings.withPoint;
    }
  if (points + commas > 0) mark_ = commas > points ? Mark::Comma : Mark::Point;
}

std::vector<std::vector<std::string>> CsvReader::sampleRows(const std::string& sample, char separator) const {
  std::vector<std::vector<std::string>> rows;
  CsvReader reader(std::make_unique<std::istringstream>(sample), source_, separator);
  try {
    while (rows.size() < kSampleRows && reader.next()) rows.emplace_back(reader.cells().begin(), reader.cells().end());
  } catch (const Error&) {  // a quote that does not end within the sample; next() tells if it never ends
  }
  return rows;
}

bool CsvReader::fill() {
  if (text_.size() > kLongestRow)
    throw Error(fmt::format("{}: the row of line {} is longer than {} MB. A quote may be missing its end.", source_,
                            line_, kLongestRow >> 20));
  const size_t before = text_.size();
  text_.resize(before + kBlock);
  stream_->read(text_.data() + before, kBlock);
  text_.resize(before + static_cast<size_t>(stream_->gcount()));
  if (stream_->bad()) throw Error(fmt::format("{} cannot be read: {}.", source_, std::strerror(errno)));
  return text_.size() > before;
}

bool CsvReader::atEnd() {
  return at_ == text_.size() && !fill();
}

bool CsvReader::next() {
  cells_.clear();
  places_.clear();
  if (at_ >= kBlock) {
    text_.erase(0, at_);
    at_ = 0;
  }
  while (!atEnd() && (text_[at_] == '\n' || text_[at_] == '\r'))
    if (text_[at_++] == '\n') ++lines_;
  if (atEnd()) return false;
  line_ = lines_;
  for (;;) {
    places_.push_back(text_[at_] == '"' ? quoted() : bare());
    if (atEnd() || text_[at_] != separator_) break;
    ++at_;
    if (!atEnd()) continue;
    places_.push_back({at_, at_});
    break;
  }
  for (const Place& place : places_)
    cells_.push_back(std::string_view(text_).substr(place.begin, place.end - place.begin));
  return true;
}

/// Doubled quotes become single ones in place, so that a cell stays a view.
CsvReader::Place CsvReader::quoted() {
  Place place{.begin = ++at_, .end = at_};
  for (;; text_[place.end++] = text_[at_++]) {
    if (atEnd()) throw Error(fmt::format("{}: the quote of line {} does not end.", source_, line_));
    if (text_[at_] == '\n') ++lines_;
    if (text_[at_] == '"' && (++at_, atEnd() || text_[at_] != '"')) break;
  }
  bare();  // text between the closing quote and the separator is ignored
  return place;
}

CsvReader::Place CsvReader::bare() {
  const size_t begin = at_;
  const std::array<char, 3> ends{separator_, '\n', '\r'};
  do at_ = std::min(text_.find_first_of(ends.data(), at_, ends.size()), text_.size());
  while (at_ == text_.size() && fill());
  const std::string_view cell =
      trimmed(std::string_view(text_).substr(begin, at_ - begin), separator_ == '\t' ? " " : " \t");
  if (cell.empty()) return {at_, at_};
  const auto first = static_cast<size_t>(cell.data() - text_.data());
  return {first, first + cell.size()};
}

std::optional<double> CsvReader::number(std::string_view cell) {
  const Readings readings(cell);
  if (readings.isPlain || (!readings.withPoint && !readings.withComma)) return readings.withPoint;
  if (mark_ == Mark::Unknown) {
    const bool both = readings.withPoint && readings.withComma;
    if (both && cell.find(',') != std::string_view::npos)
      throw Error(fmt::format(
          "{}: \"{}\" in line {} may be {} or {}, since its comma may be a decimal one or divide thousands. Write it without a comma.",
          source_, cell, line_, *readings.withComma, *readings.withPoint));
    mark_ = readings.withPoint ? Mark::Point : Mark::Comma;
  }
  const auto& value = mark_ == Mark::Point ? readings.withPoint : readings.withComma;
  if (!value && against_++ == 0) firstAgainst_ = fmt::format("\"{}\" in line {}", cell, line_);
  return value;
}

std::vector<std::string> CsvReader::warnings() const {
  if (against_ == 0) return {};
  return {fmt::format(
      "{}: {} numbers have another decimal mark than the table's other numbers, as {} has, and were left out.", source_,
      against_, firstAgainst_)};
}

std::string csvCell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos && trimmed(text) == text) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
  return cell + '"';
}

}  // namespace scanline
