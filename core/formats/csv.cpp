#include "core/formats/csv.h"

#include <fmt/format.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace scanline {

namespace {

constexpr uint64_t kMostBytes = uint64_t{256} << 20;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file) : CsvReader(readFile(file, kMostBytes), file.string()) {}

CsvReader::CsvReader(std::string text, std::string source) : text_(std::move(text)), source_(std::move(source)) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

bool CsvReader::next() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
    if (text_[at_++] == '\n') ++lines_;
  cells_.clear();
  if (at_ == text_.size()) return false;
  line_ = lines_;
  for (;;) {
    cells_.push_back(text_[at_] == '"' ? quoted() : bare());
    if (at_ == text_.size() || text_[at_] != ',') return true;
    if (++at_ == text_.size()) {
      cells_.emplace_back();
      return true;
    }
  }
}

/// Doubled quotes become single ones in place, so that a cell stays a view.
std::string_view CsvReader::quoted() {
  const size_t begin = ++at_;
  size_t end = begin;
  for (;; text_[end++] = text_[at_++]) {
    if (at_ == text_.size()) throw Error(fmt::format("{}: the quote of line {} does not end.", source_, line_));
    if (text_[at_] == '\n') ++lines_;
    if (text_[at_] == '"' && (++at_ == text_.size() || text_[at_] != '"')) break;
  }
  const std::string_view cell(text_.data() + begin, end - begin);
  bare();  // what stands between the closing quote and the comma belongs to nobody
  return cell;
}

std::string_view CsvReader::bare() {
  const size_t begin = at_;
  at_ = std::min(text_.find_first_of(",\n\r", at_), text_.size());
  return trimmed(std::string_view(text_).substr(begin, at_ - begin));
}

std::string csvCell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos && trimmed(text) == text) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
  return cell + '"';
}

}  // namespace scanline
