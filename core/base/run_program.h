#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/base/error.h"

namespace scanline {

/// A program did not end within its time, so nobody knows what it did.
class NoAnswer : public Error {
 public:
  using Error::Error;
};

/// How a program ended.
struct ProgramEnd {
  int code = 0;          ///< its exit code; 128 + the signal that ended it
  std::string out, err;  ///< what it wrote, at most 4 MB of each, without line ends at the end
};

/// Runs a program to its end, in a session of its own, with no file of this process and every signal as it is at first.
/// Its name is looked for in PATH unless it has a slash; it reads nothing. Throws Error if it cannot be started,
/// NoAnswer if it has not ended within `limit` (it and those of its session are then ended), Stopped. Blocks: not for
/// the UI thread.
ProgramEnd runProgram(const std::vector<std::string>& words, std::chrono::milliseconds limit,
                      const Control& control = {});

}  // namespace scanline
