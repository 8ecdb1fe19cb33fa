#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/pinned_drawing.h"
#include "core/store/run_list.h"
#include "core/store/run_types.h"

namespace scanline {

struct ProcessIdentity;

/// How a store is opened. ReadOnly never writes (query_only), for the window's reads.
enum class StoreMode { ReadWrite, ReadOnly };

/// A request to another process about a run that it trains.
enum class RunCommand { Pause, Resume, Stop, StopWithCheckpoint };

/// All the SQL of Scanline: runs and their events, in `<workspace>/scanline.db`. One object a thread. Several
/// processes may use one workspace: every commit and every checkpoint of the WAL happens under one advisory lock on
/// `<workspace>/lock`, which nobody keeps for long: large work is done in several transactions, as said below. Readers
/// do not wait for it. Every member throws Error with a sentence if the database cannot be read or written;
/// PassingError if that may pass (another program writes, a full disk). A disk that fails once is asked again.
class RunStore {
 public:
  /// Opens or creates the workspace and migrates its schema. Throws Error if it was written by a newer version, is no
  /// workspace, cannot be written (ReadWrite), or does not exist (ReadOnly).
  RunStore(const std::filesystem::path& workspace, StoreMode mode);
  ~RunStore();
  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;

  const std::filesystem::path& workspace() const;
  /// runs/<uuid>, created on demand. Absolute.
  std::filesystem::path folder(RunId run) const;
  /// How long a write waits for other programs that write before it throws PassingError (Busy).
  void setPatience(std::chrono::milliseconds patience = kPatience);
  static constexpr std::chrono::seconds kPatience{20};

  // --- writing: each one transaction, unless it says otherwise
  /// A new run, Queued. Its fields go to the table of parameters, its paths are stored as absolute ones
  /// (makePathsAbsolute); throws Error if the text is no valid spec.
  RunId create(std::string_view settings, std::optional<RunId> parent = {}, int64_t parentStep = 0);
  /// A new run that comes from files: Importing, held by this process, until append() brings its final state.
  /// If the process dies before, markInterrupted() purges the run, as half an import is of no use.
  /// Settings that are not `known` go to no table: no view and no filter takes a default for a fact.
  RunId beginImport(std::string_view settings, const KnownSettings& known = {});
  /// A new run that goes on from a checkpoint of `parent`, with a spec of its own. It gets that checkpoint (a hard link
  /// where the disk can) and the palette, so nothing that happens to the parent later touches it. Pretraining goes on
  /// at that step: start it with enqueue(run, true). Kinds that needsModel() find the checkpoint as `model.safetensors`
  /// in their folder; for them `step` may be -1 if the parent has such a file itself (a search, whose trials start
  /// where it does). Throws Error if the parent has no checkpoint at `step`. A crash leaves at most a
  /// folder, which verify() finds.
  RunId fork(RunId parent, int64_t step, std::string_view specToml);
  /// As create() and fork() of each text, and enqueue() of them, in order. All or none.
  std::vector<RunId> createQueued(std::span<const std::string> specTomls, std::optional<RunId> parent,
                                  QueuePlace place);
  std::vector<RunId> forkQueued(RunId parent, int64_t step, std::span<const std::string> specTomls, QueuePlace place);
  /// Points, probes, samples and checkpoints of a step that is stored already are replaced (a resumed run takes up
  /// earlier steps again). `timesMs`: when each event happened, Unix ms; empty = now. In order, in transactions of at
  /// most a thousand events and some MB.
  void append(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs = {});
  /// The first of them, in one transaction; returns how many those were.
  size_t appendSome(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs = {});
  /// A run goes on from an earlier step (-1: from the very beginning): points, probes, samples and checkpoint rows
  /// after `step` are removed, in several transactions, the latest steps first.
  void truncateAfter(RunId run, int64_t step);
  /// The data of a run lie elsewhere now; whether they are the same is checked when it is resumed.
  void setDataPath(RunId run, std::string_view path);
  void rename(RunId run, std::string_view name);
  /// For runs that come from elsewhere: so many steps are done. Runs that train tell it by their StepStats.
  void setStep(RunId run, int64_t step);
  void setNote(RunId run, std::string_view note);
  void setTags(RunId run, const std::vector<std::string>& tags);
  /// To the trash and back. A waiting run leaves the queue, and has its place in it again when it comes back. Throws
  /// Error, and changes nothing, if one of them is running.
  void setTrashed(const std::vector<RunId>& runs, bool trashed);
  /// Rows and files. Not to be undone. Throws Error if the run is running, or another process imports it. In several
  /// transactions; verify() finds the remains of a crash.
  void purge(RunId run);
  /// This process now runs it (pid, start time, boot id are stored with it): Preparing, one attempt more. Nothing
  /// happens if it does so already. Throws Error if another living process runs it.
  void own(RunId run);
  /// A run of another program, whose lines this process brings in (see core/jobs/inbox.h), counts as run by that
  /// program's process: Running while it lives, Interrupted by markInterrupted() when it is gone.
  void setOwner(RunId run, const ProcessIdentity& process);
  /// Runs marked as running whose process is dead become Interrupted; those that a dead process was importing are
  /// purged. Returns the former. Called at every start, and by readers that poll.
  std::vector<RunId> markInterrupted();
  /// As markInterrupted(), for the runs of one process whose end was seen: `how` is the run's detail. Works after
  /// markInterrupted(), too, which knows less. Returns those runs.
  std::vector<RunId> markDied(const ProcessIdentity& process, std::string_view how);
  /// Moves the write-ahead log into the database, under the lock. Called when idle; does nothing while others write.
  void checkpointLog();

  // --- the queue
  /// The run becomes Queued. Throws Error if it is queued already, running, or in the trash. On a cluster it has no
  /// job: JobId 0.
  JobId enqueue(RunId run, bool resume, QueuePlace place = {});
  /// As enqueue(), before all that wait, for this process alone: only it can claim the job, as Serves::Reserved. If it
  /// dies before, the run is Interrupted.
  /// `ownProcess`: this process outlives who started it, which the run's row says; else the row stays as it is.
  JobId enqueueHere(RunId run, bool resume, bool ownProcess = false);
  /// A job of `run` that waits, held or not, is this process's alone from now on, and before all others. Throws Error
  /// if there is none, or another living process has reserved it.
  Job reserve(RunId run);
  /// The first waiting job whose turn it is and that the process takes becomes Running; this process then owns job and
  /// run (see own). Two processes never get the same one, and never more train than lanes(), but for those beside. A
  /// job that comes before and that another process is there to take has its turn first.
  Turn takeTurn(const Claimer& claimer);
  /// How many runs of the queue train at the same time, in whichever processes; 1..kMostLanes.
  int64_t lanes() const;
  /// The number that somebody chose; 0: as many as this machine has GPUs (gpuCount()), and one without.
  int64_t chosenLanes() const;
  /// 0..kMostLanes. Throws Error.
  void setLanes(int64_t lanes);
  static constexpr int64_t kMostLanes = 64;
  /// This process takes runs from the queue until leave(), or its end.
  RunnerId enrol(Serves serves, RunnerState state = RunnerState::Open);
  /// As enrol(OwnProcess), unless a process that does so has nothing else to do.
  std::optional<RunnerId> enrolWorker();
  void setRunner(RunnerId runner, RunnerState state);
  void leave(RunnerId runner);
  /// As leave(), in one step with looking whether a job waits that the runner takes; false if one does.
  bool leaveIfIdle(RunnerId runner);
  /// A job that is over (Done, Failed, Cancelled) stays so: setting its state does nothing.
  void setJobState(JobId job, JobState state);
  /// A job of `run` that has not started and is not reserved is Paused (held), or Waiting again. False if there is
  /// none.
  bool holdJob(RunId run, bool held);
  /// A job of `run` that has not started is Cancelled, and the run Stopped. False if there is none.
  bool cancelJob(RunId run);
  /// Puts a job before another (or last, with nullopt). Returns those that it stood before until now, in order.
  std::vector<JobId> moveBefore(JobId job, std::optional<JobId> other);
  /// Moves a waiting job by `places` among those that wait, down if positive, as far as there are any; the caller may
  /// know an older order. Returns as moveBefore(); nullopt: it stays where it is.
  std::optional<std::vector<JobId>> moveBy(JobId job, int places);
  std::vector<Job> jobs() const;  ///< waiting, running and paused, in order

  // --- commands across processes: the one that trains the run takes them, the newest wins
  /// Asks the process that runs it. Throws Error if nobody does.
  void ask(RunId run, RunCommand command);
  /// The command that waits for a run of this process, which is then taken; nullopt if there is none.
  std::optional<RunCommand> takeCommand(RunId run);
  /// As takeCommand(), of every run of this process. Cheap when there is none.
  std::vector<std::pair<RunId, RunCommand>> takeCommands();

  /// The living process that runs it.
  std::optional<ProcessIdentity> processOf(RunId run) const;
  /// Ends the process that runs it at once (SIGKILL); steps after its last checkpoint are lost. Throws Error if there
  /// is none, or it is a window or this process.
  void kill(RunId run);

  // --- runs that a cluster trains: enqueue(), createQueued() and forkQueued() with QueuePlace::onCluster begin them
  /// Ascending ids; `all`: also those that are over.
  std::vector<ClusterRun> clusterRuns(bool all = false) const;
  std::optional<ClusterRun> clusterRun(RunId run) const;
  /// Writes all of it. Once it is not open, the run may be resumed, queued and deleted as any other.
  void setClusterRun(const ClusterRun& of);
  /// As append(), and `taken` grows with them: in each transaction to that of its last event. So each event is stored
  /// once, also where the reader of the files dies between two. `taken`: as many as events.
  void appendFromCluster(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs,
                         std::span<const TakenTo> taken);
  /// As truncateAfter(), and then `taken`.
  void truncateFromCluster(RunId run, int64_t step, TakenTo taken);
  /// ClusterRun::silentSinceMs. Nothing happens if the cluster has the run no more.
  void setSilent(RunId run, int64_t sinceMs);

  // --- drawings that people keep with a run
  /// Keeps it, and returns its number. One that has a number comes back under it, which undoes unpin(); nothing happens
  /// if it is there. Throws Error if it is not sound (problemOf), or the run is gone.
  PinId pin(const PinnedDrawing& drawing);
  /// Nothing happens if it is gone already.
  void unpin(PinId pin);
  /// Words of a person on a pinned drawing. Nothing happens where it is no longer pinned.
  void setPinNote(PinId pin, const std::string& note);
  static constexpr int64_t kMostPins = 1000;
  /// In the order in which they were pinned; of more than `most`, the newest. Throws Error if one is damaged.
  std::vector<PinnedDrawing> pins(RunId run, int64_t most = kMostPins) const;
  std::optional<PinnedDrawing> pinned(PinId pin) const;

  /// Reads the values that sort or filter lists by this field, so that the next list finds them in memory. Throws
  /// QueryError if there is no such field.
  void readAhead(std::string_view field) const;
  /// The same for questions with words.
  void readWordsAhead() const;

  // --- saved views: how a list of runs is filtered, sorted and shown, by name
  void saveView(std::string_view name, std::string_view content);  ///< replaces one of that name
  void removeView(std::string_view name);
  std::vector<std::pair<std::string, std::string>> savedViews() const;  ///< (name, content), by name

  // --- lists of runs: ids in order, and the rows of a page (run_list.h). No call reads more than it answers.
  /// Throws QueryError if the order is no field.
  RunList list(const RunListRequest& request) const;
  /// In the order of `runs`; those that are gone are left out. Throws QueryError if a column is no field.
  std::vector<RunRow> rows(std::span<const RunId> runs, std::span<const std::string> columns = {}) const;
  RunChanges changesSince(int64_t version) const;
  /// The runs of the request by the value of a field, those without it last; `columns`: whose spread is wanted.
  std::vector<RunGroup> groups(const RunListRequest& request, std::string_view by,
                               std::span<const std::string> columns) const;
  /// Waiting, preparing, running or paused, of any process; ascending ids.
  std::vector<RunSummary> active() const;
  int64_t count(bool trash) const;
  /// Every field of the query language in this workspace: facts of a run, settings, summaries of the series stored.
  std::vector<RunField> fields() const;
  /// Words that can stand at `cursor` (bytes) of a question: names of fields, values, operators.
  QueryProposals proposals(std::string_view text, size_t cursor) const;

  // --- reading
  std::vector<RunSummary> runs(bool withTrashed = false) const;
  RunSummary run(RunId run) const;
  /// All runs of that name, the newest first and those in the trash last; or the one with this beginning of its uuid.
  std::vector<RunId> findAll(std::string_view uuidOrName) const;
  std::optional<RunId> find(std::string_view uuidOrName) const;  ///< the first of these
  RunDetails details(RunId run) const;
  /// Ascending steps; no more than `most`, or all for -1.
  std::vector<Point> points(RunId run, std::string_view series, int64_t afterStep, int64_t most = -1) const;
  std::vector<SeriesSummary> summaries(RunId run) const;
  /// By step, then layer. While a run is probed, the layers of its newest step arrive one by one.
  std::vector<ProbeResult> probes(RunId run, int64_t afterStep) const;
  std::vector<LowDataResult> lowData(RunId run) const;                       ///< by labels, then subset
  std::vector<CodebookUse> codebookUse(RunId run, int64_t afterStep) const;  ///< by step
  /// Forks of a run, or the trials of a search, oldest first; not those in the trash.
  std::vector<RunId> children(RunId run) const;
  std::vector<SampleSetInfo> sampleSets(RunId run) const;
  std::optional<SampleSet> samples(RunId run, int64_t step, bool completions) const;
  std::vector<CheckpointRow> checkpoints(RunId run) const;  ///< ascending steps
  std::vector<LogRow> log(RunId run, int64_t afterId) const;
  /// Grows with every commit that changed a run's rows, so that views can ask "is there anything new" cheaply. 0 if the
  /// run is gone.
  int64_t version(RunId run) const;
  /// Grows with every commit of any process.
  int64_t dataVersion() const;
  /// Faults of the workspace, a sentence each; empty = sound: the database itself, a run that is queued though
  /// no queue holds it, one whose deletion was cut off, a folder of no run. A run that a living process is about to
  /// make is no fault.
  std::vector<std::string> verify() const;
  /// Mends the faults that verify() finds, but for the database itself, and tells each repair in a sentence. Such a run
  /// comes into the queue again, held; such a folder goes to <workspace>/lost, for people to look at.
  std::vector<std::string> repair();

 private:
  struct Impl;
  class Forks;
  std::unique_ptr<Impl> impl_;
};

/// The settings of a run. Throws Error if they are of a later version.
RunSpec specOf(const RunDetails& details);
RunSpec specOf(const RunStore& store, RunId run);

}  // namespace scanline
