#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// Something that a question can be asked of: a fact of the run, a setting, or a summary of one of its series.
struct QueryField {
  enum class Source { Fact, Setting, Summary };
  /// Share: a number from 0 to 1 that people also give in percent. Age: told by Time, the later the smaller. Tags:
  /// several texts. Bool: the numbers 0 and 1.
  enum class Type { Number, Share, Duration, Time, Age, Bool, Text, Tags };
  /// Of a series.
  enum class Part { First, Last, Min, Max, Count, Mean, FirstStep, LastStep, MinStep, MaxStep };

  Source source = Source::Fact;
  Type type = Type::Number;
  Part part = Part::Last;  ///< of a Summary
  int64_t points = 0;      ///< of Mean: the last ones, at most so many
  std::string name;        ///< as people write it, in its shortest form: "lr", "best(validation/loss)"
  std::string key;         ///< of a Fact its name, of a Setting its key, of a Summary the series

  bool isNumber() const { return type != Type::Text && type != Type::Tags; }
  /// "setting", "fact of the run", "summary of a series".
  std::string_view description() const;
  bool operator==(const QueryField&) const = default;
};

/// A fact of a run.
struct QueryFact {
  std::string_view name;
  QueryField::Type type;
  std::string_view description;
  const char* sql;                ///< (run, value) of runs ?1 to ?2
  std::string_view aliases = {};  ///< separated by blanks
};
std::span<const QueryFact> queryFacts();
const QueryFact& queryFact(std::string_view name);

/// A fact or setting by its short, usual or full name, in any case. Empty `name` of the result: there is none. Several
/// settings may end in the same word: `candidates` then names them, and the result is empty, too.
QueryField namedField(std::string_view name, std::vector<std::string>& candidates);
/// A part of a series by name: "last", "best". False if there is no such part.
bool isSeriesPart(std::string_view part);
/// How many points a mean may be of.
inline constexpr int64_t kMostMeanPoints = 100'000;
/// `part` (a name of isSeriesPart) of a series; `ofStep`: the step of it, instead of its value. `series` is the name of
/// one, or the last word of a usual one: "loss" is the validation loss for best and min, and ambiguous for the rest.
/// `points`: of "mean", 1 to kMostMeanPoints.
QueryField summaryField(std::string_view part, std::string_view series, bool ofStep,
                        std::vector<std::string>& candidates, int64_t points = 0);
/// Whether more is better, as it is with accuracies.
bool isBestHighest(std::string_view series);
/// The name that is most like a wrong one; empty if none is like it.
std::string nearestFieldName(std::string_view name);
/// The fields that a text names, also where it is no question yet; each once.
std::vector<QueryField> fieldsNamed(std::string_view text);
/// Short names of all settings, in the order of forEachField: (short, key).
std::vector<std::pair<std::string, std::string>> settingNames();

}  // namespace scanline
