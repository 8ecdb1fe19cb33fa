#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/store/run_recorder.h"

namespace scanline {

/// Stores the events of a run that are not stored yet, as RunRecorder::settle() does. Where `mayWait` ends that, it
/// goes into a file of the run's folder, or of the first of its rescueFolders() that has room, and the recorder's
/// `onTrouble` hears where it is. Throws Error if it can be written nowhere, or the store fails for a reason that will
/// not pass.
void storeTheRest(RunRecorder& recorder, RunId run,
                  const std::function<bool(std::chrono::milliseconds waited)>& mayWait);

/// How long storeTheRest() may wait: for ever until `isOver`, then some seconds more.
std::function<bool(std::chrono::milliseconds)> waitUntil(std::function<bool()> isOver);

/// Stores the events of such a file of an earlier attempt, but for states, and removes the file. `wanted` false: the
/// run starts anew, and it is only removed. Returns warnings. Throws PassingError if the store cannot be written now.
std::vector<std::string> takeUnstored(RunStore& store, RunId run, bool wanted);

}  // namespace scanline
