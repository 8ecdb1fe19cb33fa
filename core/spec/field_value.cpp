#include "core/spec/field_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "core/base/edit_distance.h"
#include "core/base/text.h"

namespace scanline {
namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes of the blank at the beginning of `text`, as people and this program put one between groups of three digits: a
/// space, a no-break space, or one of Unicode's thin ones. 0 if there is none.
size_t groupBlank(std::string_view text) {
  for (const std::string_view blank : {" ", "\u00A0", "\u2007", "\u2009", "\u202F"})
    if (text.starts_with(blank)) return blank.size();
  return 0;
}

/// The digits at the beginning of `text`.
size_t digitsAt(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, isDigit) - text.begin());
}

/// Spellings that from_chars does not know: TOML's underscores between digits, a leading plus, and blanks between
/// groups of three digits before the point, as in 1 000 000.
std::string plainNumber(std::string_view text) {
  text = trimmed(text, " \t\r\n");
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  std::string plain;
  bool inGroups = true;  // no point or exponent so far
  for (size_t i = 0; i < text.size();) {
    const bool between = i > 0 && isDigit(text[i - 1]);
    if (text[i] == '_' && between && i + 1 < text.size() && isDigit(text[i + 1])) {
      ++i;
    } else if (const size_t blank = groupBlank(text.substr(i));
               blank > 0 && between && inGroups && digitsAt(text.substr(i + blank)) == 3) {
      i += blank;
    } else {
      inGroups &= text[i] == '-' || isDigit(text[i]);
      plain += text[i++];
    }
  }
  return plain;
}

template <class T>
bool parseNumber(std::string_view text, T& value) {
  const std::string plain = plainNumber(text);
  const char* end = plain.data() + plain.size();
  T parsed{};
  const auto [stop, error] = std::from_chars(plain.data(), end, parsed);
  if (plain.empty() || stop != end || error != std::errc{}) return false;
  value = parsed;
  return true;
}

/// Whole numbers are also read with an exponent, as in 1e5.
template <class T>
bool parseWhole(std::string_view text, T& value) {
  if (parseNumber(text, value)) return true;
  double number = 0;
  return text.find_first_of("eE") != std::string_view::npos && parseNumber(text, number) && wholeValue(number, value);
}

bool isNumberOfDigits(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && digitsAt(text) == text.size();
}

/// Lower case without separators, so that learning_rate and learningrate lie at distance 0 from learningRate.
std::string folded(std::string_view key) {
  std::string result;
  for (const char c : key) {
    if (c == '_' || c == '-') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::vector<std::string> allNames() {
  std::vector<std::string> names;
  const RunSpec spec;
  forEachField(spec, [&](const FieldInfo& info, const auto&) {
    const auto group = info.key.substr(0, info.key.find('.'));
    if (group != info.key && std::ranges::find(names, group) == names.end()) names.emplace_back(group);
    names.emplace_back(info.key);
  });
  return names;
}

std::string boundText(double bound) {
  if (std::abs(bound) < 1e15 && bound == std::trunc(bound)) return fmt::format("{}", static_cast<int64_t>(bound));
  return valueText(bound);
}

}  // namespace

std::string_view lastPart(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

std::string valueText(const std::string& value) {
  return value;
}
std::string valueText(bool value) {
  return value ? "true" : "false";
}
std::string valueText(int64_t value) {
  return fmt::format("{}", value);
}
std::string valueText(uint64_t value) {
  return fmt::format("{}", value);
}

std::string valueText(double value) {
  if (std::isnan(value)) return "nan";  // the sign of a NaN means nothing, and would be written
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".ein") == std::string::npos) text += ".0";
  return text;
}

bool parseValue(std::string_view text, std::string& value) {
  value = text;
  return true;
}

bool parseValue(std::string_view text, bool& value) {
  if (text != "true" && text != "false") return false;
  value = text == "true";
  return true;
}

bool parseValue(std::string_view text, int64_t& value) {
  return parseWhole(text, value);
}
bool parseValue(std::string_view text, uint64_t& value) {
  return parseWhole(text, value);
}
bool parseValue(std::string_view text, double& value) {
  return parseNumber(text, value);
}

std::optional<std::string> withoutNumberComma(std::string_view text, bool isWhole) {
  text = trimmed(text, " \t\r\n");
  const size_t comma = text.find(',');
  if (comma == std::string_view::npos || text.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  const std::string_view front = text.substr(0, comma);
  if (!isNumberOfDigits(front)) return std::nullopt;
  // 1,000 and 1,000,000: groups of three digits behind every comma, and no number begins with a zero.
  std::string joined(front);
  bool inGroups = front.size() <= 4 && front != "0" && front != "-0";
  std::string_view rest = text.substr(comma);
  while (inGroups && rest.starts_with(',')) {
    inGroups = digitsAt(rest.substr(1)) == 3;
    if (inGroups) joined += rest.substr(1, 3), rest.remove_prefix(4);
  }
  if (inGroups && (rest.empty() || (!isWhole && rest.front() == '.'))) return joined + std::string(rest);
  // 0,05 and 1,5e-3: a decimal comma. In a whole number it means nothing, so 4,8 is a list there.
  const std::string_view decimals = text.substr(comma + 1);
  double number = 0;
  const std::string decimal = fmt::format("{}.{}", front, decimals);
  if (isWhole || decimals.find(',') != std::string_view::npos || digitsAt(decimals) == 0 ||
      decimals.find('.') != std::string_view::npos || !parseNumber(decimal, number))
    return std::nullopt;
  return decimal;
}

std::string inQuotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\r':
        result += "\\r";
        break;
      default:
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f) {
          result += fmt::format("\\u{:04X}", code);
        } else {
          result += c;
        }
    }
  }
  return result + '"';
}

std::string shown(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string safe;
  for (size_t i = 0; i < text.size();) {
    if (safe.size() >= kLongest) return inQuotes(safe + "...");
    const size_t length = utf8Length(text.substr(i));
    safe.append(length ? text.substr(i, length) : "?");
    i += std::max<size_t>(length, 1);
  }
  return inQuotes(safe);
}

std::string rangeText(const FieldInfo& info, std::string_view noun) {
  constexpr double kNoLimit = 9.0e15;  // the limit in fields.h where only the number format bounds a field
  const bool below = std::isfinite(info.minimum), above = info.maximum < kNoLimit;
  if (below && above) return fmt::format("{} from {} to {}", noun, boundText(info.minimum), boundText(info.maximum));
  if (below) return fmt::format("{} of {} or more", noun, boundText(info.minimum));
  if (above) return fmt::format("{} of {} or less", noun, boundText(info.maximum));
  return std::string(noun);
}

std::string unknownKey(std::string_view key) {
  const std::string wanted = folded(key.substr(0, 100));
  std::string nearest;
  size_t least = std::string::npos;
  for (const std::string& name : allNames()) {
    // A right last part in the wrong group costs one edit: model.learningRate means optimizer.learningRate.
    const std::string last = folded(lastPart(name));
    size_t distance = std::min(editDistance(wanted, folded(name)), 1 + editDistance(lastPart(wanted), last));
    // The beginning of a name is that name: train.batch means train.batchSize.
    constexpr size_t kShortest = 3;
    const size_t group = wanted.size() - lastPart(wanted).size();
    if (lastPart(wanted).size() >= kShortest && last.starts_with(lastPart(wanted)) &&
        folded(name).starts_with(std::string_view(wanted).substr(0, group)))
      distance = std::min<size_t>(distance, 1);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return fmt::format("There is no setting {}; did you mean {}?", shown(key), nearest);
}

bool isGroup(std::string_view key) {
  bool found = false;
  const RunSpec spec;
  forEachField(spec, [&](const FieldInfo& info, const auto&) {
    found |= info.key.size() > key.size() && info.key.starts_with(key) && info.key[key.size()] == '.';
  });
  return found;
}

}  // namespace scanline
