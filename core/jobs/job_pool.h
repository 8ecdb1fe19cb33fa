#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/store/run_types.h"
#include "core/train/engine.h"

namespace scanline {

/// The background threads. One training lane for the CPU (one a GPU, if there are any) that takes jobs from the store's
/// queue in order, and one light lane for interactive work. Lanes live as long as the pool. All members: any thread, none blocks,
/// except the destructor and waitIdle().
class JobPool {
 public:
  struct Callbacks {
    std::function<void()> stored;                     ///< something new is in the store; a lane's thread
    std::function<void(std::string)> failed;          ///< a sentence that belongs to no run (store not writable, engine missing)
  };
  /// `engine` is called once, on the first lane's thread: loading LibTorch takes a while. It may throw Error.
  JobPool(std::filesystem::path workspace, std::function<std::shared_ptr<Engine>()> engine, Callbacks callbacks);
  /// Asks everything to stop, checkpoints, joins.
  ~JobPool();

  /// Look at the queue again (somebody enqueued a job).
  void wake();
  void pause(RunId run);
  void resume(RunId run);
  /// The run checkpoints and stops; a waiting one leaves the queue.
  void stop(RunId run);
  /// Stops every run of this pool; running() then empties.
  void stopAll();
  /// Holds back waiting jobs; a running one goes on.
  void setQueueHeld(bool held);
  std::vector<RunId> running() const;
  /// Waits until no job runs and none waits. Tests and the terminal use it.
  void waitIdle();
  /// Runs on the light lane, in order. `work` gets the engine (which may be loading) and a stop token of its own.
  void interactive(std::function<void(Engine&, std::stop_token)> work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanline
