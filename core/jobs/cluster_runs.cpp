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
#include "core/base/run_program.h"
#include "core/jobs/run_files.h"
#include "core/run/process_group.h"
#include "core/run/run_folder.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kJobLog = "job.log";

/// Each submission has a script of its own, by whose name Slurm can be asked for its job.
fs::path jobScriptOf(const ClusterRun& run) {
  return fs::path(run.folder) / fmt::format("job-{}.sh", run.submittedMs);
}

void removeJobScripts(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (const std::string name = entry.path().filename().string(); name.starts_with("job-") && name.ends_with(".sh"))
      fs::remove(entry.path(), error);
}

/// The job that began the run's script; nothing if none has.
std::string jobThatBegan(const ClusterRun& run) {
  std::ifstream file(fs::path(run.folder) / kJobIdFile);
  std::string job;
  std::getline(file, job);
  return job;
}

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
    if (run.submittedMs > 0 && !wasNotSubmitted(run)) return;
    if (const auto command = store_.takeCommand(run.run);
        command == RunCommand::Stop || command == RunCommand::StopWithCheckpoint) {
      say(run.run, RunState::Stopped, "Taken back before it was submitted.");
      return close(run);
    }
    try {
      submit(run);
    } catch (const PassingError&) {
      throw;
    } catch (const NoAnswer& problem) {
      warn(problem.what());
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
    std::error_code error;
    fs::remove(folder / kJobIdFile, error);
    removeJobScripts(folder);
    run.folder = folder.string();
    run.submittedMs = nowMs();
    const fs::path script = jobScriptOf(run);
    writeFileAtomically(script, jobScript(settings, folder, "scanline-" + safeFileName(summary.name), of_.program_));
    store_.setClusterRun(run);  // from here on it may have a job, which wasNotSubmitted() finds
    hasJob(run, submitJob(script, control_));
  }

  void hasJob(ClusterRun& run, const std::string& job) {
    run.job = job;
    store_.setClusterRun(run);
    of_.underway_.erase(run.run.value);
    say(run.run, RunState::Queued, fmt::format("Job {} was submitted.", run.job));
    news_.submitted.push_back(run.run);
    of_.nextAsk_ = {};
  }

  /// A process began to submit it and did not say how that ended. True: the cluster has no job of it. Throws Error if
  /// it cannot be asked.
  bool wasNotSubmitted(ClusterRun& run) {
    const auto since = of_.underway_.try_emplace(run.run.value, Clock::now()).first->second;
    auto job = std::optional(jobThatBegan(run));
    if (job->empty()) job = askForJobOf(jobScriptOf(run), control_);
    if (job) {
      hasJob(run, *job);
      return false;
    }
    // By whichever clock more time has passed: another process may have waited before.
    const std::chrono::milliseconds passed(nowMs() - run.submittedMs);
    if (Clock::now() - since < of_.pace_.underway && passed < of_.pace_.underway) return false;
    of_.underway_.erase(run.run.value);
    return true;
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
    if (command == RunCommand::Pause || command == RunCommand::Resume) return requestFrom(run.folder, command);
    const bool waits = store_.run(run.run).state == RunState::Queued;
    const bool wasAsked = isRequested(run.folder, kStopRequest);
    // A job that waits, and one that was asked and goes on, is cancelled. One at work ends after a checkpoint.
    requestFrom(run.folder, command);
    if (!waits && !wasAsked) return;
    cancelJob(run.job, control_);
    if (waits) say(run.run, RunState::Stopped, "Taken out of the queue of the cluster.");
  }

  /// Which jobs are left.
  void ask() {
    const auto runs = store_.clusterRuns();
    if (runs.empty()) return;
    of_.nextAsk_ = Clock::now() + of_.pace_.ask;
    for (const ClusterRun& run : runs) listen(run);
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

  /// Whether the run is silent.
  void listen(const ClusterRun& run) {
    if (run.job.empty() || !isActive(store_.run(run.run).state)) return;
    auto silence = silenceOf(run.folder);
    if (silence)
      of_.unheard_.erase(run.run.value);
    else
      silence = std::chrono::duration_cast<std::chrono::milliseconds>(
          Clock::now() - of_.unheard_.try_emplace(run.run.value, Clock::now()).first->second);
    const bool isSilent = *silence >= of_.pace_.silent;
    if (isSilent == (run.silentSinceMs != 0)) return;
    store_.setSilent(run.run, isSilent ? nowMs() - silence->count() : 0);
    news_.isChanged = true;
    if (isSilent)
      warn(fmt::format(
          "Nothing has been heard of \"{}\" (job {}) for {} minutes. Its machine or the shared disk may be out of reach. Stop ends its job.",
          store_.run(run.run).name, run.job, std::chrono::duration_cast<std::chrono::minutes>(*silence).count()));
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
    for (auto* times : {&of_.gone_, &of_.unheard_, &of_.underway_}) times->erase(run.run.value);
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
