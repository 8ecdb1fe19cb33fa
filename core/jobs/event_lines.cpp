#include "core/jobs/event_lines.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "core/base/crc32c.h"
#include "core/jobs/event_json.h"

namespace scanline {

using nlohmann::json;

namespace {

constexpr const char* kGoesBack = "g";
constexpr size_t kSummed = 256;  // bytes: of a longer line its end, which is read back quickly

std::string dumpLine(json entry, int64_t timeMs) {
  return json{timeMs, std::move(entry)}.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string lineOf(const TrainEvent& event, int64_t timeMs) {
  return dumpLine(eventJson(event), timeMs);
}

std::string lineGoingBackTo(int64_t step, int64_t timeMs) {
  return dumpLine({kGoesBack, step}, timeMs);
}

EventLine readEventLine(std::string_view line) {
  const json entry = json::parse(line);
  EventLine read{.timeMs = entry.at(0).get<int64_t>()};
  if (entry.at(1).at(0) == kGoesBack)
    read.backTo = entry.at(1).at(1).get<int64_t>();
  else
    read.event = eventFrom(entry.at(1));
  return read;
}

TakenTo behindLine(std::string_view line, int64_t bytes) {
  const std::string_view end = line.substr(line.size() - std::min(line.size(), kSummed));
  const int64_t sum = crc32c(std::as_bytes(std::span(end)));
  return {bytes, sum == 0 ? 1 : sum};
}

bool isAsTaken(const FileBytes& file, TakenTo taken) {
  if (taken.bytes == 0) return true;
  const auto bytes = static_cast<uint64_t>(taken.bytes);
  if (file.size() < bytes) return false;
  const uint64_t count = std::min<uint64_t>(bytes, kSummed + 2);  // the line, its end, and the end of the one before
  const auto read = file.read(bytes - count, count);
  std::string_view text(reinterpret_cast<const char*>(read.data()), read.size());
  if (text.back() != '\n') return false;
  text.remove_suffix(1);
  if (const size_t before = text.rfind('\n'); before != std::string_view::npos) text.remove_prefix(before + 1);
  return taken.sum == 0 || behindLine(text, taken.bytes) == taken;
}

}  // namespace scanline
