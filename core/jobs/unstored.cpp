#include "core/jobs/unstored.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/jobs/event_json.h"
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

std::string textOf(const std::vector<TrainEvent>& events, const std::vector<int64_t>& times) {
  json list = json::array();
  for (size_t i = 0; i < events.size(); ++i)
    if (!std::holds_alternative<StateChanged>(events[i]))  // of an attempt that is over
      list.push_back({times[i], eventJson(events[i])});
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
      warnings.push_back(fmt::format(
          "{} holds events that an earlier attempt could not store, and cannot be read: {}. They are left out.",
          file.string(), problem.what()));
      fs::rename(file, fs::path(file) += ".damaged", error);
    }
    fs::remove(file, error);
    if (place != runs.folder(run)) fs::remove(place, error);  // unless a checkpoint is there
  }
  return warnings;
}

}  // namespace scanline
