// One recursive descent: its functions call each other, and share the place in the text and the errors.
#include "core/store/run_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/store/query_value.h"
#include "core/store/run_query_grammar.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

using Kind = RunQuery::Node::Kind;
using Operator = RunQuery::Node::Operator;
using Token = QueryToken;

Operator operationOf(std::string_view text) {
  if (text == "<") return Operator::Less;
  if (text == "<=") return Operator::LessEqual;
  if (text == ">") return Operator::Greater;
  if (text == ">=") return Operator::GreaterEqual;
  if (text == "!=") return Operator::Unequal;
  return text == "~" ? Operator::Contains : Operator::Equal;
}

/// A comparison with such a field.
std::string_view example(const QueryField& field) {
  switch (field.type) {
    case QueryField::Type::Share:
      return "> 0.8";
    case QueryField::Type::Duration:
    case QueryField::Type::Age:
      return "< 2d";
    case QueryField::Type::Time:
      return ">= yesterday";
    case QueryField::Type::Bool:
      return "= true";
    case QueryField::Type::Number:
      return "> 1";
    default:
      return "= \"...\"";
  }
}

[[noreturn]] void failAt(const Token& token, const std::string& sentence) {
  throw QueryError(sentence, token.at, token.length);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(queryTokens(text)) {}

  RunQuery::Node question() {
    RunQuery::Node node = any();
    if (is(Token::Kind::Close)) failAt(token(), "This parenthesis was never opened.");
    return node;
  }

  QueryField fieldAlone() {
    const Token start = token();
    if (!is(Token::Kind::Word) && !is(Token::Kind::Quoted)) failAt(start, "A field is missing here.");
    QueryField field = this->field();
    if (!is(Token::Kind::End)) failAt(token(), fmt::format("Only a field is wanted here, such as {}.", field.name));
    return field;
  }

  bool isEmpty() const { return tokens_.size() == 1; }

 private:
  const Token& token(size_t ahead = 0) const { return tokens_[std::min(place_ + ahead, tokens_.size() - 1)]; }
  bool is(Token::Kind kind, size_t ahead = 0) const { return token(ahead).kind == kind; }
  bool isKeyword(std::string_view word, size_t ahead = 0) const {
    return is(Token::Kind::Word, ahead) && foldCase(token(ahead).text) == word;
  }
  /// Nothing stands between this token and the one before.
  bool isAdjacent(size_t ahead) const {
    const Token& before = token(ahead - 1);
    return token(ahead).at == before.at + before.length && place_ + ahead < tokens_.size();
  }
  Token take() {
    Token taken = token();
    if (place_ + 1 < tokens_.size()) ++place_;
    return taken;
  }

  RunQuery::Node any() {
    const Deeper deeper(*this);
    std::vector<RunQuery::Node> parts;
    parts.push_back(all());
    while (isKeyword("or")) {
      take();
      parts.push_back(all());
    }
    return joined(Kind::Or, std::move(parts));
  }

  RunQuery::Node all() {
    std::vector<RunQuery::Node> parts;
    for (;;) {
      if (is(Token::Kind::End) || is(Token::Kind::Close) || isKeyword("or")) break;
      if (is(Token::Kind::Comma)) {
        take();
      } else if (isKeyword("and")) {
        const Token joint = take();
        if (parts.empty()) failAt(joint, "There is nothing before \"and\". (In quotes it is a word to look for.)");
        if (is(Token::Kind::End) || is(Token::Kind::Close) || isKeyword("or") || isKeyword("and"))
          failAt(joint, "There is nothing behind \"and\". (In quotes it is a word to look for.)");
      } else {
        parts.push_back(one());
      }
    }
    if (parts.empty()) failAt(token(), "Something to look for is missing here.");
    return joined(Kind::And, std::move(parts));
  }

  static RunQuery::Node joined(Kind kind, std::vector<RunQuery::Node> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return {.kind = kind, .children = std::move(parts), .word = {}};
  }

  RunQuery::Node negated() {
    const Deeper deeper(*this);
    RunQuery::Node node{.kind = Kind::Not, .children = {}, .word = {}};
    node.children.push_back(one());
    return node;
  }

  RunQuery::Node one() {
    switch (token().kind) {
      case Token::Kind::Open: {
        const Token open = take();
        RunQuery::Node inner = any();
        if (!is(Token::Kind::Close)) failAt(open, "This parenthesis is not closed.");
        take();
        return inner;
      }
      case Token::Kind::Operator:
        failAt(token(), fmt::format("There is no field before \"{}\".", token().text));
      case Token::Kind::Word:
      case Token::Kind::Quoted:
        return wordOrComparison();
      default:
        failAt(token(), "Something to look for is missing here.");
    }
  }

  RunQuery::Node wordOrComparison() {
    if (is(Token::Kind::Word)) {
      if (isKeyword("not")) {
        take();
        return negated();
      }
      if (token().text == "-" && isAdjacent(1) && (is(Token::Kind::Quoted, 1) || is(Token::Kind::Open, 1))) {
        take();
        return negated();
      }
      if (Token& minus = tokens_[place_]; minus.text.size() > 1 && minus.text.front() == '-') {
        minus.text.erase(0, 1);
        ++minus.at;
        --minus.length;
        return negated();
      }
      if (isKeyword("has") && is(Token::Kind::Open, 1) && isAdjacent(1)) return given();
      if (is(Token::Kind::Open, 1) && isAdjacent(1)) return comparison();
      if (isRange(1)) return comparison();
    }
    if (is(Token::Kind::Operator, 1)) return comparison();
    if (is(Token::Kind::Word) && token().text.find(':') != std::string::npos)
      if (auto node = prefixed()) return std::move(*node);
    return {.kind = Kind::Word, .children = {}, .word = foldCase(take().text)};
  }

  /// has(field)
  RunQuery::Node given() {
    take();
    const Token open = take();
    if (!is(Token::Kind::Word))
      failAt(is(Token::Kind::End) ? open : token(), "has( ) needs a field, as in has(probe).");
    RunQuery::Node node = compare(field(), Operator::Given);
    if (!is(Token::Kind::Close)) failAt(open, "This parenthesis is not closed.");
    take();
    return node;
  }

  /// "in" stands there, and a list or range behind it.
  bool isRange(size_t ahead) const {
    if (!isKeyword("in", ahead)) return false;
    return is(Token::Kind::Open, ahead + 1) || token(ahead + 1).text.find("..") != std::string::npos ||
           token(ahead + 2).text.starts_with("..");
  }

  /// field:value. Nothing if no field has that name: then it is a word, such as an address.
  std::optional<RunQuery::Node> prefixed() {
    const Token whole = token();
    const size_t colon = whole.text.find(':');
    const Token name{Token::Kind::Word, whole.text.substr(0, colon), whole.at, colon};
    std::vector<std::string> candidates;
    QueryField field = namedField(name.text, candidates);
    if (!candidates.empty()) failAmbiguous(name, candidates);
    if (field.name.empty()) return std::nullopt;
    Token value{Token::Kind::Word, whole.text.substr(colon + 1), whole.at + colon + 1, whole.length - colon - 1};
    take();
    if (value.text.empty() && is(Token::Kind::Quoted) && token().at == value.at) value = take();
    const bool isText = !field.isNumber();
    if (value.text.empty() && !isText) failAt(whole, fmt::format("Say which {} is wanted.", field.name));
    return compared(std::move(field), isText ? Operator::Contains : Operator::Equal, value);
  }

  RunQuery::Node comparison() {
    const Token start = token();
    QueryField field = this->field();
    if (isKeyword("in") && isRange(0)) {
      take();
      return is(Token::Kind::Open) ? listed(std::move(field)) : ranged(std::move(field));
    }
    if (!is(Token::Kind::Operator)) {
      const Token& end = tokens_[place_ - 1];
      throw QueryError(
          fmt::format("What is {} compared with? Write {} {}, for instance.", field.name, field.name, example(field)),
          start.at, end.at + end.length - start.at);
    }
    const Token operation = take();
    if (!is(Token::Kind::Word) && !is(Token::Kind::Quoted))
      failAt(is(Token::Kind::End) ? operation : token(),
             fmt::format("What is {} compared with? It takes {}.", field.name, expectedValue(field)));
    return compared(std::move(field), operationOf(operation.text), take());
  }

  RunQuery::Node compared(QueryField field, Operator operation, const Token& value) {
    const bool isText = !field.isNumber();
    if (operation == Operator::Equal && value.kind == Token::Kind::Word && !isText)
      if (const size_t dots = value.text.find(".."); dots != std::string::npos)
        return between(std::move(field), part(value, 0, dots), part(value, dots + 2, std::string::npos));
    if (isText && operation != Operator::Equal && operation != Operator::Unequal && operation != Operator::Contains)
      failAt(value, fmt::format("{} holds text: ask {} = {}, or {} ~ {} for a part of it.", field.name, field.name,
                                "\"...\"", field.name, "\"...\""));
    if (!isText && operation == Operator::Contains)
      failAt(value, fmt::format("~ looks into texts, and {} is a number. Use =, <, > or in.", field.name));
    RunQuery::Node node = compare(std::move(field), operation);
    node.values.push_back(valueOf(node.field, value));
    return node;
  }

  RunQuery::Node listed(QueryField field) {
    const Token open = take();
    RunQuery::Node node = compare(std::move(field), Operator::OneOf);
    for (;;) {
      if (!is(Token::Kind::Word) && !is(Token::Kind::Quoted)) {
        if (is(Token::Kind::End)) failAt(open, "This list is not closed.");
        failAt(token(), fmt::format("A value of {} is missing here.", node.field.name));
      }
      node.values.push_back(valueOf(node.field, take()));
      if (is(Token::Kind::Comma)) {
        take();
      } else if (is(Token::Kind::Close)) {
        take();
        return node;
      } else if (is(Token::Kind::End)) {
        failAt(open, "This list is not closed.");
      }
    }
  }

  /// "4..8", "4 .. 8", "4.. 8" or "4 ..8".
  RunQuery::Node ranged(QueryField field) {
    const Token first = take();
    const size_t dots = first.text.find("..");
    if (dots != std::string::npos && dots + 2 < first.text.size())
      return between(std::move(field), part(first, 0, dots), part(first, dots + 2, std::string::npos));
    if (dots != std::string::npos) return between(std::move(field), part(first, 0, dots), take());
    const Token second = take();
    if (second.text.size() > 2) return between(std::move(field), first, part(second, 2, std::string::npos));
    return between(std::move(field), first, take());
  }

  static Token part(const Token& whole, size_t from, size_t to) {
    const size_t end = std::min(to, whole.text.size());
    return {Token::Kind::Word, whole.text.substr(from, end - from), whole.at + from, end - from};
  }

  RunQuery::Node between(QueryField field, const Token& low, const Token& high) {
    if (!field.isNumber())
      failAt(low, fmt::format("{} holds text, which has no range. Give a list: {} in (a, b).", field.name, field.name));
    if (low.text.empty() || high.text.empty())
      failAt(low, fmt::format("A range of {} has two ends, as in {} in 4..8.", field.name, field.name));
    RunQuery::Node node = compare(std::move(field), Operator::Between);
    node.values = {valueOf(node.field, low), valueOf(node.field, high)};
    if (node.values[0].low > node.values[1].high)
      throw QueryError(fmt::format("The first end of this range is above the second: {} to {}.", low.text, high.text),
                       low.at, high.at + high.length - low.at);
    return node;
  }

  static RunQuery::Node compare(QueryField field, Operator operation) {
    return {.kind = Kind::Compare, .children = {}, .word = {}, .field = std::move(field), .operation = operation};
  }

  static QueryValue valueOf(const QueryField& field, const Token& token) {
    if (const auto value = queryValue(field, token.text)) return *value;
    failAt(token,
           fmt::format("{} takes {}; found \"{}\".", field.name, expectedValue(field), token.text.substr(0, 60)));
  }

  [[noreturn]] static void failAmbiguous(const Token& token, const std::vector<std::string>& candidates) {
    std::string names;
    for (size_t i = 0; i < candidates.size(); ++i)
      names += (i == 0 ? "" : i + 1 < candidates.size() ? ", " : " or ") + candidates[i];
    failAt(token, fmt::format("\"{}\" may be {}. Write the full name.", token.text, names));
  }

  QueryField field() {
    const Token name = take();
    if (name.kind == Token::Kind::Word && is(Token::Kind::Open) && token().at == name.at + name.length)
      return function(name, false);
    std::vector<std::string> candidates;
    QueryField field = name.kind == Token::Kind::Word ? namedField(name.text, candidates) : QueryField{};
    if (!candidates.empty()) failAmbiguous(name, candidates);
    if (field.name.empty()) {
      const std::string nearest = nearestFieldName(name.text);
      failAt(name, fmt::format("There is no field \"{}\".{}", name.text.substr(0, 60),
                               nearest.empty() ? std::string() : fmt::format(" Did you mean {}?", nearest)));
    }
    return field;
  }

  /// part(series) or step(part(series)), behind its name.
  QueryField function(const Token& name, bool ofStep) {
    const std::string part = foldCase(name.text);
    if ((part != "step" || ofStep) && !isSeriesPart(part))
      failAt(name,
             fmt::format("There is no function \"{}\". There are first, last, min, max, best, mean, count and step.",
                         name.text.substr(0, 60)));
    const Token open = take();
    if (!is(Token::Kind::Word) && !is(Token::Kind::Quoted))
      failAt(is(Token::Kind::End) ? open : token(),
             fmt::format("{}( ) needs the name of a series, as in {}(train/loss).", part, part));
    const Token inner = take();
    const bool isNested = part == "step" && is(Token::Kind::Open) && token().at == inner.at + inner.length;
    if (ofStep && part == "mean") failAt(name, "A mean has no step. Ask for step(last(...)) or step(best(...)).");
    const int64_t points = part == "mean" ? meanPoints(inner) : 0;
    QueryField field = isNested ? function(inner, true) : series(part, inner, ofStep, points);
    if (!is(Token::Kind::Close)) failAt(open, "This parenthesis is not closed.");
    take();
    return field;
  }

  /// The number of last points behind the series of a mean.
  int64_t meanPoints(const Token& series) {
    const std::string wanted = fmt::format("mean( ) needs a number of last points, 1 to {}, as in mean({}, 100).",
                                           kMostMeanPoints, series.text.substr(0, 60));
    if (!is(Token::Kind::Comma)) failAt(series, wanted);
    take();
    const Token number = token();
    int64_t points = 0;
    const auto [end, error] = std::from_chars(number.text.data(), number.text.data() + number.text.size(), points);
    if (!is(Token::Kind::Word) || error != std::errc() || end != number.text.data() + number.text.size() ||
        points < 1 || points > kMostMeanPoints)
      failAt(number, wanted);
    take();
    return points;
  }

  /// step(loss) is that of the best one.
  static QueryField series(const std::string& part, const Token& name, bool ofStep, int64_t points) {
    std::vector<std::string> candidates;
    QueryField field =
        summaryField(part == "step" ? "best" : part, name.text, ofStep || part == "step", candidates, points);
    if (!candidates.empty()) failAmbiguous(name, candidates);
    return field;
  }

  /// Questions come from people: deeper nesting than this is a mistake, and the stack has an end.
  struct Deeper {
    explicit Deeper(Parser& of) : parser(of) {
      constexpr int kDeepest = 100;
      if (++parser.depth_ > kDeepest) failAt(parser.token(), "This question is nested too deeply.");
    }
    ~Deeper() { --parser.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser;
  };

  std::vector<Token> tokens_;
  size_t place_ = 0;
  int depth_ = 0;
};

}  // namespace

QueryField queryField(std::string_view text) {
  return Parser(text).fieldAlone();
}

RunQuery::RunQuery(std::string_view text) : text_(text) {
  Parser parser(text);
  if (!parser.isEmpty()) tree_ = std::make_shared<const Node>(parser.question());
}

}  // namespace scanline
