#pragma once

#include <optional>
#include <string>

#include "core/store/run_store.h"
#include "experiments/cli/terminal.h"

namespace scanline {

/// Shows how a run goes on: one line that is drawn again and again on a terminal; else a line for each validation and
/// probe. Reads the store, as the window does, so it shows stored values only. One thread.
class RunFollower {
 public:
  RunFollower(const std::filesystem::path& workspace, RunId run, const Terminal& terminal);

  /// Prints the news. Cheap when there is none.
  void update();
  /// The last look: prints the news and ends the line.
  void finish();
  /// Prints a line of its own.
  void say(const std::string& line);

  const RunStore& store() const { return store_; }

 private:
  void printNews(const RunSummary& summary);
  void printSearchNews(const RunSummary& search);
  std::optional<RunSummary> runningTrial() const;
  /// Of a run that probes once.
  void printLayers();
  std::string barLine(const RunSummary& summary) const;
  void clearBar();

  RunStore store_;
  RunId run_;
  Terminal terminal_;
  int64_t version_ = -1;
  int64_t shownLog_ = 0, shownValidation_ = -1, shownProbe_ = -1, shownTrial_ = 0;
  size_t shownLayers_ = 0;
  std::string shownDetail_;
  bool barIsOn_ = false;
};

}  // namespace scanline
