#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "core/store/run_store.h"

namespace scanline {

// Between a run that trains in a folder (core/jobs/run_files.h) and those who follow it, in that folder:
//   request.pause   as long as this file is there, the run is paused
//   request.stop    the run writes a checkpoint and stops; it removes the file at its end
// The time of the event file is that of the run's last event or sign of life.

inline constexpr const char* kEventsFile = "events.jsonl";
inline constexpr const char* kPauseRequest = "request.pause";
inline constexpr const char* kStopRequest = "request.stop";

/// Writes or removes the file of a request. Throws Error.
void requestFrom(const std::filesystem::path& folder, RunCommand command);
bool isRequested(const std::filesystem::path& folder, const char* request);
void removeRequests(const std::filesystem::path& folder);

/// A sign of life of the run.
void showLife(const std::filesystem::path& folder);
/// How long ago the run showed a sign of life. Both times are of the disk's clock (a file is written to ask it), so the
/// clocks of the machines may differ. Nothing if the folder cannot be asked or the run has not begun.
std::optional<std::chrono::milliseconds> silenceOf(const std::filesystem::path& folder);

}  // namespace scanline
