#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/spec/field_value.h"
#include "core/spec/spec_text.h"

namespace scanline {
namespace {

constexpr size_t kMostValues = 1000;
constexpr size_t kMostRuns = 1000;

struct Number {
  double value = 0;
  int decimals = 0;  ///< digits behind the point, so that 0.1..0.5 steps to 0.3 and not to 0.30000000000000004
};

std::optional<Number> number(std::string_view text) {
  Number result;
  if (!parseValue(text, result.value) || !std::isfinite(result.value)) return std::nullopt;
  const auto exponentAt = text.find_first_of("eE");
  int64_t exponent = 0;
  if (exponentAt != std::string_view::npos) parseValue(text.substr(exponentAt + 1), exponent);
  const auto mantissa = text.substr(0, exponentAt);
  const auto point = mantissa.find('.');
  const auto digits = point == std::string_view::npos ? 0 : static_cast<int64_t>(mantissa.size() - point - 1);
  result.decimals = static_cast<int>(std::clamp<int64_t>(digits - exponent, 0, 17));
  return result;
}

struct Range {
  Number first, last, step;
};

/// Nothing if the text is no range. A range begins with a number and two points, so that ../images is none.
std::optional<Range> range(std::string_view text) {
  const auto points = text.find("..");
  if (points == std::string_view::npos) return std::nullopt;
  const auto first = number(trimmed(text.substr(0, points)));
  if (!first) return std::nullopt;
  std::string_view rest = text.substr(points + 2);
  std::optional<Number> step;
  const auto stepAt = rest.find("step");
  if (stepAt != std::string_view::npos) {
    step = number(trimmed(rest.substr(stepAt + 4)));
    rest = rest.substr(0, stepAt);
  }
  const auto last = number(trimmed(rest));
  if (!last || (stepAt != std::string_view::npos && !step)) {
    throw Error(fmt::format("The range {} cannot be read; write it as 1..4 or 64..256 step 64.", shown(text)));
  }
  if (!step && (first->decimals > 0 || last->decimals > 0)) {
    throw Error(fmt::format("The range {} has no step; add one, as in 0.1..0.5 step 0.1.", shown(text)));
  }
  return Range{*first, *last, step.value_or(Number{1, 0})};
}

void expandRange(std::string_view text, const Range& r, std::vector<std::string>& values) {
  const double count = (r.last.value - r.first.value) / r.step.value;
  if (r.step.value == 0 || !(count >= 0)) {
    throw Error(
        fmt::format("The range {} never ends; its step must lead from the first number to the last.", shown(text)));
  }
  constexpr double kRounding = 1e-9;  // 0.3 / 0.1 falls short of 3 by less than this
  const double steps = std::floor(count + kRounding);
  if (steps >= static_cast<double>(kMostValues)) {
    throw Error(fmt::format("The range {} has more than {} values; give a larger step.", shown(text), kMostValues));
  }
  const int decimals = std::max({r.first.decimals, r.last.decimals, r.step.decimals});
  for (int i = 0; i <= static_cast<int>(steps); ++i) {
    const std::string fixed = fmt::format("{:.{}f}", r.first.value + i * r.step.value, decimals);
    double exact = 0;
    parseValue(fixed, exact);
    values.push_back(decimals == 0 ? fixed : valueText(exact));
  }
}

}  // namespace

std::vector<std::string> expandValues(std::string_view text) {
  std::vector<std::string> values;
  if (text.find(',') == std::string_view::npos && !range(trimmed(text))) return {std::string(text)};
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view item = trimmed(text.substr(begin, end - begin));
    if (item.empty()) {
      throw Error(fmt::format("The list {} has an empty place; write one value between two commas.", shown(text)));
    }
    if (const auto r = range(item)) {
      expandRange(item, *r, values);
    } else {
      values.emplace_back(item);
    }
    if (values.size() > kMostValues) {
      throw Error(fmt::format("The list {} has more than {} values; give fewer.", shown(text), kMostValues));
    }
    begin = end + 1;
  }
  return values;
}

std::vector<std::string> fieldValues(std::string_view key, std::string_view text) {
  bool known = false;
  std::optional<std::string> meant;
  const RunSpec spec;
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if (info.key != key) return;
    known = true;
    using T = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
      meant = withoutNumberComma(text, std::is_integral_v<T>);
  });
  if (!known) throw Error(unknownKey(key));
  if (meant) {
    std::string list;
    for (const char c : text) list.append(1, c).append(c == ',' ? " " : "");
    throw Error(fmt::format("{} is {}. Did you mean {}? A list needs a blank after its commas: {}.", key, shown(text),
                            *meant, list));
  }
  if (!isSweepable(key)) return {std::string(text)};
  return expandValues(text);
}

std::vector<std::string> distinctValues(std::string_view key, const std::vector<std::string>& values,
                                        std::vector<std::string>* repeated) {
  std::vector<std::string> distinct, seen;
  for (const std::string& value : values) {
    RunSpec read;
    setField(read, key, value);
    const std::string meaning = fieldText(read, key);
    if (std::ranges::find(seen, meaning) == seen.end()) {
      seen.push_back(meaning);
      distinct.push_back(value);
    } else if (repeated) {
      repeated->push_back(value);
    }
  }
  return distinct;
}

std::string settingWords(std::string_view key, std::string_view value) {
  if (key == "optimizer.learningRate") return fmt::format("lr {}", value);
  std::string words(key);
  const RunSpec spec;
  forEachField(spec, [&](const FieldInfo& info, const auto&) {
    if (info.key == key) words = info.label;
  });
  const bool isWord = words.size() > 1 && words[1] >= 'a' && words[1] <= 'z';  // not "L2" or "GPU"
  if (isWord && words[0] >= 'A' && words[0] <= 'Z') words[0] = static_cast<char>(words[0] - 'A' + 'a');
  return fmt::format("{} {}", words, value);
}

std::vector<RunSpec> expandSweep(const RunSpec& base, const std::vector<SweepAxis>& axes) {
  struct Made {
    RunSpec spec;
    std::string own;  ///< its values, in words
  };
  std::vector<Made> runs{{base, {}}};
  for (const SweepAxis& axis : axes) {
    if (axis.values.empty()) throw Error(fmt::format("{} has no value to try; give at least one.", axis.key));
    const std::vector<std::string> values = distinctValues(axis.key, axis.values);
    if (runs.size() * values.size() > kMostRuns) {
      throw Error(fmt::format("The sweep has more than {} runs; give fewer values for {}.", kMostRuns, axis.key));
    }
    std::vector<Made> next;
    for (const Made& run : runs) {
      for (const std::string& value : values) {
        Made& made = next.emplace_back(run);
        setField(made.spec, axis.key, value);
        if (axis.key != "name" && values.size() > 1) made.own += settingWords(axis.key, value) + ", ";
      }
    }
    runs = std::move(next);
  }
  std::vector<RunSpec> specs;
  for (Made& run : runs) {
    run.spec.name = run.own + run.spec.name;
    specs.push_back(std::move(run.spec));
  }
  return specs;
}

}  // namespace scanline
