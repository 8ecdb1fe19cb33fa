#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/store/query_fields.h"
#include "core/store/run_query.h"

namespace scanline {

// The language in which people ask for runs. A word that is no part of a comparison looks in name, note, tags, data
// set, kind and state; case makes no difference anywhere.
//
//   question   = [ any ] ;
//   any        = all { "or" all } ;
//   all        = one { [ "and" | "," ] one } ;
//   one        = ( "not" | "-" ) one | "(" any ")" | comparison | word | '"' text '"' ;
//   comparison = field operator value | field ":" [ value | range ] | field "in" ( range | list )
//             | "has" "(" field ")" ;
//   operator   = "<" | "<=" | ">" | ">=" | "=" | "!=" | "~" ;                       (* ~ contains; == is = *)
//   range      = value ".." value ;                                                 (* both ends belong to it *)
//   list       = "(" value { "," value } ")" ;
//   field      = name | part "(" name ")" | "step" "(" part "(" name ")" ")" | "mean" "(" name "," number ")" ;
//   part       = "first" | "last" | "min" | "max" | "best" | "count" ;              (* mean: of the last points *)
//   value      = number [ "k" | "M" | "G" | "%" ] | duration | date | word | '"' text '"' ;
//   duration   = number ( "s" | "min" | "m" | "h" | "d" | "w" | "y" ) { duration } ;
//   date       = "2026-11-30" | "2026-11" | "today" | "yesterday" ;
//
// A comparison is false for a run that lacks the value, so `not lr < 1` finds those without a learning rate, too, and
// `not has(lr)` those alone.

/// A value of a comparison. Dates name a time from `low` to `high`, the latter exclusive; all else has low == high.
struct QueryValue {
  double low = 0, high = 0;
  std::string text;  ///< folded, for fields that hold texts
};

struct RunQuery::Node {
  enum class Kind { And, Or, Not, Word, Compare };
  enum class Operator { Less, LessEqual, Greater, GreaterEqual, Equal, Unequal, Contains, Between, OneOf, Given };

  Kind kind = Kind::And;
  std::vector<Node> children;            ///< of And and Or two or more, of Not one
  std::string word;                      ///< folded
  QueryField field{};                    ///< of Compare
  Operator operation = Operator::Equal;  ///< of Compare
  std::vector<QueryValue> values{};      ///< of Between two, of OneOf one or more, of Given none, else one
};

/// A piece of a question.
struct QueryToken {
  enum class Kind { Word, Quoted, Operator, Open, Close, Comma, End };
  Kind kind = Kind::End;
  std::string text;  ///< of Quoted without its quotes
  size_t at = 0, length = 0;
};

/// The last one is End. A quote that is not closed reaches to the end. Throws nothing but std::bad_alloc.
std::vector<QueryToken> queryTokens(std::string_view text);

/// A field as it is asked for, sorted by and shown: "lr", "best(probe)". Throws QueryError.
QueryField queryField(std::string_view text);

}  // namespace scanline
