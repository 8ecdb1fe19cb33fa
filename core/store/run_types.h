#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run/events.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// Row ids, each a type of its own. 0 means none.
struct RunId {
  int64_t value = 0;
  auto operator<=>(const RunId&) const = default;
};
struct JobId {
  int64_t value = 0;
  auto operator<=>(const JobId&) const = default;
};
struct PinId {
  int64_t value = 0;
  auto operator<=>(const PinId&) const = default;
};

struct RunnerId {
  int64_t value = 0;
  auto operator<=>(const RunnerId&) const = default;
};

/// The scalar series of a run, by their stored names.
namespace series {
inline constexpr std::string_view kTrainLoss = "train/loss";
inline constexpr std::string_view kValidationLoss = "validation/loss";
inline constexpr std::string_view kLearningRate = "optimizer/learningRate";
inline constexpr std::string_view kGradientNorm = "optimizer/gradientNorm";
inline constexpr std::string_view kImagesPerSecond = "speed/imagesPerSecond";
inline constexpr std::string_view kValidationAccuracy = "validation/accuracy";  ///< of a classifier, 0..1
inline constexpr std::string_view kTestLoss = "test/loss";
inline constexpr std::string_view kTestAccuracy = "test/accuracy";
inline constexpr std::string_view kClassifierLoss = "train/classifierLoss";  ///< nats an image
inline constexpr std::string_view kBusyCores = "system/cpu";  ///< share of the machine's cores, by all programs, 0..1
inline constexpr std::string_view kOwnMemory = "system/memory";       ///< of the program that trains, GB (1e9 bytes)
inline constexpr std::string_view kFreeMemory = "system/freeMemory";  ///< that the machine still has, GB
}  // namespace series

struct Point {
  int64_t step = 0;
  double value = 0;    ///< NaN and infinities are kept
  int64_t timeMs = 0;  ///< Unix time, ms
};

/// Best, first and last of a series, kept up to date by the store.
struct SeriesSummary {
  std::string name;
  int64_t count = 0, firstStep = 0, lastStep = 0, minStep = 0, maxStep = 0;
  double first = 0, last = 0, min = 0, max = 0;
};

/// Which settings of a run that comes from files are known; of all others its text holds defaults, which say nothing.
struct KnownSettings {
  bool all = true;
  std::vector<std::string> keys;  ///< those that are, unless all

  bool has(std::string_view key) const;
};

/// A line of the run table.
struct RunSummary {
  RunId id;
  std::string uuid;
  std::string name;
  RunState state = RunState::Queued;
  std::string detail;                ///< why it failed, or its present preparation
  RunKind kind = RunKind::Pretrain;  ///< kindOf() the spec; Curves of imported ones, whose settings nobody knows
  std::string dataset;               ///< data.name; empty for an imported run of data that nobody knows
  int64_t step = 0, steps = 0;       ///< done and wanted; steps 0: nobody knows (an imported model)
  int64_t parameters = 0;            ///< 0 until prepared
  int colour = 0;                    ///< index into the run colours, given at creation, for ever
  std::optional<double> bestLoss;    ///< validation, in lossUnit() of the spec
  std::optional<int64_t> bestLossStep;
  std::optional<double> bestAccuracy;  ///< of a probe, 0..1
  std::optional<int64_t> bestLayer, bestAccuracyStep;
  int64_t layers = 0;                                 ///< 0: not known
  int64_t createdMs = 0, startedMs = 0, endedMs = 0;  ///< Unix ms, 0 = not yet
  int64_t activeMs = 0;                               ///< time spent running, pauses left out
  double secondsPerStep = 0;                          ///< recent, evaluation and sampling included; 0 = unknown
  bool trashed = false;
  std::optional<RunId> parent;  ///< forked from, or the search that it is a trial of
  int64_t parentStep = 0;
  bool resumable = false;       ///< not running, and has a checkpoint
  bool ownedElsewhere = false;  ///< another living process runs it
  bool ownProcess = false;      ///< it trains in a process of its own, which no window ends
  bool onCluster = false;       ///< a cluster has it, and its events come from files; ownedElsewhere then, too
  std::string clusterJob;       ///< the cluster's name of its job, the last one of a run that is over; else empty
  int64_t silentSinceMs = 0;    ///< as ClusterRun::silentSinceMs, while onCluster; else 0
  std::vector<std::string> tags;
  std::string note;

  bool operator==(const RunSummary&) const = default;  ///< views repaint the rows that changed
};

/// A probe and a run from few labels look at a model once.
inline bool takesSteps(const RunSummary& run) {
  return !isOneLook(run.kind);
}

struct CheckpointRow {
  int64_t step = 0;
  std::string file;
  int64_t bytes = 0;
  double validationLoss = 0;
  std::string reason;
  int64_t timeMs = 0;
};
struct LogRow {
  int64_t id = 0;
  int64_t timeMs = 0;
  LogLine line;
};
struct SampleSetInfo {
  int64_t step = 0;
  int64_t given = 0;
  int64_t prompts = 0;
  int64_t perPrompt = 0;
};

/// Everything the inspector shows.
struct RunDetails {
  RunSummary summary;
  std::string specToml;
  KnownSettings known;  ///< of specToml
  RunPrepared prepared;
  std::vector<CheckpointRow> checkpoints;
  std::string folder;  ///< absolute
};

/// How far a store has taken the event file of a run.
struct TakenTo {
  int64_t bytes = 0;
  int64_t sum = 0;  ///< checksum of the last line before, by which another file is told from it; 0: not known

  bool operator==(const TakenTo&) const = default;
};

/// A run that a cluster trains, or did: see core/jobs/cluster_runs.h.
struct ClusterRun {
  RunId run;
  std::string folder;  ///< of the run on the shared disk; empty: not submitted yet
  std::string job;     ///< the cluster's name of it; empty while submittedMs is set: nobody knows whether it has one
  TakenTo taken;       ///< the part of its event file that the store has
  bool isOpen = true;  ///< the cluster has it
  int64_t submittedMs = 0;    ///< Unix ms, when its submission began; 0: not yet
  int64_t silentSinceMs = 0;  ///< Unix ms of this machine: its last sign of life, which is long ago; 0: it was lately

  bool operator==(const ClusterRun&) const = default;
};

enum class JobState { Waiting, Running, Paused, Done, Failed, Cancelled };
struct Job {
  JobId id;
  RunId run;
  JobState state = JobState::Waiting;
  int64_t position = 0;     ///< order in the queue, ascending
  bool resume = false;      ///< go on from the last checkpoint
  bool ownProcess = false;  ///< as RunSummary::ownProcess
};

/// How runs are put into the queue.
struct QueuePlace {
  bool first = false;                ///< before all that wait
  std::optional<bool> ownProcess{};  ///< in a process of its own; nullopt: as the run was queued before
  bool onCluster = false;            ///< not in the queue, but among the runs that are to be submitted to a cluster
};

/// Which waiting runs a process takes. Shared: those without a process of their own, in a window. OwnProcess: the
/// others. Reserved: one run that this process put into the queue for itself, or reserved.
enum class Serves { Any, Shared, OwnProcess, Reserved };
/// Holding: no process takes a run that is not reserved. Closed: this process takes none just now.
enum class RunnerState { Open, Holding, Closed };

/// The process that asks whether it is its turn.
struct Claimer {
  Serves serves = Serves::Any;
  std::optional<JobId> only{};  ///< Reserved: that one
  std::optional<JobId> over{};  ///< a job of this process that has ended, which could not be written yet
  bool beside = false;          ///< at once, however many runs train
  bool canLaunch = false;       ///< it can start a worker for runs that want a process of their own
  bool onlyLooks = false;       ///< Turn::job is not claimed
};
/// The answer.
struct Turn {
  std::optional<Job> job{};       ///< its turn is now: the process has claimed it
  std::vector<RunId> training{};  ///< the runs that train now, while no more may
  bool waits = false;             ///< a job that the process takes is in the queue
  bool wantsWorker = false;       ///< the turn is a run's that wants a process of its own, and no worker is there
};

}  // namespace scanline
