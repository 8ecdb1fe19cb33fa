#include "core/jobs/cluster_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file_lock.h"
#include "core/base/new_folder.h"
#include "core/base/passing_error.h"
#include "core/jobs/run_files.h"
#include "core/run/process_group.h"
#include "core/run/run_folder.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kJobScript = "job.sh";
constexpr const char* kJobLog = "job.log";

bool isOver(RunState state) {
  return !isActive(state) && state != RunState::Queued;
}

/// The last words in the log of a job: why it did not come to the run.
std::string lastLineOf(const fs::path& file) {
  constexpr size_t kMost = 300;
  std::ifstream log(file);
  std::string last;
  for (std::string line; std::getline(log, line);)
    if (!line.empty()) last = line;
  return last.substr(0, kMost);
}

}  // namespace

/// One look at all runs.
class ClusterRuns::Look {
 public:
  Look(ClusterRuns& of, RunStore& store, const Control& control) : of_(of), store_(store), control_(control) {}

  ClusterNews look() {
    for (ClusterRun& each : store_.clusterRuns()) {
      control_.check();
      try {
        each.job.empty() ? begin(each) : follow(each);
      } catch (const PassingError&) {
        throw;
      } catch (const Error& problem) {
        warn(fmt::format("\"{}\" on the cluster: {}", store_.run(each.run).name, problem.what()));
      }
    }
    if (Clock::now() >= of_.nextAsk_) ask();
    return std::move(news_);
  }

 private:
  void begin(ClusterRun& run) {
    if (const auto command = store_.takeCommand(run.run);
        command == RunCommand::Stop || command == RunCommand::StopWithCheckpoint) {
      say(run.run, RunState::Stopped, "Taken back before it was submitted.");
      return close(run);
    }
    try {
      submit(run);
    } catch (const PassingError&) {
      throw;
    } catch (const Error& problem) {
      say(run.run, RunState::Failed, problem.what());
      close(run);
      news_.refused.push_back(run.run);
    }
  }

  void submit(ClusterRun& run) {
    const ClusterSettings settings = readClusterSettings(of_.workspace_);
    if (settings.folder.empty())
      throw Error("No cluster is set up for this workspace: name a folder that its machines share.");
    const RunSummary summary = store_.run(run.run);
    requireShareable(specOf(store_, run.run), settings.nodes * settings.tasks);
    const fs::path folder = fs::path(settings.folder) / summary.uuid;
    run.taken = bringRunFiles(store_, run.run, folder);
    writeFileAtomically(folder / kJobScript,
                        jobScript(settings, folder, "scanline-" + safeFileName(summary.name), of_.program_));
    run.job = submitJob(folder / kJobScript, control_);
    run.folder = folder.string();
    run.submittedMs = nowMs();
    store_.setClusterRun(run);
    say(run.run, RunState::Queued, fmt::format("Job {} was submitted.", run.job));
    news_.submitted.push_back(run.run);
    of_.nextAsk_ = {};
  }

  void follow(const ClusterRun& run) {
    take(run);
    if (const auto command = store_.takeCommand(run.run)) obey(run, *command);
  }

  void take(const ClusterRun& run) {
    const TakenEvents taken = takeRunEvents(store_, run.run, run.folder, control_);
    for (const std::string& warning : taken.warnings) warn(warning);
    if (taken.events == 0) return;
    news_.isChanged = true;
    // What draws with the run's checkpoints needs its colours.
    const fs::path own = store_.folder(run.run) / kPaletteFile, there = fs::path(run.folder) / kPaletteFile;
    std::error_code error;
    if (!fs::exists(own, error) && fs::exists(there, error)) fs::copy_file(there, own, error);
  }

  void obey(const ClusterRun& run, RunCommand command) {
    news_.isChanged = true;
    of_.nextAsk_ = {};
    if (command == RunCommand::Pause || command == RunCommand::Resume) return wishFor(run.folder, command);
    const bool waits = store_.run(run.run).state == RunState::Queued;
    const bool wasAsked = isWished(run.folder, kStopWish);
    // A job that waits, and one that was asked and goes on, is cancelled. One at work ends after a checkpoint.
    wishFor(run.folder, command);
    if (!waits && !wasAsked) return;
    cancelJob(run.job, control_);
    if (waits) say(run.run, RunState::Stopped, "Taken out of the queue of the cluster.");
  }

  /// Which jobs are left.
  void ask() {
    const auto runs = store_.clusterRuns();
    if (runs.empty()) return;
    of_.nextAsk_ = Clock::now() + of_.pace_.ask;
    std::map<std::string, SlurmJob> jobs;
    try {
      jobs = askForJobs(control_);
    } catch (const Error& problem) {
      return warn(
          fmt::format("The state of the cluster's jobs is not known: {} What the runs write is shown all the same.",
                      problem.what()));
    }
    for (const ClusterRun& run : runs) {
      if (run.job.empty()) continue;
      const auto job = jobs.find(run.job);
      if (job != jobs.end()) {
        of_.gone_.erase(run.run.value);
        showWait(run, job->second);
      } else {
        judge(run);
      }
    }
  }

  void showWait(const ClusterRun& run, const SlurmJob& job) {
    const RunSummary summary = store_.run(run.run);
    if (summary.state != RunState::Queued) return;
    const std::string detail = job.state == "PENDING" ? fmt::format("Job {} waits: {}.", run.job, job.reason)
                                                      : fmt::format("Job {} begins.", run.job);
    if (detail != summary.detail) say(run.run, RunState::Queued, detail);
  }

  /// Its job is gone.
  void judge(const ClusterRun& run) {
    take(run);
    if (isOver(store_.run(run.run).state)) return close(run);
    const auto since = of_.gone_.try_emplace(run.run.value, Clock::now()).first->second;
    if (Clock::now() - since < of_.pace_.lost) return;
    const auto ended = askForEndedJob(run.job, control_);
    const std::string how = ended ? fmt::format(" ({}, exit code {})", ended->state, ended->exitCode) : "";
    const std::string log = lastLineOf(fs::path(run.folder) / kJobLog);
    const std::string words = log.empty() ? "" : fmt::format(" Its log ends with: {}", log);
    if (store_.run(run.run).state == RunState::Queued)
      say(run.run, RunState::Failed, fmt::format("Job {} ended{} before the run began.{}", run.job, how, words));
    else
      say(run.run, RunState::Interrupted,
          fmt::format("Job {} ended{} without a last word of the run.{}", run.job, how, words));
    close(run);
  }

  void say(RunId run, RunState state, const std::string& detail) {
    const TrainEvent event = StateChanged{state, detail};
    store_.append(run, std::span(&event, 1));
    news_.isChanged = true;
  }

  void close(const ClusterRun& run) {
    ClusterRun now = store_.clusterRun(run.run).value_or(run);
    now.isOpen = false;
    store_.setClusterRun(now);
    of_.gone_.erase(run.run.value);
    news_.ended.push_back(run.run);
    news_.isChanged = true;
  }

  void warn(const std::string& sentence) {
    if (of_.told_.insert(sentence).second) news_.warnings.push_back(sentence);
  }

  ClusterRuns& of_;
  RunStore& store_;
  const Control& control_;
  ClusterNews news_;
};

ClusterRuns::ClusterRuns(fs::path workspace, fs::path program, Pace pace)
    : workspace_(std::move(workspace)), program_(std::move(program)), pace_(pace) {}

ClusterNews ClusterRuns::poll(RunStore& store, const Control& control) {
  if (store.clusterRuns().empty()) return {};
  const FileLock lock(workspace_ / "cluster.lock");
  if (!lock.isHeld()) return {};
  return Look(*this, store, control).look();
}

}  // namespace scanline
