#include "core/spec/run_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.h"
#include "core/spec/field_value.h"

namespace scanline {

int64_t parameterCount(const ModelSpec& model, int64_t paletteSize, int64_t positions) {
  const int64_t width = model.width;
  const int64_t biases = model.bias ? model.layers * 9 * width : 0;
  const int64_t blocks = model.layers * (12 * width * width + 2 * width) + biases;
  const int64_t startVector = model.objective == Objective::Autoregressive ? width : 0;
  return blocks + 2 * paletteSize * width + positions * width + startVector + width;
}

std::string_view lossUnit(const RunSpec& spec) {
  if (spec.kind == RunKind::Vqvae) return "mean squared error";
  if (spec.kind == RunKind::Finetune && spec.finetune.loss == FinetuneLoss::Classification) return "nats per image";
  if (spec.model.objective == Objective::Bert)
    return spec.palette.vqvae.empty() ? "nats per masked pixel" : "nats per masked code";
  return spec.palette.vqvae.empty() ? "nats per pixel" : "nats per code";
}

std::string_view nameOf(RunKind kind) {
  if (kind == RunKind::Search) return "search";
  return kind == RunKind::Curves ? "curves" : Names<RunKind>::all.at(static_cast<size_t>(kind));
}

RunKind kindNamed(std::string_view name) {
  for (const RunKind kind : {RunKind::Search, RunKind::Curves})
    if (name == nameOf(kind)) return kind;
  RunKind kind{};
  if (parseValue(name, kind)) return kind;
  throw Error(
      fmt::format("There is no kind of runs called \"{}\". Was the workspace written by a later version?", name));
}

RunKind kindOf(const RunSpec& spec) {
  return spec.search.rates.empty() ? spec.kind : RunKind::Search;
}

bool hasColours(const RunSpec& spec) {
  return spec.kind != RunKind::Vqvae && spec.palette.vqvae.empty();
}

bool isUsed(const RunSpec& spec, std::string_view key) {
  bool used = true;
  forEachField(spec, [&](const FieldInfo& info, const auto&) {
    if (info.key == key) used = info.used(spec);
  });
  return used;
}

bool isSweepable(std::string_view key) {
  bool sweepable = true;
  RunSpec spec;
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if (info.key == key)
      sweepable = !std::is_same_v<std::remove_cvref_t<decltype(field)>, std::string> || key == "data.name";
  });
  return sweepable;
}

std::vector<double> numberList(std::string_view key, std::string_view text, bool whole) {
  std::vector<double> numbers;
  if (const auto meant = withoutNumberComma(text, whole))
    throw Error(
        fmt::format("{} is {}. Did you mean {}? A list needs a blank after its commas.", key, shown(text), *meant));
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string_view item = text.substr(begin, end - begin);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    double number = 0;
    if (!parseValue(item, number) || number != number)
      throw Error(fmt::format("{} is {}; give numbers with commas between them, as in 0.01, 0.003.", key, shown(text)));
    numbers.push_back(number);
    begin = end + 1;
  }
  return numbers;
}

namespace {

std::vector<int64_t> wholeNumbers(std::string_view key, std::string_view text, int64_t least, int64_t most) {
  std::vector<int64_t> whole;
  for (const double number : numberList(key, text, true)) {
    if (number < static_cast<double>(least) || number > static_cast<double>(most) || number != std::floor(number))
      throw Error(
          fmt::format("{} is {}; {:g} is not a whole number from {} to {}.", key, shown(text), number, least, most));
    whole.push_back(static_cast<int64_t>(number));
  }
  return whole;
}

}  // namespace

std::vector<double> probePenalties(const ProbeSpec& spec) {
  if (spec.l2Values.empty()) return {spec.l2};
  auto penalties = numberList("probe.l2Values", spec.l2Values);
  for (const double l2 : penalties)
    if (!(l2 >= 0 && l2 <= 1e6))
      throw Error(fmt::format("probe.l2Values is {}; {:g} is not from 0 to 1e6.", shown(spec.l2Values), l2));
  return penalties;
}

std::vector<int64_t> probedLayers(const ProbeSpec& spec, int64_t layers) {
  std::vector<int64_t> probed(static_cast<size_t>(layers + 1));
  std::iota(probed.begin(), probed.end(), 0);
  if (spec.layers.empty()) return probed;
  probed = wholeNumbers("probe.layers", spec.layers, 0, layers);
  std::ranges::sort(probed);
  const auto again = std::ranges::unique(probed);
  probed.erase(again.begin(), again.end());
  return probed;
}

std::vector<int64_t> labelsPerClass(const LowDataSpec& spec) {
  return wholeNumbers("lowdata.labels", spec.labels, 1, 1'000'000'000);
}

}  // namespace scanline
