#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/base/control.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// One line on the standard error that says how far something is: a bar that is drawn again and again on a terminal,
/// else nothing but the name of each part as it begins. Any thread.
class ProgressLine {
 public:
  /// `quiet` prints nothing at all. `stop` ends the work.
  ProgressLine(std::stop_token stop, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Ends the line and begins one for something else.
  void begin(std::string doing);
  /// Ends the line.
  void end();
  /// Its reports are of the current line. Valid as long as this.
  Control control();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(int64_t done, int64_t total);
  void endLine();

  std::stop_token stop_;
  bool quiet_;
  bool isTty_;
  std::mutex mutex_;  ///< guards all below
  std::string doing_;
  Clock::time_point drawn_{};
  bool isOpen_ = false;
};

}  // namespace scanline
