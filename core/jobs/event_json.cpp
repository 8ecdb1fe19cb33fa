#include "core/jobs/event_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/jobs/exported_run.h"

namespace scanline {

using nlohmann::json;

namespace {

json optionalJson(const std::optional<double>& value) {
  return value ? numberJson(*value) : json();
}
std::optional<double> optionalFrom(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(numberFrom(value));
}

struct EventWriter {
  json operator()(const StepStats& e) const {
    return {"t",
            e.step,
            numberJson(e.loss),
            numberJson(e.learningRate),
            numberJson(e.gradientNorm),
            numberJson(e.imagesPerSecond),
            optionalJson(e.classifierLoss)};
  }
  json operator()(const Evaluation& e) const { return {"e", e.step, numberJson(e.loss), optionalJson(e.accuracy)}; }
  json operator()(const Scalars& e) const {
    json values = json::array();
    for (const auto& [name, value] : e.values) values.push_back({name, numberJson(value)});
    return {"n", e.step, values};
  }
  json operator()(const ProbeResult& e) const { return {"p", toRunFile(e)}; }
  json operator()(const LowDataResult& e) const { return {"d", toRunFile(e)}; }
  json operator()(const CodebookUse& e) const { return {"u", toRunFile(e)}; }
  json operator()(const SampleSet& e) const { return {"s", toRunFile(e)}; }
  json operator()(const CheckpointSaved& e) const {
    return {"c", e.step, e.file, e.bytes, numberJson(e.validationLoss), e.reason, optionalJson(e.validationAccuracy)};
  }
  json operator()(const CheckpointRemoved& e) const { return {"r", e.step}; }
  json operator()(const LogLine& e) const { return {"l", static_cast<int>(e.level), e.text}; }
  json operator()(const RunPrepared& e) const { return {"i", toRunFile(e)}; }
  json operator()(const StateChanged& e) const { return {"x", stateName(e.state), e.detail}; }
};

RunState stateFrom(const std::string& name) {
  const auto found = std::ranges::find(kRunStateNames, name);
  if (found == kRunStateNames.end()) throw Error(fmt::format("\"{}\" is no state of a run", name));
  return static_cast<RunState>(found - kRunStateNames.begin());
}

}  // namespace

json eventJson(const TrainEvent& event) {
  return std::visit(EventWriter(), event);
}

TrainEvent eventFrom(const json& j) {
  const auto integer = [&](size_t i) { return j.at(i).get<int64_t>(); };
  const auto number = [&](size_t i) { return numberFrom(j.at(i)); };
  switch (const auto kind = j.at(0).get<std::string>(); kind.empty() ? ' ' : kind[0]) {
    case 't':
      return StepStats{integer(1), number(2), number(3), number(4), number(5), optionalFrom(j.at(6))};
    case 'e':
      return Evaluation{integer(1), number(2), optionalFrom(j.at(3))};
    case 'n': {
      Scalars scalars{integer(1), {}};
      for (const json& each : j.at(2))
        scalars.values.emplace_back(each.at(0).get<std::string>(), numberFrom(each.at(1)));
      return scalars;
    }
    case 'p':
      return probeFrom(j.at(1));
    case 'd':
      return lowDataFrom(j.at(1));
    case 'u':
      return codebookUseFrom(j.at(1));
    case 's':
      return sampleSetFrom(j.at(1));
    case 'c':
      return CheckpointSaved{integer(1), j.at(2).get<std::string>(), integer(3),
                             number(4),  j.at(5).get<std::string>(), optionalFrom(j.at(6))};
    case 'r':
      return CheckpointRemoved{integer(1)};
    case 'l':
      return LogLine{static_cast<LogLine::Level>(std::clamp<int64_t>(integer(1), 0, 2)), j.at(2).get<std::string>()};
    case 'i':
      return preparedFrom(j.at(1));
    case 'x':
      return StateChanged{stateFrom(j.at(1).get<std::string>()), j.at(2).get<std::string>()};
    default:
      throw Error(fmt::format("\"{}\" is no kind of entry", j.at(0).dump()));
  }
}

}  // namespace scanline
