#include "experiments/cli/shared_detached.h"

#include "core/store/run_store.h"
#include "experiments/cli/detach.h"
#include "experiments/cli/training.h"

namespace scanline {

int trainSharedDetached(const std::filesystem::path& workspace, std::span<const RunId> runs, bool resume,
                        Processes& processes) {
  const auto work = [&](const std::function<void()>& ready) {
    std::shared_ptr<ChildProcesses> others;
    Training training(workspace, {.logs = true});
    return training.runOwn(runs, resume, ready, [&] {
      others = processes.start();
      return processes.place();
    });
  };
  return runDetached(workspace, work, /*again=*/false);
}

int trainNewShared(const std::filesystem::path& workspace, std::span<const RunId> runs, Processes& processes) {
  const int code = trainSharedDetached(workspace, runs, /*resume=*/false, processes);
  if (code == 0) return code;
  RunStore store(workspace, StoreMode::ReadWrite);
  for (const RunId run : runs) store.purge(run);
  return code;
}

}  // namespace scanline
