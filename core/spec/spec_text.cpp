#include "core/spec/spec_text.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/spec/field_value.h"

namespace scanline {
namespace {

std::string_view groupOf(std::string_view key) {
  const auto dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

template <class T>
std::string comment(const FieldInfo& info) {
  std::string text = fmt::format("# {}", info.help);
  if constexpr (!std::is_same_v<T, std::string>) text += fmt::format(" Takes {}.", expectation<T>(info));
  if (!info.paper.empty()) text += fmt::format(" Paper: {}.", info.paper);
  return text;
}

std::string literal(const std::string& value) {
  return inQuotes(value);
}
template <Choice E>
std::string literal(E value) {
  return inQuotes(valueText(value));
}
template <class T>
requires std::is_arithmetic_v<T> std::string literal(T value) {
  return valueText(value);
}

/// A setting of a file, and where it stands there.
struct Entry {
  std::string key;
  const toml::node* node;
  toml::source_position position;
};

void collect(const toml::table& table, const std::string& prefix, std::vector<Entry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table(); inner && isGroup(name)) {
      collect(*inner, name + ".", entries);
    } else {
      entries.push_back({name, &node, key.source().begin});
    }
  }
}

/// How a node is quoted in a sentence about it.
std::string nodeText(const toml::node& node) {
  if (const auto* text = node.as_string()) return shown(**text);
  if (const auto* number = node.as_integer()) return valueText(int64_t{**number});
  if (const auto* number = node.as_floating_point()) return valueText(double{**number});
  if (const auto* flag = node.as_boolean()) return valueText(bool{**flag});
  return node.is_table() ? "a table" : node.is_array() ? "a list" : "a date or time";
}

// True if the node has the type of the field.
bool readNode(const toml::node& node, std::string& value) {
  if (const auto* text = node.as_string()) return parseValue(**text, value);
  return false;
}
template <Choice E>
bool readNode(const toml::node& node, E& value) {
  if (const auto* text = node.as_string()) return parseValue(**text, value);
  return false;
}
template <class T>
requires std::is_arithmetic_v<T>
bool readNode(const toml::node& node, T& value) {
  if (std::is_same_v<T, bool> ? !node.is_boolean() : !node.is_number()) return false;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    // 1e5 is a float to TOML, and a whole number to people.
    if (const auto* number = node.as_floating_point()) return wholeValue(**number, value);
  }
  return parseValue(nodeText(node), value);
}

/// Sets the field that `entry` names. Returns the sentence of a problem, or nothing.
std::optional<std::string> apply(RunSpec& spec, const Entry& entry) {
  bool known = false;
  std::optional<std::string> problem;
  forEachField(spec, [&](const FieldInfo& info, auto& field) {
    if (info.key != entry.key) return;
    known = true;
    using T = std::remove_cvref_t<decltype(field)>;
    T value{};
    if (readNode(*entry.node, value) && allowed(info, value)) {
      field = value;
    } else {
      problem = fmt::format("{} is {}; give {}.{}", info.key, nodeText(*entry.node), expectation<T>(info),
                            entry.node->is_string() ? commaQuestion<T>(**entry.node->as_string()) : std::string());
    }
  });
  if (known) return problem;
  if (isGroup(entry.key)) {
    return fmt::format("{0} is {1}, but it is a group of settings; write them below a line [{0}].", entry.key,
                       nodeText(*entry.node));
  }
  return unknownKey(entry.key);
}

template <class T>
constexpr bool isNumber = std::is_arithmetic_v<std::remove_cvref_t<T>> && !std::is_same_v<std::remove_cvref_t<T>, bool>;

/// Whether the text is the field's word for its least number, in any case; `value` is then that number.
template <class T>
bool readWord(const FieldInfo& info, std::string_view text, T& value) {
  if constexpr (isNumber<T>) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (info.leastWord.empty() || !std::ranges::equal(text, info.leastWord, {}, lower)) return false;
    value = static_cast<T>(info.minimum);
    return true;
  }
  return false;
}

std::string at(std::string_view source, toml::source_position position) {
  return fmt::format("{}, line {}, column {}: ", source, position.line, position.column);
}

/// The question to put where `key = 0,05` stands in a line, which is no TOML; else nothing.
std::string commaQuestionAt(std::string_view text, toml::source_index line) {
  for (toml::source_index at = 1; at < line && !text.empty(); ++at)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  text = text.substr(0, text.find('\n'));
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {};
  const auto meant = withoutNumberComma(text.substr(equals + 1, text.find('#', equals) - equals - 1), false);
  return meant ? fmt::format(" Did you mean {}?", *meant) : std::string();
}

toml::table parsed(std::string_view text, std::string_view source) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}{}.{}", at(source, error.source().begin), error.description(),
                            commaQuestionAt(text, error.source().begin.line)));
  }
}

}  // namespace

std::string toToml(const RunSpec& spec) {
  std::string text = "# A run of Scanline. A setting that is left out keeps its default.\n";
  std::string_view group;
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if (groupOf(info.key) != group) {
      group = groupOf(info.key);
      text += fmt::format("\n[{}]", group);
    }
    text += fmt::format("\n{}\n{} = {}\n", comment<std::remove_cvref_t<decltype(field)>>(info), lastPart(info.key),
                        literal(field));
  });
  return text;
}

RunSpec fromToml(std::string_view text, std::string_view source, const RunSpec& base) {
  const toml::table table = parsed(text, source);
  std::vector<Entry> entries;
  collect(table, "", entries);
  // A table is sorted by name; people read from the top.
  std::ranges::stable_sort(entries, {}, [](const Entry& e) { return std::pair(e.position.line, e.position.column); });
  RunSpec spec = base;
  for (const Entry& entry : entries) {
    if (const auto problem = apply(spec, entry)) throw Error(at(source, entry.position) + *problem);
  }
  return spec;
}

std::string fieldText(const RunSpec& spec, std::string_view key) {
  std::optional<std::string> text;
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if (info.key == key) text = valueText(field);
  });
  if (!text) throw Error(unknownKey(key));
  return *text;
}

std::string fieldWords(const RunSpec& spec, std::string_view key) {
  std::string text = fieldText(spec, key);
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if constexpr (isNumber<decltype(field)>)
      if (info.key == key && !info.leastWord.empty() && static_cast<double>(field) == info.minimum)
        text = info.leastWord;
  });
  return text;
}

void setField(RunSpec& spec, std::string_view key, std::string_view text) {
  bool known = false;
  forEachField(spec, [&](const FieldInfo& info, auto& field) {
    if (info.key != key) return;
    known = true;
    using T = std::remove_cvref_t<decltype(field)>;
    T value{};
    if (readWord(info, text, value))
      field = value;
    else if (!parseValue(text, value) || !allowed(info, value))
      throw Error(wrongValue<T>(info, text));
    else
      field = value;
  });
  if (!known) throw Error(unknownKey(key));
}

std::vector<SpecDifference> differences(const RunSpec& left, const RunSpec& right) {
  std::vector<SpecDifference> result;
  forEachField(left, [&](const FieldInfo& info, const auto& field) {
    const std::string leftText = valueText(field), rightText = fieldText(right, info.key);
    if (leftText != rightText) result.push_back({std::string(info.key), std::string(info.label), leftText, rightText});
  });
  return result;
}

}  // namespace scanline
