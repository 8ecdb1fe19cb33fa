#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/utf8.h"
#include "core/spec/fields.h"

namespace scanline {

// How the kinds of value that forEachField visits are written, read and checked. Inside core/spec only; everybody else
// calls spec_text.h. Numbers are written and read in the C locale, doubles in their shortest exact form.

template <class T>
concept Choice = std::is_enum_v<T>;

std::string valueText(const std::string& value);
std::string valueText(bool value);
std::string valueText(int64_t value);
std::string valueText(uint64_t value);
/// Always with a point, an exponent, or as inf or nan, so that TOML sees a float and -0.0 keeps its sign.
std::string valueText(double value);
template <Choice E>
std::string valueText(E value) {
  return std::string(Names<E>::all.at(static_cast<size_t>(value)));
}

// False if the text is no value of the type; `value` is then unchanged. Ranges are not looked at.
bool parseValue(std::string_view text, std::string& value);
bool parseValue(std::string_view text, bool& value);
bool parseValue(std::string_view text, int64_t& value);
bool parseValue(std::string_view text, uint64_t& value);
bool parseValue(std::string_view text, double& value);
template <Choice E>
bool parseValue(std::string_view text, E& value) {
  for (size_t i = 0; i < Names<E>::all.size(); ++i) {
    if (Names<E>::all[i] != text) continue;
    value = static_cast<E>(i);
    return true;
  }
  return false;
}

/// False unless `number` is whole, of the type, and at most 2^53 in size, up to where every whole number is a double.
template <class T>
bool wholeValue(double number, T& value) {
  constexpr double kExact = 9007199254740992.0;
  if (!(std::abs(number) <= kExact) || number != std::trunc(number) || (std::is_unsigned_v<T> && number < 0))
    return false;
  value = static_cast<T>(number);
  return true;
}

/// For a text without blanks that reads as one number with a decimal comma (0,05) or with commas between groups of
/// three digits (1,000): that number with a point, or without the commas. Nothing for any other text, lists such as
/// 1e-3,3e-3 included. `isWhole`: the field takes whole numbers, so that 4,8 can only be a list.
std::optional<std::string> withoutNumberComma(std::string_view text, bool isWhole);

/// A TOML basic string: quotes around, everything that needs it escaped.
std::string inQuotes(std::string_view text);
/// `inQuotes`, cut to a length that fits into a sentence.
std::string shown(std::string_view text);

/// "a whole number from 1 to 200"
std::string rangeText(const FieldInfo& info, std::string_view noun);

/// The values that a field takes, in words that follow "give".
template <class T>
std::string expectation(const FieldInfo& info) {
  if constexpr (Choice<T>) {
    std::string list;
    for (const auto name : Names<T>::all) list.append(list.empty() ? "one of: " : ", ").append(name);
    return list;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "text in UTF-8";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else {
    return rangeText(info, std::is_integral_v<T> ? "a whole number" : "a number");
  }
}

/// Whether a value of the right type may stand in the field. NaN is in no range.
template <class T>
bool allowed(const FieldInfo& info, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return isUtf8(value);
  } else if constexpr (std::is_same_v<T, bool> || Choice<T>) {
    return true;
  } else {
    return static_cast<double>(value) >= info.minimum && static_cast<double>(value) <= info.maximum;
  }
}

/// " Did you mean 0.05?", for a number with a comma in it; else nothing.
template <class T>
std::string commaQuestion(std::string_view text) {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
    if (const auto meant = withoutNumberComma(text, std::is_integral_v<T>)) return " Did you mean " + *meant + "?";
  return {};
}

/// The sentence for a value that cannot stand in a field.
template <class T>
std::string wrongValue(const FieldInfo& info, std::string_view text) {
  std::string found(text);
  double number = 0;
  if (!parseValue(text, number)) found = shown(text);
  return std::string(info.key) + " is " + found + "; give " + expectation<T>(info) + "." + commaQuestion<T>(text);
}

/// The name behind the last dot.
std::string_view lastPart(std::string_view key);
/// The sentence for a name that no setting has, with the nearest that one has.
std::string unknownKey(std::string_view key);
/// Whether settings stand below this name, as they do below "model".
bool isGroup(std::string_view key);

}  // namespace scanline
