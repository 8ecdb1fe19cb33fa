#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// Why a setting cannot be used. `key` is empty when the text as a whole is at fault.
struct SpecProblem {
  std::string key;
  std::string sentence;  ///< names field, value, allowed range and remedy
};

/// The problems that the fields show by themselves: ranges, heads that do not divide the width, ... Those of the
/// data set are found by problems() in core/data/spec_check.h.
std::vector<SpecProblem> fieldProblems(const RunSpec& spec);

/// TOML, one table a group, each field preceded by a comment with its help and the paper's value.
std::string toToml(const RunSpec& spec);
/// Starts from the defaults (or from `base`). Throws Error with line and column on bad TOML, an unknown key (naming the
/// nearest right one), a wrong type or a value out of range. `source` names the text in messages.
RunSpec fromToml(std::string_view text, std::string_view source, const RunSpec& base = {});

/// One field as text, in the notation of TOML without quotes. Throws Error on an unknown key.
std::string fieldText(const RunSpec& spec, std::string_view key);
/// The same for people: "all", "one epoch" where the field has such a word for its least number (FieldInfo::leastWord).
std::string fieldWords(const RunSpec& spec, std::string_view key);
/// Sets one field from such text, with the word or without. Throws Error as fromToml does.
void setField(RunSpec& spec, std::string_view key, std::string_view text);

/// A field that differs between two specs.
struct SpecDifference {
  std::string key, label, left, right;
};
std::vector<SpecDifference> differences(const RunSpec& left, const RunSpec& right);

/// A field given several values: "1e-3, 3e-3" or "1..4" or "64..256 step 64".
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
};
/// The values without those that mean the same as one before them: of 5e-3, 0.005 and 1e-2 the second goes. Those that
/// went are added to `repeated`. Throws Error as setField() does.
std::vector<std::string> distinctValues(std::string_view key, const std::vector<std::string>& values,
                                        std::vector<std::string>* repeated = nullptr);
/// A setting as names of runs say it: "lr 1e-3", "layers 8", "schedule constant".
std::string settingWords(std::string_view key, std::string_view value);
/// The values of a comma list or range; one value if the text is neither. Throws Error on a malformed range or on more
/// than 1000 values.
std::vector<std::string> expandValues(std::string_view text);
/// The values of a text given for one field: those of expandValues() if the field may be swept, else the text itself.
/// Throws Error as expandValues() does, on an unknown key, and on a number with a decimal comma or with commas between
/// its thousands, which would read as a list.
std::vector<std::string> fieldValues(std::string_view key, std::string_view text);
/// Every combination of the distinct values, first axis slowest. A name begins with its run's own values, which are to
/// be seen where room is short: "lr 1e-3, layers 8, base name". Throws Error on more than 1000 runs.
std::vector<RunSpec> expandSweep(const RunSpec& base, const std::vector<SweepAxis>& axes);

}  // namespace scanline
