#include <fmt/format.h>

#include <charconv>

#include "core/base/error.h"
#include "core/data/gz_file.h"
#include "core/data/readers.h"

namespace scanline {

namespace {

constexpr int kSide = 8;
constexpr int kDarkest = 16;               ///< ink runs 0..16
constexpr size_t kLongestFile = 16 << 20;  ///< the published 5,620 rows are 0.8 MB

/// Takes a whole number of 0 .. most and the `end` character after it off the front of `line`; false if there is none.
bool takeNumber(std::string_view& line, char end, int most, int& value) {
  const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc() || value < 0 || value > most) return false;
  line.remove_prefix(static_cast<size_t>(rest - line.data()));
  if (end == '\0') return line.empty();
  if (!line.starts_with(end)) return false;
  line.remove_prefix(1);
  return true;
}

}  // namespace

RawDataset readDigits(const std::filesystem::path& file) {
  const std::string text = GzFile(file).readAll(kLongestFile);
  RawDataset data;
  data.train.width = data.train.height = kSide;
  for (int label = 0; label < 10; ++label) data.classNames.push_back(fmt::format("{}", label));
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool good = true;
    for (int i = 0; good && i < kSide * kSide; ++i) {
      int ink = 0;
      good = takeNumber(line, ',', kDarkest, ink);
      const auto grey = static_cast<uint8_t>((ink * 255 + kDarkest / 2) / kDarkest);
      data.train.rgb.insert(data.train.rgb.end(), 3, grey);
    }
    int label = 0;
    if (!good || !takeNumber(line, '\0', 9, label))
      throw Error(fmt::format(
          "{}, line {}: expected 64 whole numbers of 0 to 16 and a label of 0 to 9, parted by commas, but found \"{:.40}\" where a number of that range belongs.",
          file.string(), number, line));
    data.train.labels.push_back(label);
    ++data.train.count;
  }
  if (data.train.count == 0) throw Error(fmt::format("{} is empty; expected one digit a line.", file.string()));
  return data;
}

}  // namespace scanline
