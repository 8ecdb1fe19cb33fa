#include "core/jobs/unstored.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/jobs/exported_run.h"
#include "core/run/rescue.h"

namespace scanline {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kFile = "unstored.json";
constexpr uint64_t kMostBytes = uint64_t{1} << 32;

std::vector<fs::path> places(const fs::path& runFolder) {
  std::vector<fs::path> folders = rescueFolders(runFolder);
  folders.insert(folders.begin(), runFolder);
  return folders;
}

json optionalJson(const std::optional<double>& value) {
  return value ? numberJson(*value) : json();
}
std::optional<double> optionalFrom(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(numberFrom(value));
}

/// One event as a list: a letter that says which, then its fields in their order.
struct Writer {
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
  /// A state is that of an attempt that is over: it has nothing to say to a later one.
  json operator()(const StateChanged&) const { return {}; }
};

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
    default:
      throw Error(fmt::format("\"{}\" is no kind of entry", j.at(0).dump()));
  }
}

std::string textOf(const std::vector<TrainEvent>& events, const std::vector<int64_t>& times) {
  json list = json::array();
  for (size_t i = 0; i < events.size(); ++i)
    if (json entry = std::visit(Writer(), events[i]); !entry.is_null()) list.push_back({times[i], std::move(entry)});
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

void store(RunStore& store, RunId run, const fs::path& file) {
  std::vector<TrainEvent> events;
  std::vector<int64_t> times;
  try {
    for (const json& each : json::parse(readFile(file, kMostBytes))) {
      times.push_back(each.at(0).get<int64_t>());
      events.push_back(eventFrom(each.at(1)));
    }
  } catch (const json::exception& problem) {
    throw Error(problem.what());
  }
  store.append(run, events, times);
}

}  // namespace

void storeTheRest(RunRecorder& recorder, RunId run, const std::function<bool(std::chrono::milliseconds)>& mayWait) {
  using namespace std::chrono_literals;
  bool isTold = false;
  const bool isStored = recorder.settle([&](std::chrono::milliseconds waited) {
    if (waited > 2s && !std::exchange(isTold, true))
      recorder.tellTrouble(
          "The run is over. Its last events are stored as soon as the store of the workspace can be written: another program uses it, or its disk is full.");
    return mayWait(waited);
  });
  if (isStored) return;
  const auto [events, times] = recorder.takeWaiting();
  const fs::path folder = recorder.store().folder(run);
  std::string problems;
  for (const fs::path& place : places(folder)) {
    if (place != folder && !makeRescueFolder(place)) continue;
    try {
      writeFileAtomically(place / kFile, textOf(events, times));
    } catch (const Error& problem) {
      problems += fmt::format(" {}", problem.what());
      continue;
    }
    return recorder.tellTrouble(fmt::format(
        "The store could not be written to the end. {} entries of the run wait in {}; resuming it stores them.",
        events.size(), (place / kFile).string()));
  }
  throw Error(fmt::format("{} entries of the run could be stored nowhere and are lost.{}", events.size(), problems));
}

std::function<bool(std::chrono::milliseconds)> waitUntil(std::function<bool()> isOver) {
  using namespace std::chrono_literals;
  // Each is told the time since the wait began, and the end may be asked for late in it.
  return [isOver = std::move(isOver),
          since = std::optional<std::chrono::milliseconds>()](std::chrono::milliseconds waited) mutable {
    if (!since && isOver()) since = waited;
    return !since || waited - *since < 5s;
  };
}

std::vector<std::string> takeUnstored(RunStore& runs, RunId run, bool wanted) {
  std::vector<std::string> warnings;
  for (const fs::path& place : places(runs.folder(run))) {
    const fs::path file = place / kFile;
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    try {
      if (wanted) store(runs, run, file);
    } catch (const PassingError&) {
      throw;
    } catch (const Error& problem) {
      warnings.push_back(
          fmt::format("{} holds events that an earlier attempt could not store, and cannot be read: {}. They are left out.",
                      file.string(), problem.what()));
      fs::rename(file, fs::path(file) += ".damaged", error);
    }
    fs::remove(file, error);
    if (place != runs.folder(run)) fs::remove(place, error);  // unless a checkpoint is there
  }
  return warnings;
}

}  // namespace scanline
