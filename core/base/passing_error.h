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
  /// A training has to wait for it; it goes on beside a store that is only busy.
  bool isOfDisk() const { return cause_ != Cause::Busy; }

 private:
  Cause cause_;
};

/// Throws `sentence` as a PassingError if the errno value `reason` is one that may pass, else as an Error.
[[noreturn]] void throwSystemError(int reason, const std::string& sentence);

/// `work`, once more each time that the disk refuses it: a hiccup is no failure. Throws what the last of `tries` threw.
/// `work` has to be of the kind that may begin again after it threw.
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
