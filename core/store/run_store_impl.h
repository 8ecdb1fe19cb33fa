#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/spec/run_spec.h"
#include "core/store/database.h"
#include "core/store/process_identity.h"
#include "core/store/run_columns.h"
#include "core/store/run_store.h"

namespace scanline {

/// How enumerations are written in the store, in the order of their enumerators. Never change a name.
inline constexpr std::array<std::string_view, 6> kJobStateNames{"waiting", "running", "paused",
                                                                "done",    "failed",  "cancelled"};
inline constexpr std::array<std::string_view, 3> kLevelNames{"info", "warning", "error"};

template <class Enum, size_t N>
std::string_view nameOf(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<size_t>(value)];
}
template <class Enum, size_t N>
Enum valueOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto place = std::ranges::find(names, name);
  if (place == names.end())
    throw Error("The store holds the unknown state \"" + std::string(name) +
                "\". Check it with `scanline-cli verify`.");
  return static_cast<Enum>(place - names.begin());
}

inline constexpr std::array<std::string_view, 4> kServesNames{"any", "shared", "own process", "reserved"};
inline constexpr std::array<std::string_view, 3> kRunnerStateNames{"open", "holding", "closed"};

/// The detail of a run whose process died, where no other process saw how.
inline constexpr std::string_view kDiedUnseen = "The process that ran it died. How it died was not seen.";

/// The detail of a run that purge() has begun to remove.
inline constexpr std::string_view kBeingDeleted = "Being deleted.";

/// Removes some of the latest points of series ?1 after step ?2.
inline constexpr const char* kRemoveLatestPoints =
    "DELETE FROM point WHERE series = ?1 AND step > ?2 AND step >= (SELECT min(step) FROM (SELECT step FROM point WHERE "
    "series = ?1 ORDER BY step DESC LIMIT 10000))";

/// One byte a token if that is enough, else two, little endian.
std::string packTokens(const std::vector<Token>& tokens);
/// Of `positions` tokens. Throws Error if they are of another number.
std::vector<Token> unpackTokens(std::string_view bytes, int64_t positions);

/// How many of the first events are written in one transaction: at least one, if there is one.
size_t countOfTransaction(std::span<const TrainEvent> events);
/// How the transaction of these has to reach the disk.
Database::Durability durabilityOf(std::span<const TrainEvent> events);

/// The values in a BLOB column, as this machine has them in memory; bytes after the last whole one are ignored.
template <class Value>
std::vector<Value> valuesOf(std::string_view bytes) {
  std::vector<Value> values(bytes.size() / sizeof(Value));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Value));
  return values;
}

/// Time counts as spent on the run.
constexpr bool isWorking(RunState state) {
  return isActive(state) && state != RunState::Paused;
}

/// Shared by the files that implement RunStore: run_store (runs), run_store_events (events of runs), run_store_queue
/// (jobs, owners), run_store_turn (which process takes which job), run_store_read. Functions that write are called
/// within Database::write.
struct RunStore::Impl {
  Impl(const std::filesystem::path& workspace, StoreMode mode)
      : db(workspace, mode), self(thisProcess()), columns(db, self) {}

  /// Throws Error if there is no such run.
  void require(RunId run);
  RunState state(RunId run);
  std::string uuid(RunId run);
  /// Every transaction that changes rows of a run calls it, so that version(run) grows.
  void touch(RunId run);
  /// As touch(), of those that come from it: they show its name.
  void touchChildren(RunId run);
  /// Changes state and its clocks; logs the change. `timeMs` is when.
  void changeState(RunId run, RunState state, std::string_view detail, int64_t timeMs);
  void addLog(RunId run, LogLine::Level level, std::string_view text, int64_t timeMs);
  /// best_loss and best_accuracy of the run table from stored values.
  void refreshBest(RunId run);
  /// The summary of a series from its points, into the table temp.recounted, which beginRecount() empties: reads alone,
  /// for tables of people's size.
  void beginRecount();
  void recountSeries(int64_t series);
  /// Runs `sql`, which removes some rows at a time, in transactions of their own until it finds no more.
  template <class... Values>
  void removeInSlices(const char* sql, const Values&... values) {
    while (db.write(Database::Durability::Normal, [&] {
      db.execute(sql, values...);
      return db.changes() > 0;
    })) {
    }
  }
  /// Records this process as the holder of the run.
  void takeOwnership(RunId run);
  /// The process that holds the run; pid 0 = none.
  ProcessIdentity owner(RunId run);
  /// Whether a process that still exists holds it. Throws Error if there is no such run.
  bool isRunning(RunId run);
  /// Takes settings that are not known out of the tables again.
  void forgetUnknown(RunId run, const KnownSettings& known);
  /// Runs whose importing process no longer exists.
  std::vector<RunId> deadImports();
  /// A job of the run that has not started is cancelled; the run is then Stopped. False if there is none.
  bool leaveQueue(RunId run);
  /// As leaveQueue(), but rejoinQueue() brings the job back to its place, held if it was.
  void setJobAside(RunId run);
  void rejoinQueue(RunId run);
  std::vector<JobId> moveBefore(JobId job, std::optional<JobId> other);
  /// A new run, Queued, and of this process until it has a job.
  RunId insertRun(const RunSpec& spec, std::string_view specToml, std::string_view uuid, std::optional<RunId> parent,
                  int64_t parentStep);
  /// Throws Error if a process or the queue has the run, or the trash.
  void requireIdle(RunId run);
  /// Queued, to be submitted to a cluster. Throws as RunStore::enqueue() does.
  void giveToCluster(RunId run);
  /// ClusterRun::taken; the run is not silent.
  void setTaken(RunId run, TakenTo taken);
  /// A job at the end of the queue. Throws as RunStore::enqueue() does.
  JobId addJob(RunId run, bool resume);
  /// addJob() of each, in their order.
  std::vector<JobId> queueAll(std::span<const RunId> runs, bool resume, QueuePlace place);
  /// Puts a job before all that wait.
  void moveFirst(JobId job);
  /// takeTurn() without a change: `job` is the one to claim.
  Turn lookForTurn(const Claimer& claimer);
  /// A job that this runner's kind takes waits.
  bool hasWork(Serves serves);
  RunnerId insertRunner(Serves serves, RunnerState state);
  int64_t lanes();
  int64_t chosenLanes();
  /// Removes a run and its rows, in several transactions.
  void removeRows(RunId run);
  /// RunStore::append() within the caller's transaction.
  void appendWithin(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs);

  /// Writes a span of events, see run_store_events.cpp.
  class Appender;

  /// Pinned drawings that pins() would refuse. Reads them one by one.
  struct DamagedPin {
    PinId pin;
    RunId run;
  };
  std::vector<DamagedPin> damagedPins();

  /// A line of the run table, with its tags. Nothing if the run is gone.
  std::optional<RunSummary> summary(RunId run);

  Database db;
  ProcessIdentity self;
  RunColumns columns;  ///< of the lists, see run_store_list.cpp
};

}  // namespace scanline
