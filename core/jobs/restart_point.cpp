#include "core/jobs/restart_point.h"

#include <fmt/format.h>

#include <charconv>
#include <span>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/file_bytes.h"
#include "core/jobs/event_lines.h"
#include "core/jobs/run_requests.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kRestartFile = "restart.jsonl";
constexpr uint64_t kMostBytes = 64U << 20U;

/// "BYTES SUM"
std::optional<TakenTo> readPlace(std::string_view line) {
  TakenTo place;
  const char* const end = line.data() + line.size();
  const auto bytes = std::from_chars(line.data(), end, place.bytes);
  if (bytes.ec != std::errc() || bytes.ptr == end || *bytes.ptr != ' ') return std::nullopt;
  const auto sum = std::from_chars(bytes.ptr + 1, end, place.sum);
  return sum.ec == std::errc() && sum.ptr == end ? std::optional(place) : std::nullopt;
}

}  // namespace

RestartPoint RestartPoint::read(const fs::path& folder) {
  try {
    const std::string text = readFile(folder / kRestartFile, kMostBytes);
    size_t at = text.find('\n');
    const auto end = readPlace(std::string_view(text).substr(0, at));
    if (at == std::string::npos || !end || !isAsTaken(FileBytes(folder / kEventsFile), *end)) return {};
    RestartPoint point;
    while (++at < text.size()) {
      const size_t next = text.find('\n', at);
      const EventLine line = readEventLine(std::string_view(text).substr(at, next - at));
      point.see(line.event, line.timeMs, *end);
      at = next;
    }
    point.isNew_ = false;
    return point;
  } catch (const std::exception&) {
    return {};  // the event file has it all
  }
}

void RestartPoint::putInto(RunStore& store, RunId run) const {
  std::vector<TrainEvent> events;
  std::vector<int64_t> times;
  const auto add = [&](const Entry& entry) {
    events.push_back(entry.event);
    times.push_back(entry.timeMs);
  };
  if (prepared_) add(*prepared_);
  for (const auto* entries : {&evaluations_, &checkpoints_})
    for (const auto& [step, entry] : *entries) add(entry);
  if (state_) add(*state_);
  store.append(run, events, times);
}

void RestartPoint::see(const TrainEvent& event, int64_t timeMs, TakenTo end) {
  if (std::holds_alternative<RunPrepared>(event)) prepared_ = {event, timeMs};
  if (std::holds_alternative<StateChanged>(event)) state_ = {event, timeMs};
  if (const auto* evaluation = std::get_if<Evaluation>(&event)) {
    evaluations_.insert_or_assign(evaluation->step, Entry{event, timeMs});
  } else if (const auto* saved = std::get_if<CheckpointSaved>(&event)) {
    checkpoints_.insert_or_assign(saved->step, Entry{event, timeMs});
    dropEvaluations();
    end_ = end;
    isNew_ = true;
  } else if (const auto* removed = std::get_if<CheckpointRemoved>(&event)) {
    checkpoints_.erase(removed->step);
  }
}

void RestartPoint::goBackTo(int64_t step) {
  for (auto* entries : {&evaluations_, &checkpoints_}) entries->erase(entries->upper_bound(step), entries->end());
}

void RestartPoint::dropEvaluations() {
  const int64_t newest = checkpoints_.rbegin()->first;
  std::erase_if(evaluations_,
                [&](const auto& each) { return each.first < newest && !checkpoints_.contains(each.first); });
}

void RestartPoint::write(const fs::path& folder) {
  std::string text = fmt::format("{} {}\n", end_.bytes, end_.sum);
  if (prepared_) text += lineOf(prepared_->event, prepared_->timeMs);
  for (const auto* entries : {&evaluations_, &checkpoints_})
    for (const auto& [step, entry] : *entries) text += lineOf(entry.event, entry.timeMs);
  if (state_) text += lineOf(state_->event, state_->timeMs);
  writeFileAtomically(folder / kRestartFile, text);
  isNew_ = false;
}

}  // namespace scanline
