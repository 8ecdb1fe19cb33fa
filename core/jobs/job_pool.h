#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/run/engine.h"
#include "core/store/run_types.h"

namespace scanline {

/// The background threads. One training lane that takes jobs from the store's queue in order, those that want a process
/// of their own left out, when it is this process's turn (RunStore::takeTurn); and a command worker that writes
/// commands (pause, resume, stop) into the store and marks runs whose process died. They live as long as the pool. A
/// run that fails does not hold up the next one. All members: any thread, none blocks, except the destructor and
/// waitIdle().
class JobPool {
 public:
  struct Callbacks {
    std::function<void()> stored;  ///< something new is in the store; a thread of the pool
    /// A sentence that belongs to no run (store not writable, engine missing).
    std::function<void(std::string)> failed;
    /// Starts a worker for runs that want a process of their own, and returns when it is there (see startWorker()); a
    /// thread of the pool. `end`: the pool's, for which it does not wait on. May throw Error. None: such runs wait for
    /// a worker that comes by itself.
    std::function<void(const std::stop_token& end)> launch;
  };
  /// `engine` is called on a lane's thread when there is the first work for it: loading LibTorch takes a while. It may
  /// throw Error; jobs then stay in the queue, and it is tried again after the next wake().
  JobPool(std::filesystem::path workspace, std::function<std::shared_ptr<Engine>()> engine, Callbacks callbacks);
  /// Asks everything to stop, checkpoints, joins. Waiting jobs stay in the store's queue.
  ~JobPool();

  /// Reads the queue again (a job was enqueued).
  void wake();
  /// A running one waits within one micro-batch; a waiting one is held in the queue.
  void pause(RunId run);
  void resume(RunId run);
  /// The run checkpoints and stops; a waiting one leaves the queue.
  void stop(RunId run);
  /// Stops every run of this pool and holds the queue; running() then empties.
  void stopAll();
  /// Holds back waiting jobs; a running one goes on.
  void setQueueHeld(bool held);
  std::vector<RunId> running() const;
  /// After stopAll(): waits until the stopped runs have written their checkpoints and every command is carried out. The
  /// engine may go on being loaded.
  void finishWriting();
  /// Waits until no job runs and none can start (none waits, the queue is held, or the engine cannot be loaded). Tests
  /// and the terminal use it.
  void waitIdle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanline
