#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "core/base/error.h"

namespace scanline {

/// An Error whose reason lies outside and may pass: the same call can succeed later. Nothing was changed by the call
/// that threw it.
class PassingError : public Error {
 public:
  enum class Cause {
    Busy,     ///< another program uses the file
    NoSpace,  ///< the disk, or the share of it that one may use, is full
    Fault     ///< the disk reports an error of its own, or may not be written just now
  };
  PassingError(Cause cause, const std::string& sentence) : Error(sentence), cause_(cause) {}
  Cause cause() const { return cause_; }
  /// Training has to wait for it; it continues while the store is only busy.
  bool isOfDisk() const { return cause_ != Cause::Busy; }

 private:
  Cause cause_;
};

/// Throws `sentence` as a PassingError if the errno value `reason` is one that may pass, else as an Error.
[[noreturn]] void throwSystemError(int reason, const std::string& sentence);

/// Calls `work`, up to `tries` times while it throws PassingErrors of the disk. Throws the exception of the last call.
/// `work` must be safe to call again after it threw.
template <class Work>
auto withRetries(Work&& work, int tries = 4) {
  for (auto pause = std::chrono::milliseconds(10);; pause *= 4) {
    try {
      return work();
    } catch (const PassingError& problem) {
      if (!problem.isOfDisk() || --tries == 0) throw;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace scanline
