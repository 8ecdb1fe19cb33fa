#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scanline::pretend {

// NCCL's C interface between threads of one program, on the memory of the pretend device. A program that links it (with
// its symbols exported) has it in place of libnccl.so.2. It takes nothing but memory of the device, the device's
// stream and one device a rank, and does what it is asked at once: it says nothing about speed or about streams.

struct NcclLog {
  int communicators = 0;
  int64_t bytes = 0;                ///< that went from one rank to another
  std::vector<std::string> faults;  ///< calls that NCCL would not take, or that would read memory of the host
};
NcclLog ncclLog();
void clearNcclLog();

/// Which rank's communicator does not start; -1: none.
void failNccl(int rank);
/// What is sent from now on does not arrive, as when a GPU falls silent, and who waits for it waits for ever; false: as
/// usual again.
void silenceNccl(bool isSilent);

}  // namespace scanline::pretend
