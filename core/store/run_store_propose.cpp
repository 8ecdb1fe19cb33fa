// RunStore: the fields of the query language, and the words that can stand at a place of a question.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/spec/fields.h"
#include "core/store/field_unit.h"
#include "core/store/run_query_grammar.h"
#include "core/store/run_store_impl.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

using Type = QueryField::Type;

constexpr size_t kMostProposals = 50;
constexpr int64_t kUsualMeanPoints = 100;

// Of the distinct values in an index, one look-up each, however many rows have them.
constexpr const char* kSeriesNames =
    "WITH RECURSIVE each(name) AS (SELECT min(name) FROM series UNION ALL SELECT (SELECT min(name) FROM series WHERE "
    "name > each.name) FROM each WHERE name IS NOT NULL) SELECT name FROM each WHERE name IS NOT NULL";
constexpr const char* kTagNames =
    "WITH RECURSIVE each(name) AS (SELECT min(name) FROM tag UNION ALL SELECT (SELECT min(name) FROM tag WHERE name > "
    "each.name) FROM each WHERE name IS NOT NULL) SELECT name FROM each WHERE name IS NOT NULL LIMIT 500";
constexpr const char* kTexts =
    "WITH RECURSIVE each(value) AS (SELECT min(txt) FROM param WHERE key = ?1 UNION ALL SELECT (SELECT min(txt) FROM "
    "param WHERE key = ?1 AND txt > each.value) FROM each WHERE value IS NOT NULL) SELECT value FROM each WHERE value "
    "IS NOT NULL LIMIT 500";
constexpr const char* kNumberValues =
    "WITH RECURSIVE each(value) AS (SELECT min(num) FROM param WHERE key = ?1 UNION ALL SELECT (SELECT min(num) FROM "
    "param WHERE key = ?1 AND num > each.value) FROM each WHERE value IS NOT NULL) SELECT value FROM each WHERE value "
    "IS NOT NULL LIMIT 50";

std::vector<std::string> textsOf(Query query) {
  std::vector<std::string> texts;
  while (query.next()) texts.push_back(query.text(0));
  return texts;
}

RunField::Unit unitOf(const QueryField& field) {
  switch (field.type) {
    case Type::Share:
      return RunField::Unit::Share;
    case Type::Duration:
    case Type::Age:
      return RunField::Unit::Seconds;
    case Type::Time:
      return RunField::Unit::Time;
    case Type::Bool:
      return RunField::Unit::Bool;
    default:
      return RunField::Unit::None;
  }
}

RunField fieldOf(const QueryField& field) {
  return {field.name, field.key, std::string(field.description()), field.isNumber(), unitOf(field)};
}

std::vector<std::string> summaryNames(const std::string& series) {
  const bool isPlain = series.find_first_of(" ()\"<>=!~,") == std::string::npos;
  const std::string name = isPlain ? series : '"' + series + '"';
  std::vector<std::string> names;
  for (const char* part : {"last", "best"}) names.push_back(fmt::format("{}({})", part, name));
  names.push_back(fmt::format("step(best({}))", name));
  names.push_back(fmt::format("{}({})", isBestHighest(series) ? "min" : "max", name));
  for (const char* part : {"first", "count"}) names.push_back(fmt::format("{}({})", part, name));
  names.push_back(fmt::format("mean({}, {})", name, kUsualMeanPoints));
  return names;
}

/// As it is written in a question.
std::string asValue(const std::string& text) {
  const bool isPlain = !text.empty() && text.find_first_of(" \t()\"<>=!~,") == std::string::npos;
  return isPlain ? text : '"' + text + '"';
}

/// The question around the cursor: the word that it stands in, and the text before that.
struct Place {
  QueryToken word;                 ///< the word that a proposal replaces; empty between two words
  std::vector<QueryToken> before;  ///< ascending
  bool afterColon = false;         ///< the word is the value of field:value
  std::string field;               ///< whose value is wanted; empty: none
};

Place placeIn(std::string_view text, size_t cursor) {
  Place place;
  cursor = std::min(cursor, text.size());
  for (QueryToken& token : queryTokens(text)) {
    const bool isText = token.kind == QueryToken::Kind::Word || token.kind == QueryToken::Kind::Quoted;
    if (token.kind == QueryToken::Kind::End || token.at >= cursor) break;
    if (isText && token.at + token.length >= cursor)
      place.word = token;
    else
      place.before.push_back(std::move(token));
  }
  if (place.word.length == 0) place.word = {QueryToken::Kind::Word, {}, cursor, 0};
  if (place.word.kind == QueryToken::Kind::Word && place.word.text.size() > 1 && place.word.text.front() == '-') {
    place.word.text.erase(0, 1);
    ++place.word.at;
    --place.word.length;
  }
  if (const size_t colon = place.word.text.find(':');
      colon != std::string::npos && place.word.kind == QueryToken::Kind::Word) {
    place.field = place.word.text.substr(0, colon);
    place.afterColon = true;
    place.word = {QueryToken::Kind::Word, place.word.text.substr(colon + 1), place.word.at + colon + 1,
                  place.word.length - colon - 1};
  }
  return place;
}

/// The text of a field that ends right before token `end` of `tokens`; empty if none does.
std::string fieldBefore(std::string_view text, const std::vector<QueryToken>& tokens, size_t end) {
  if (end == 0) return {};
  size_t start = end - 1;
  if (tokens[start].kind == QueryToken::Kind::Close) {
    for (int depth = 0; start > 0; --start) {  // to the word before the parenthesis that it closes
      if (tokens[start].kind == QueryToken::Kind::Close) ++depth;
      if (tokens[start].kind == QueryToken::Kind::Open && --depth == 0) break;
    }
    if (start == 0 || tokens[--start].kind != QueryToken::Kind::Word) return {};
  } else if (tokens[start].kind != QueryToken::Kind::Word) {
    return {};
  }
  return std::string(text.substr(tokens[start].at, tokens[end - 1].at + tokens[end - 1].length - tokens[start].at));
}

/// The field whose value is wanted behind `tokens`: they end in an operator, or in a list that is open.
std::string fieldOfValue(std::string_view text, const std::vector<QueryToken>& tokens) {
  if (tokens.empty()) return {};
  size_t end = tokens.size() - 1;
  if (tokens[end].kind == QueryToken::Kind::Operator) return fieldBefore(text, tokens, end);
  while (end > 0 && tokens[end].kind != QueryToken::Kind::Open && tokens[end].kind != QueryToken::Kind::Close) --end;
  const auto isIn = [](const QueryToken& token) { return foldCase(token.text) == "in"; };
  if (tokens[end].kind == QueryToken::Kind::Open && end > 1 && isIn(tokens[end - 1]))
    return fieldBefore(text, tokens, end - 1);
  if (isIn(tokens.back())) return fieldBefore(text, tokens, tokens.size() - 1);
  return {};
}

std::optional<QueryField> knownField(std::string_view text) {
  try {
    return queryField(text);
  } catch (const QueryError&) {
    return std::nullopt;
  }
}

/// Those that begin with the typed text come first, then those that hold it.
void keepFitting(std::vector<QueryProposal>& proposals, std::string_view typed) {
  const std::string wanted = foldCase(typed);
  const auto at = [&](const QueryProposal& proposal) {
    const std::string text = foldCase(proposal.text);
    return text.find(wanted, !wanted.empty() && text.starts_with('"') && !wanted.starts_with('"') ? 1 : 0);
  };
  std::erase_if(proposals, [&](const QueryProposal& each) { return at(each) == std::string::npos; });
  std::ranges::stable_sort(proposals, {}, [&](const QueryProposal& each) { return at(each) == 0 ? 0 : 1; });
  if (proposals.size() > kMostProposals) proposals.resize(kMostProposals);
}

std::string describe(const RunField& field) {
  if (field.description != "setting") return field.description;
  const RunSpec defaults;
  std::string text = "setting";
  forEachField(defaults, [&](const FieldInfo& info, const auto&) {
    if (info.key == field.key) text = fmt::format("setting: {}", info.label);
  });
  return text;
}

/// Whether the token is the name of a series, as in best(validation/loss): such a name alone is a field, too.
bool isSeriesAt(const std::vector<QueryToken>& tokens, size_t at) {
  return at > 1 && tokens[at - 1].kind == QueryToken::Kind::Open && isSeriesPart(foldCase(tokens[at - 2].text));
}

}  // namespace

RunField::Unit unitOfField(std::string_view name) {
  try {
    return unitOf(queryField(name));
  } catch (const QueryError&) {
    return RunField::Unit::None;
  }
}

std::vector<RunField> RunStore::fields() const {
  std::vector<RunField> fields;
  std::set<std::string> names;
  const auto add = [&](const QueryField& field) {
    if (names.insert(field.name).second) fields.push_back(fieldOf(field));
  };
  for (const QueryFact& fact : queryFacts()) {
    const bool isShort = fact.name.find('(') == std::string_view::npos;
    add(queryField(fact.name));
    if (!isShort) fields.back().name = fact.name;
  }
  for (const auto& [name, key] : settingNames())
    if (key != "name" && key != "kind") add(queryField(key));
  for (const std::string& series : textsOf(impl_->db.query(kSeriesNames)))
    for (const std::string& name : summaryNames(series))
      if (const auto field = knownField(name)) add(*field);
  return fields;
}

std::vector<QueryField> fieldsNamed(std::string_view text) {
  std::vector<QueryField> fields;
  const std::vector<QueryToken> tokens = queryTokens(text);
  for (size_t end = 1; end <= tokens.size(); ++end) {
    if (end < tokens.size() && tokens[end].kind == QueryToken::Kind::Open) continue;  // the name of a function
    if (const auto field = knownField(fieldBefore(text, tokens, end)); field && !isSeriesAt(tokens, end - 1))
      if (std::ranges::find(fields, *field) == fields.end()) fields.push_back(*field);
  }
  return fields;
}

QueryProposals RunStore::proposals(std::string_view text, size_t cursor) const {
  Place place = placeIn(text, cursor);
  QueryProposals result{place.word.at, place.word.length, {}};
  if (place.field.empty()) place.field = fieldOfValue(text, place.before);
  Database& db = impl_->db;
  const auto addAll = [&](const std::vector<std::string>& values, const std::string& description) {
    for (const std::string& value : values) result.proposals.push_back({asValue(value), description});
  };
  if (const auto field = knownField(place.field)) {
    const std::string description = fmt::format("value of {}", field->name);
    if (field->type == Type::Tags) {
      addAll(textsOf(db.query(kTagNames)), description);
    } else if (field->key == "state") {
      addAll({kRunStateNames.begin(), kRunStateNames.end()}, description);
    } else if (field->key == "kind") {
      addAll({"pretrain", "probe", "finetune", "lowdata", "vqvae", "search", "curves"}, description);
    } else if (field->type == Type::Bool) {
      addAll({"true", "false"}, description);
    } else if (field->type == Type::Age || field->type == Type::Duration) {
      addAll({"1h", "1d", "1w"}, description);
    } else if (field->type == Type::Time) {
      addAll({"today", "yesterday"}, description);
    } else if (field->source == QueryField::Source::Setting) {
      std::vector<std::string> values;
      if (!field->isNumber()) values = textsOf(db.query(kTexts, field->key));
      for (Query query = db.query(kNumberValues, field->key); field->isNumber() && query.next();)
        values.push_back(fmt::format("{}", query.real(0)));
      addAll(values, description);
    }
    keepFitting(result.proposals, place.word.text);
    return result;
  }
  const bool isInFunction = !place.before.empty() && place.before.back().at + 1 == place.word.at &&
                            isSeriesAt(place.before, place.before.size());
  if (isInFunction) {
    result.proposals.push_back({"probe", "best linear probe"});
    addAll(textsOf(db.query(kSeriesNames)), "series");
  } else {
    if (place.word.text.empty() && !fieldBefore(text, place.before, place.before.size()).empty() &&
        knownField(fieldBefore(text, place.before, place.before.size())))
      for (const char* each : {"<", "<=", ">", ">=", "=", "!=", "~", "in"})
        result.proposals.push_back({each, "compares"});
    if (!place.before.empty()) addAll({"and", "or", "not"}, "joins");
    for (const RunField& field : fields()) result.proposals.push_back({field.name, describe(field)});
  }
  keepFitting(result.proposals, place.word.text);
  return result;
}

}  // namespace scanline
