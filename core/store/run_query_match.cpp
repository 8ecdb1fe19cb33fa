#include "core/store/run_query_match.h"

#include <algorithm>

#include "core/store/search_text.h"

namespace scanline {

namespace {

using Node = RunQuery::Node;
using Operator = Node::Operator;
using Type = QueryField::Type;
using Flags = std::vector<uint8_t>;

bool holdsNumber(const Node& node, double number) {
  const QueryValue& value = node.values.front();
  const auto equals = [number](const QueryValue& each) {
    return each.low == each.high ? number == each.low : number >= each.low && number < each.high;
  };
  switch (node.operation) {
    case Operator::Less:
      return number < value.low;
    case Operator::LessEqual:
      return value.low == value.high ? number <= value.low : number < value.high;
    case Operator::Greater:
      return value.low == value.high ? number > value.low : number >= value.high;
    case Operator::GreaterEqual:
      return number >= value.low;
    case Operator::Equal:
      return equals(value);
    case Operator::Unequal:
      return !equals(value);
    case Operator::Between: {
      const QueryValue& last = node.values.back();
      return number >= value.low && (last.low == last.high ? number <= last.high : number < last.high);
    }
    case Operator::OneOf:
      return std::ranges::any_of(node.values, equals);
    case Operator::Contains:
    case Operator::Given:
      break;
  }
  return false;
}

/// `text` is folded.
bool holdsText(const Node& node, std::string_view text) {
  const auto equals = [text](const QueryValue& each) { return text == each.text; };
  const std::string& wanted = node.values.front().text;
  if (node.operation == Operator::Contains) return wanted.empty() ? !text.empty() : text.find(wanted) != text.npos;
  const bool found = std::ranges::any_of(node.values, equals);
  return node.operation == Operator::Unequal ? !found : found;
}

/// `tags` are folded, separated and enclosed by line ends. A run without tags has no value, but is unlike every tag.
bool holdsTags(const Node& node, std::string_view tags) {
  const auto isOneOf = [tags](const QueryValue& each) { return tags.find('\n' + each.text + '\n') != tags.npos; };
  if (node.operation == Operator::Contains) return tags.find(node.values.front().text) != tags.npos;
  const bool found = std::ranges::any_of(node.values, isOneOf);
  return node.operation == Operator::Unequal ? !found : found;
}

Flags compared(const Node& node, RunColumns& columns, int64_t nowMs) {
  const RunColumn& column = columns.column(node.field);
  Flags flags(columns.size(), 0);
  if (node.operation == Operator::Given) {
    for (size_t place = 0; place < flags.size(); ++place) flags[place] = column.has(place);
    return flags;
  }
  if (column.isNumber) {
    const bool isAge = node.field.type == Type::Age;
    for (size_t place = 0; place < flags.size(); ++place) {
      const double number = column.numbers[place];
      if (number != number) continue;
      flags[place] = holdsNumber(node, isAge ? (static_cast<double>(nowMs) - number) / 1000 : number);
    }
    return flags;
  }
  const bool areTags = node.field.type == Type::Tags, isWithoutTags = areTags && node.operation == Operator::Unequal;
  Flags ofText(column.pool.size());
  std::string folded;
  for (uint32_t text = 0; text < ofText.size(); ++text) {
    foldCase(column.pool[text], folded);
    ofText[text] = areTags ? holdsTags(node, folded) : holdsText(node, folded);
  }
  for (size_t place = 0; place < flags.size(); ++place)
    flags[place] = column.has(place) ? ofText[column.texts[place]] : isWithoutTags;
  return flags;
}

Flags evaluate(const Node& node, RunColumns& columns, int64_t nowMs) {
  switch (node.kind) {
    case Node::Kind::Word: {
      const auto& words = columns.words();
      Flags flags(columns.size());
      for (size_t place = 0; place < flags.size(); ++place)
        flags[place] = words[place].find(node.word) != std::string_view::npos;
      return flags;
    }
    case Node::Kind::Compare:
      return compared(node, columns, nowMs);
    case Node::Kind::Not: {
      Flags flags = evaluate(node.children.front(), columns, nowMs);
      for (uint8_t& flag : flags) flag ^= 1;
      return flags;
    }
    case Node::Kind::And:
    case Node::Kind::Or:
      break;
  }
  Flags flags = evaluate(node.children.front(), columns, nowMs);
  for (size_t i = 1; i < node.children.size(); ++i) {
    const Flags other = evaluate(node.children[i], columns, nowMs);
    for (size_t place = 0; place < flags.size(); ++place)
      flags[place] = node.kind == Node::Kind::And ? flags[place] & other[place] : flags[place] | other[place];
  }
  return flags;
}

}  // namespace

std::vector<uint8_t> matches(const RunQuery& query, RunColumns& columns, int64_t nowMs) {
  if (query.empty()) return Flags(columns.size(), 1);
  return evaluate(*query.root(), columns, nowMs);
}

}  // namespace scanline
