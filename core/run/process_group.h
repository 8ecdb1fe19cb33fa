#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// Thrown by a ProcessGroup when another process died or was silent for longer than the group's timeout. The group is
/// of no use afterwards.
class GroupLost : public Error {
 public:
  using Error::Error;
};

/// Processes that train one run together. Each calls the same functions in the same order, on one thread at a time, and
/// every function returns when its part is done. All memory is the host's. All but shutdown() throw GroupLost.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual int rank() const = 0;  ///< 0 .. size() - 1; process 0 alone writes
  virtual int size() const = 0;
  virtual int localRank() const = 0;  ///< among those of this machine

  /// Sends outCounts[r] floats to process r, in the order of ranks, and receives inCounts[r] from it. The counts of all
  /// processes fit each other.
  virtual void exchange(std::span<const float> out, std::span<const int64_t> outCounts, std::span<float> in,
                        std::span<const int64_t> inCounts) = 0;
  /// `all` becomes the bytes of every process in the order of ranks; each gives equally many. `patient`: waits for days
  /// instead of the timeout, as long as no connection breaks. `turn`: called again and again while it waits.
  virtual void gather(std::span<const std::byte> mine, std::span<std::byte> all, bool patient,
                      const std::function<void()>& turn = {}) = 0;
  /// `bytes` become those of process 0. `patient`: as above.
  virtual void broadcast(std::span<std::byte> bytes, bool patient) = 0;
  /// Returns when every process has come here.
  virtual void barrier() = 0;
  /// Adds to a number that all processes have in common, 0 at first, and returns it. On any thread, in no order, and at
  /// any time: this is how process 0 reaches others that are at work.
  virtual int64_t add(const std::string& name, int64_t summand) = 0;
  /// Before a process that cannot go on leaves: the others' GroupLost gives this sentence as the reason, if it still
  /// reaches them.
  virtual void leaveWord(std::string_view sentence) noexcept { (void)sentence; }
  /// Leaves the group. Nothing else may be called afterwards. Does nothing the second time.
  virtual void shutdown() noexcept = 0;
  /// Whether a function threw GroupLost, or markLost() was called.
  virtual bool isLost() const = 0;
  /// Another connection between these processes broke, so that this one is of no use either.
  virtual void markLost() noexcept {}
  /// How long a process may be silent while others wait for it.
  virtual std::chrono::milliseconds timeout() const { return std::chrono::minutes(5); }
};

/// Throws Error with a sentence if so many processes cannot share a run of this spec.
void requireShareable(const RunSpec& spec, int processes);

/// The bytes that every process gives, in the order of ranks; their numbers may differ. `patient`: as above.
std::vector<std::vector<std::byte>> gatherEach(ProcessGroup& group, std::span<const std::byte> mine, bool patient);

/// Process 0 tells all others a message. The calling thread waits until it is sent.
void tell(ProcessGroup& group, std::string_view message);
/// The next message of process 0; waits for days.
std::string hear(ProcessGroup& group);
/// Gives each message of process 0 to `obey`, until that returns false; returns the message it was given. Stopped and
/// Error of `obey` are passed over: process 0 meets them, too, and decides. Anything else is thrown, GroupLost as well:
/// nobody knows how far this process has come.
std::string hearWhile(ProcessGroup& group, const std::function<bool(const std::string&)>& obey);

}  // namespace scanline
