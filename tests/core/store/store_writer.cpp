// Another process on the same workspace, for processes_test: does one thing, reports it on standard output, a
// line each.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/store/run_store.h"

using namespace scanline;

namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

/// Takes the run in hand and writes points for ever, acknowledging each commit once it is made.
void append(RunStore& store, RunId run, int64_t last) {
  store.own(run);
  const auto points = store.points(run, series::kTrainLoss, 0);
  for (int64_t step = points.empty() ? 1 : points.back().step + 1; step <= last; ++step) {
    std::vector<TrainEvent> events{StepStats{step, 1.0 / static_cast<double>(step), 1e-3, 1, 1}};
    if (step % 10 == 0) events.emplace_back(Evaluation{step, 1});
    if (step % 25 == 0) events.emplace_back(CheckpointSaved{step, fmt::format("checkpoints/{}", step), 1, 1, "last"});
    store.append(run, events);
    say(std::to_string(step));
  }
}

Serves servesNamed(const std::string& name) {
  if (name == "shared") return Serves::Shared;
  return name == "own" ? Serves::OwnProcess : Serves::Any;
}

/// Takes runs from the queue as `work` does until none waits, and says when each begins and ends.
void serve(RunStore& store, Serves serves) {
  const RunnerId runner = store.enrol(serves);
  say("ready");
  for (;; ::usleep(500)) {
    const Turn turn = store.takeTurn({.serves = serves});
    if (!turn.job) {
      if (!turn.waits && store.leaveIfIdle(runner)) return;
      continue;
    }
    say(fmt::format("begins {}", turn.job->run.value));
    ::usleep(2000);
    const std::vector<TrainEvent> end{StateChanged{RunState::Finished, ""}};
    store.append(turn.job->run, end);
    say(fmt::format("ends {}", turn.job->run.value));
    store.setJobState(turn.job->id, JobState::Done);
  }
}

void claimAll(RunStore& store) {
  while (const auto job = store.takeTurn({.beside = true}).job) {
    say(std::to_string(job->id.value));
    ::usleep(1000);  // so that both processes get some
  }
}

/// Takes the run in hand and prints each request, until it is asked to stop.
void obey(RunStore& store, RunId run) {
  store.own(run);
  say("owned");
  for (;; ::usleep(1000)) {
    const auto commands = store.takeCommands();
    for (const auto& [asked, command] : commands) {
      say(fmt::format("{} {}", asked.value, static_cast<int>(command)));
      if (command == RunCommand::Stop) return;
    }
  }
}

/// From here on, no file of this process grows beyond the log's present size and a bit more: as good as a full disk.
void limitFiles(const std::filesystem::path& workspace) {
  std::signal(SIGXFSZ, SIG_IGN);
  const auto size = std::filesystem::file_size(workspace / "scanline.db-wal") + 1000000;
  const rlimit limit{size, size};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw Error("setrlimit failed");
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string mode = argc > 1 ? argv[1] : "";
  const std::filesystem::path workspace = argc > 2 ? argv[2] : "";
  const RunId run{argc > 3 ? std::atoll(argv[3]) : 0};
  const int64_t last = argc > 4 ? std::atoll(argv[4]) : std::numeric_limits<int64_t>::max();
  if (mode == "unprivileged" && ::geteuid() == 0 && ::setuid(65534) != 0) return 3;  // root may write everywhere
  RunStore store(workspace, mode == "read" ? StoreMode::ReadOnly : StoreMode::ReadWrite);
  if (mode == "full") limitFiles(workspace);
  if (mode == "append" || mode == "full") append(store, run, last);
  if (mode == "claim") claimAll(store);
  if (mode == "obey") obey(store, run);
  if (mode == "serve") serve(store, servesNamed(argc > 3 ? argv[3] : ""));
  if (mode == "enrol") {
    store.enrol(servesNamed(argv[3]), argc > 4 ? RunnerState::Holding : RunnerState::Open);
    say("ready");
    std::cin.get();
  }
  if (mode == "reserve") {
    store.enqueueHere(run, false);
    say("ready");
    std::cin.get();
  }
  if (mode == "window") store.enrol(Serves::Shared);
  if (mode == "train" || mode == "window") {
    const Turn turn = store.takeTurn({.serves = servesNamed(argv[3]), .beside = true});
    say(turn.job ? std::to_string(turn.job->run.value) : "none");
    std::cin.get();
  }
  if (mode == "own") {
    store.own(run);
    say("owned");
    std::cin.get();
  }
  return 0;
} catch (const Error& error) {
  say(fmt::format("Error: {}", error.what()));
  return 2;
}
