#pragma once

#include <cstdint>

namespace scanline::pretend {

// Graphs of the pretend device. A program that links them (with its symbols exported) has them in place of the module
// for CUDA. What is recorded does nothing until it is replayed; a replay does the same operations on the same memory,
// whatever the host has done since; and nothing is recorded that makes the host wait, or crosses between it and the
// device.

struct GraphLog {
  int captures = 0;
  int64_t replays = 0;
  int64_t operations = 0;  ///< of the last capture
};
GraphLog graphLog();
void clearGraphLog();

enum class Graphs { Work, AreNotThere, FailWhenRecorded };
void setGraphs(Graphs graphs);

}  // namespace scanline::pretend
