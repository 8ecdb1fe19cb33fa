#pragma once

#include <QObject>
#include <memory>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "app/ui_notifier.h"
#include "core/jobs/job_pool.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// What a person can do with runs, as commands. Writes go to the writer thread, training to the pool; nothing here
/// blocks. Every refusal comes back as a sentence. UI thread.
class RunActions : public QObject {
  Q_OBJECT
 public:
  RunActions(const std::filesystem::path& workspace, std::function<std::shared_ptr<Engine>()> engine, QObject* parent);
  ~RunActions() override;

  UiNotifier& notifier() { return notifier_; }
  JobPool& pool() { return *pool_; }

  /// Stores and queues the specs in order; `first`: before what waits already. `parent`: where they come from.
  void start(const std::vector<RunSpec>& specs, bool first, std::optional<RunId> parent = {});
  /// The same, each going on from the parent's checkpoint of `step` (see RunStore::fork).
  void fork(RunId parent, int64_t step, const std::vector<RunSpec>& specs, bool first);
  void resume(const std::vector<RunId>& runs);  ///< paused ones go on; ended ones are queued from their last checkpoint
  void pause(RunId run);
  void stop(RunId run);
  void rename(RunId run, const QString& name);
  void setNote(RunId run, const QString& note);
  void setTags(RunId run, const QStringList& tags);
  void setTrashed(const std::vector<RunId>& runs, bool trashed);
  void purge(const std::vector<RunId>& runs);
  void moveJob(JobId job, std::optional<JobId> before);
  /// Stops all runs of this window; stopped() follows when the last has written its checkpoint.
  void stopAll();
  bool busy() const;  ///< a run of this window goes on

 signals:
  void started(RunId run);
  void stopped();
  void failed(const QString& sentence);

 private:
  template <class Work>
  void write(Work work);
  template <class Create>
  void enqueueEach(const std::vector<RunSpec>& specs, Create create);

  UiNotifier notifier_;
  StoreThread writer_;
  std::unique_ptr<JobPool> pool_;  // last: its lanes call the notifier
  std::jthread stopper_;
};

}  // namespace scanline
