#include "core/jobs/inbox_line.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/strict_json.h"
#include "core/jobs/exported_run.h"
#include "core/jobs/import_parts.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

using nlohmann::json;

constexpr int kFormat = 1, kDeepest = 16;
constexpr size_t kMostValues = 1000, kLongestName = 200, kMostSettings = 500;

int64_t timeOf(const json& line) {
  constexpr double kMost = 1e12;  // seconds: some 30000 years on
  const auto at = line.find("time");
  const double seconds = at != line.end() && at->is_number() ? at->get<double>() : 0;
  return seconds > 0 && seconds < kMost ? std::llround(seconds * 1e3) : 0;
}

std::string textOf(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

int64_t wholeOf(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number_integer() ? at->get<int64_t>() : 0;
}

/// Nested objects become names with dots; lists stay JSON.
void flatten(const json& value, const std::string& name, std::vector<std::pair<std::string, std::string>>& into) {
  if (into.size() >= kMostSettings) return;
  if (value.is_object()) {
    for (const auto& [key, each] : value.items()) flatten(each, name.empty() ? key : name + "." + key, into);
    return;
  }
  if (!name.empty()) into.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
}

json parse(std::string_view line) {
  json value = parseStrictJson(line, "the line", kDeepest);
  if (!value.is_object()) throw Error("the line is no JSON object");
  return value;
}

/// Names that other programs have for settings of Scanline.
std::string_view settingOf(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kNames{{
      {"lr", "optimizer.learningRate"},
      {"learning_rate", "optimizer.learningRate"},
      {"weight_decay", "optimizer.weightDecay"},
      {"beta1", "optimizer.beta1"},
      {"beta2", "optimizer.beta2"},
      {"warmup_steps", "optimizer.warmupSteps"},
      {"batch_size", "train.batchSize"},
      {"steps", "train.steps"},
      {"max_steps", "train.steps"},
      {"seed", "seed"},
      {"layers", "model.layers"},
      {"n_layer", "model.layers"},
      {"heads", "model.heads"},
      {"n_head", "model.heads"},
      {"width", "model.width"},
      {"n_embd", "model.width"},
      {"dataset", "data.name"},
      {"data", "data.name"},
  }};
  for (const auto& [theirs, ours] : kNames)
    if (theirs == name) return ours;
  return name;
}

}  // namespace

InboxHeader readInboxHeader(std::string_view line) {
  const json value = parse(line);
  const auto format = value.find("scanline_log");
  if (format == value.end() || !format->is_number_integer())
    throw Error("its first line is not the beginning that scanline_log.py writes");
  if (format->get<int64_t>() > kFormat)
    throw Error("a later version of scanline_log.py wrote it. Use the one that came with this Scanline");
  InboxHeader header{.name = textOf(value, "name"), .project = textOf(value, "project"), .timeMs = timeOf(value)};
  if (header.name.size() > kLongestName) header.name.resize(kLongestName);
  if (const auto config = value.find("config"); config != value.end()) flatten(*config, "", header.config);
  header.writer = {wholeOf(value, "pid"), wholeOf(value, "start"), textOf(value, "boot")};
  return header;
}

InboxSettings settingsOf(const InboxHeader& header) {
  InboxSettings settings;
  settings.known = {.all = false, .keys = {"name"}};
  settings.spec.data.name.clear();
  for (const auto& [name, value] : header.config) {
    const std::string_view key = settingOf(name);
    if (key == "name" || key == "kind" || settings.known.has(key)) continue;
    RunSpec tried = settings.spec;
    try {
      setField(tried, key, value);
      fromToml(toToml(tried), "the settings");
    } catch (const Error&) {
      continue;  // no setting of Scanline's, or no value that it could have here
    }
    settings.spec = tried;
    settings.known.keys.emplace_back(key);
  }
  settings.spec.name = header.name.empty() ? "run" : header.name;
  return settings;
}

InboxLine readInboxLine(std::string_view line) {
  const json value = parse(line);
  InboxLine result{.timeMs = timeOf(value)};
  if (const std::string end = textOf(value, "finish"); !end.empty()) {
    const auto state = end == "finished" ? RunState::Finished : end == "stopped" ? RunState::Stopped : RunState::Failed;
    result.end = StateChanged{state, textOf(value, "reason")};
    return result;
  }
  const auto step = value.find("step"), values = value.find("values");
  if (step == value.end() || !step->is_number_integer() || step->get<int64_t>() < 0)
    throw Error("its step is no number from 0 on");
  if (values == value.end() || !values->is_object() || values->size() > kMostValues)
    throw Error(fmt::format("it has no values, or more than {}", kMostValues));
  result.values = Scalars{.step = step->get<int64_t>(), .values = {}};
  for (const auto& [tag, each] : values->items()) {
    if (tag.empty() || tag.size() > kLongestName) throw Error("the name of a value is empty or too long");
    if (!each.is_number() && !each.is_string()) throw Error(fmt::format("the value of {} is no number", tag));
    std::string name = canonicalSeries(tag);
    if (name != tag && values->contains(name)) name = tag;
    result.values->values.emplace_back(std::move(name), numberFrom(each));
  }
  return result;
}

}  // namespace scanline
