#include "core/store/query_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "core/base/clock.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

using Type = QueryField::Type;

/// The number that `text` begins with, which is cut off. from_chars() takes no plus.
std::optional<double> leadingNumber(std::string_view& text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

std::optional<double> numberValue(std::string_view text) {
  const auto number = leadingNumber(text);
  if (!number || std::isnan(*number)) return std::nullopt;
  if (text.empty()) return number;
  if (text == "k" || text == "K") return *number * 1e3;
  if (text == "M") return *number * 1e6;
  if (text == "G" || text == "B") return *number * 1e9;
  if (text == "%") return *number / 100;
  return std::nullopt;
}

/// Accuracies are shares, and people write 80 for 80 %.
std::optional<double> shareValue(std::string_view text) {
  const auto number = numberValue(text);
  return number && *number > 1 && !text.ends_with('%') ? *number / 100 : number;
}

std::optional<double> boolValue(std::string_view text) {
  const std::string word = foldCase(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return 1;
  if (word == "false" || word == "no" || word == "off" || word == "0") return 0;
  return std::nullopt;
}

/// Seconds.
std::optional<double> durationValue(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 12> kUnits{{{"min", 60},
                                                                        {"sec", 1},
                                                                        {"days", 86400},
                                                                        {"day", 86400},
                                                                        {"hours", 3600},
                                                                        {"hour", 3600},
                                                                        {"s", 1},
                                                                        {"m", 60},
                                                                        {"h", 3600},
                                                                        {"d", 86400},
                                                                        {"w", 604800},
                                                                        {"y", 31557600}}};
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const auto number = leadingNumber(text);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    bool isKnown = false;
    for (const auto& [unit, length] : kUnits) {
      if (!text.starts_with(unit)) continue;
      seconds += *number * length;
      text.remove_prefix(unit.size());
      isKnown = true;
      break;
    }
    if (!isKnown) return std::nullopt;
  }
  return seconds;
}

/// Unix milliseconds of a day's beginning, local time. Days and months may be out of their range.
double dayMs(int year, int month, int day) {
  std::tm date{};
  date.tm_year = year - 1900;
  date.tm_mon = month - 1;
  date.tm_mday = day;
  date.tm_isdst = -1;
  return 1000.0 * static_cast<double>(std::mktime(&date));
}

std::optional<int> wholeNumber(std::string_view text, int from, int to) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < from || number > to) return std::nullopt;
  return number;
}

std::optional<QueryValue> dateValue(std::string_view text) {
  const std::string word = foldCase(text);
  if (word == "today" || word == "yesterday") {
    const auto now = static_cast<std::time_t>(nowMs() / 1000);
    std::tm local{};
    ::localtime_r(&now, &local);
    const int day = local.tm_mday - (word == "yesterday" ? 1 : 0);
    const auto start = [&](int of) { return dayMs(local.tm_year + 1900, local.tm_mon + 1, of); };
    return QueryValue{start(day), start(day + 1), {}};
  }
  if (text.size() != 7 && text.size() != 10) return std::nullopt;
  const auto year = wholeNumber(text.substr(0, 4), 1970, 9999), month = wholeNumber(text.substr(5, 2), 1, 12);
  if (!year || !month || text[4] != '-') return std::nullopt;
  if (text.size() == 7) return QueryValue{dayMs(*year, *month, 1), dayMs(*year, *month + 1, 1), {}};
  const auto day = wholeNumber(text.substr(8), 1, 31);
  if (!day || text[7] != '-') return std::nullopt;
  return QueryValue{dayMs(*year, *month, *day), dayMs(*year, *month, *day + 1), {}};
}

std::optional<QueryValue> single(std::optional<double> number) {
  if (!number) return std::nullopt;
  return QueryValue{*number, *number, {}};
}

}  // namespace

std::optional<QueryValue> queryValue(const QueryField& field, std::string_view text) {
  switch (field.type) {
    case Type::Text:
    case Type::Tags:
      return QueryValue{0, 0, foldCase(text)};
    case Type::Number:
      return single(numberValue(text));
    case Type::Share:
      return single(shareValue(text));
    case Type::Bool:
      return single(boolValue(text));
    case Type::Duration:
    case Type::Age:
      return single(durationValue(text));
    case Type::Time:
      return dateValue(text);
  }
  return std::nullopt;
}

std::string_view expectedValue(const QueryField& field) {
  switch (field.type) {
    case Type::Number:
      return "a number, such as 0.003, 1e-3, 5k or 2M";
    case Type::Share:
      return "a share or percentage, such as 0.8, 80 or 80%";
    case Type::Bool:
      return "true or false";
    case Type::Duration:
    case Type::Age:
      return "a time, such as 30min, 3h, 2d or 1w";
    case Type::Time:
      return "a date, such as 2026-11-30, 2026-11, today or yesterday (and age < 2d asks how long ago)";
    case Type::Text:
    case Type::Tags:
      break;
  }
  return "a text";
}

}  // namespace scanline
