#pragma once

#include <QObject>
#include <memory>
#include <optional>
#include <vector>

#include "app/edit_history.h"
#include "app/store_thread.h"
#include "app/ui_notifier.h"
#include "core/jobs/job_pool.h"
#include "core/spec/run_spec.h"
#include "core/store/pinned_drawing.h"
#include "core/store/retention.h"

namespace scanline {

/// The commands that a person has for runs. Writes go to the writer thread, training to the pool; nothing here but
/// finishWriting() blocks. Every refusal comes back as a sentence. UI thread.
class RunActions : public QObject {
  Q_OBJECT
 public:
  RunActions(const std::filesystem::path& workspace, std::function<std::shared_ptr<Engine>()> engine, QObject* parent);
  ~RunActions() override;

  /// Opens the workspace on the writer's thread: makes or updates its store, which may take minutes, and marks the runs
  /// that were cut off. opened() or notOpened() follows; after that it may be called again. Nothing else is called
  /// before opened().
  void open();
  bool isOpen() const { return pool_ != nullptr; }

  UiNotifier& notifier() { return notifier_; }
  JobPool& pool() { return *pool_; }

  /// Stores and queues the specs in order. `parent`: where they come from.
  void start(const std::vector<RunSpec>& specs, QueuePlace place, std::optional<RunId> parent = {});
  /// The same, each going on from the parent's checkpoint of `step` (see RunStore::fork).
  void fork(RunId parent, int64_t step, const std::vector<RunSpec>& specs, QueuePlace place);
  // Runs of this window or of another process, which is then asked to.
  /// Paused ones go on; ended ones are queued from their last checkpoint (see goesOn()), those that never began from
  /// their start.
  void resume(const std::vector<RunId>& runs);
  /// Ended runs go on, and others begin, on the cluster of the workspace. They leave the queue.
  void submit(const std::vector<RunId>& runs);
  void pause(RunId run);
  void stop(RunId run);
  /// Ends the process of the run at once; steps after its last checkpoint are lost.
  void kill(RunId run);
  /// See RunStore::setLanes.
  void setLanes(int64_t lanes);
  // `done` is called once, when the store has taken the change or refused it.
  void rename(RunId run, const QString& name, EditDone done = {});
  /// `before`: the note that `note` was made from. If another has come meanwhile, both are kept.
  void setNote(RunId run, const QString& note, const QString& before, EditDone done = {});
  void setTags(RunId run, const QStringList& tags, EditDone done = {});
  void setDataPath(RunId run, const QString& path, EditDone done = {});  ///< a file or folder
  /// To the trash and back; a job that left the queue on the way there has its place again.
  void setTrashed(const std::vector<RunId>& runs, bool trashed, EditDone done = {});
  void purge(const std::vector<RunId>& runs);
  /// As applyRetention(); failed() brings a sentence for each file that could not be removed.
  void prune(std::vector<PrunedRun> plan, EditDone done);
  /// A drawing is kept with its run, under the number that it gets or has, and let go again.
  void pin(std::shared_ptr<PinnedDrawing> drawing, EditDone done = {});
  void unpin(std::shared_ptr<PinnedDrawing> drawing, EditDone done = {});
  void setPinNote(PinId pin, const QString& note, EditDone done = {});
  /// Views of the list of runs, by name.
  void saveView(const QString& name, const QString& content, EditDone done);
  void removeView(const QString& name, EditDone done);
  /// The jobs that a moved one stood before, in order. Of the store's thread from the move on.
  using Formerly = std::shared_ptr<std::vector<JobId>>;
  /// None: to the end.
  void moveJob(JobId job, std::optional<JobId> before, Formerly formerly, EditDone done);
  /// As RunStore::moveBy(); done(false) without a sentence where there is no farther place.
  void moveJobBy(JobId job, int places, Formerly formerly, EditDone done);
  /// Of `formerly` some may have left the queue.
  void moveJobBack(JobId job, Formerly formerly, EditDone done);
  /// Stops all runs of this window; stopped() follows when the last has written its checkpoint.
  void stopAll();
  bool busy() const;  ///< a run of this window goes on
  /// Stops all runs and waits until everything that is to be in the store is there. Nothing is done after that.
  void finishWriting();

 signals:
  void opened();
  void notOpened(const QString& sentence);
  void started(RunId run);
  void stopped();
  /// A run that ended goes on from an earlier step than it had reached; says from which, and how much is done again.
  void goesOn(RunId run, const QString& sentence);
  void failed(const QString& sentence);

 private:
  template <class Work>
  void write(Work work, EditDone done = {});
  void startPool();
  /// True if the workspace is not open; then it emits failed().
  bool refuses();
  void command(RunId run, RunCommand command);
  template <class Create>
  void enqueueEach(const std::vector<RunSpec>& specs, Create create);

  std::filesystem::path workspace_;
  std::function<std::shared_ptr<Engine>()> engine_;
  UiNotifier notifier_;
  StoreThread writer_;
  std::unique_ptr<JobPool> pool_;  ///< none before the workspace is open; after the notifier, which its lanes call
  std::jthread stopper_;
};

}  // namespace scanline
