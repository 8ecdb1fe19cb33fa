#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "core/run/launcher.h"
#include "core/run/process_group.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// The other processes that this one started on this machine. Waits for their end when it goes, and ends those that do
/// not end by themselves within ten seconds. Outlives the engine that leads them.
class ChildProcesses;

/// Options of a verb whose runs several processes can train together: those of a launcher (torchrun, srun, mpirun), or
/// --processes of this machine. Process 0 does all that the verb does; the others only help.
class Processes {
 public:
  void addOptions(CLI::App& verb);
  /// In a process of a launcher other than the first: takes part until the first ends, and returns the exit code.
  /// Nothing in all others. The first thing that the verb does.
  /// `detach`: of the verb. Throws Error where a launcher started this process, and it is to leave it.
  std::optional<int> follow(bool detach = false) const;
  /// Whether start() starts others.
  bool areStartedHere() const { return processes_ > 1; }
  /// Gives a run of several processes as many slices, unless it has some, and says so on the standard error. Throws
  /// Error if they cannot share it.
  void fit(RunSpec& spec) const;
  /// Throws Error if there are several, which share stored runs alone.
  void requireOne() const;
  /// Throws Error if the processes cannot share this run.
  void requireFit(const RunSpec& spec) const { requireShareable(spec, count()); }
  /// Starts the others, if --processes asks for it, before there is any thread. Throws Error.
  std::shared_ptr<ChildProcesses> start();
  /// For Engine::join(), after start(); nothing: there is one process.
  const std::optional<GroupPlace>& place() const { return place_; }

 private:
  int count() const;

  int processes_ = 0;     ///< 0: not given
  double timeout_ = 300;  ///< seconds
  std::optional<GroupPlace> place_;
};

/// Throws Error if a launcher started several processes of a verb that one process does.
void refuseLaunchers();
/// Takes part in runs of the process at `place.host`, until that ends. Returns an exit code. Throws Error.
int takePart(const GroupPlace& place);

}  // namespace scanline
