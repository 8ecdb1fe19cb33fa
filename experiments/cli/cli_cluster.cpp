// scanline-cli cluster, submit: runs that a Slurm cluster trains.
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/jobs/cluster_runs.h"
#include "core/jobs/run_files.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/cluster_look.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/stop_signals.h"

namespace scanline {

namespace {

void sayClusterRun(const RunStore& store, RunId run) {
  const RunSummary summary = store.run(run);
  fmt::print("{} ({}): {}", summary.name, summary.uuid.substr(0, 8), stateName(summary.state));
  if (!summary.clusterJob.empty()) fmt::print(", job {}", summary.clusterJob);
  if (summary.step > 0) fmt::print(", step {} of {}", summary.step, summary.steps);
  if (summary.silentSinceMs > 0)
    fmt::print(", nothing heard for {} minutes", (nowMs() - summary.silentSinceMs) / 60'000);
  fmt::print("{}{}\n", summary.detail.empty() ? "" : ". ", summary.detail);
}

class ClusterCommand final : public Command {
 public:
  explicit ClusterCommand(CLI::App& app)
      : Command(app, "cluster",
                "The runs that a Slurm cluster has, and how they are sent there; with an option, changes that") {
    addWorkspaceOption();
    const auto text = [&](const char* name, std::string ClusterSettings::*member, const char* type, const char* help) {
      verb()
          .add_option_function<std::string>(
              name,
              [this, member](const std::string& value) { changes_.push_back([=](auto& s) { s.*member = value; }); },
              help)
          ->type_name(type);
    };
    const auto count = [&](const char* name, int ClusterSettings::*member, const char* help) {
      verb()
          .add_option_function<int>(
              name, [this, member](int value) { changes_.push_back([=](auto& s) { s.*member = value; }); }, help)
          ->check(CLI::Range(1, 10000));
    };
    const auto lines = [&](const char* name, std::vector<std::string> ClusterSettings::*member, const char* help) {
      verb()
          .add_option_function<std::vector<std::string>>(
              name,
              [this, member](const std::vector<std::string>& values) {
                changes_.push_back([=](auto& s) {
                  s.*member = values;
                  std::erase(s.*member, "");
                });
              },
              help)
          ->type_name("LINE")
          ->allow_extra_args(false);
    };
    text("--folder", &ClusterSettings::folder, "DIR", "A folder that the cluster's machines share with this one");
    text("--program", &ClusterSettings::program, "FILE", "scanline-cli on those machines [this one]");
    text("--partition", &ClusterSettings::partition, "NAME", "The partition of the jobs [the cluster's own]");
    text("--time", &ClusterSettings::timeLimit, "LIMIT",
         "Their time limit, as sbatch takes it; a run that needs longer goes on in the queue [the cluster's own]");
    text("--gres", &ClusterSettings::gres, "LIST", "Generic resources, as gpu:1");
    count("--nodes", &ClusterSettings::nodes, "Machines of a run");
    count("--tasks", &ClusterSettings::tasks, "Processes on each machine; together they share the run");
    lines("--sbatch", &ClusterSettings::lines, "A further option of sbatch, as --sbatch=--mem=8G; empty: none");
    lines("--setup", &ClusterSettings::setup,
          "A line of the shell before the program, as \"module load x\"; empty: none");
    verb().add_flag("--follow", follow_, "Go on until Ctrl+C: submit runs, and take their events, as the window does");
    verb().add_option("--every", seconds_, "Seconds between two looks [2]")->check(CLI::Range(0.1, 3600.0));
  }

  int run() override {
    const StopSignals signals;
    RunStore store(workspace(), StoreMode::ReadWrite);
    if (!changes_.empty()) {
      ClusterSettings settings = readClusterSettings(store.workspace());
      for (const auto& change : changes_) change(settings);
      writeClusterSettings(store.workspace(), settings);
    }
    ClusterRuns runs = lookAfterCluster(store.workspace());
    do {
      tell(store, runs.poll(store, Control(signals.token())));
    } while (follow_ && waitFor(signals));
    if (json())
      printSettings(store);
    else if (!follow_)
      printTable(store);
    return kDone;
  }

 private:
  bool waitFor(const StopSignals& signals) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_);
    while (signals.received() == 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return signals.received() == 0;
  }

  void tell(const RunStore& store, const ClusterNews& news) const {
    for (const std::string& warning : news.warnings) fmt::print(stderr, "warning: {}\n", warning);
    if (json() || !follow_) return;
    for (const auto& runs : {news.submitted, news.refused, news.ended})
      for (const RunId run : runs) sayClusterRun(store, run);
    std::fflush(stdout);
  }

  static void printSettings(const RunStore& store) {
    const ClusterSettings s = readClusterSettings(store.workspace());
    auto list = nlohmann::ordered_json::array();
    for (const ClusterRun& run : store.clusterRuns(true)) {
      nlohmann::ordered_json each = toJson(store.run(run.run));
      each["folder"] = run.folder;
      list.push_back(each);
    }
    printJson({{"folder", s.folder},
               {"program", s.program},
               {"partition", s.partition},
               {"time", s.timeLimit},
               {"gres", s.gres},
               {"nodes", s.nodes},
               {"tasks", s.tasks},
               {"sbatch", s.lines},
               {"setup", s.setup},
               {"runs", list}});
  }

  static void printTable(const RunStore& store) {
    const ClusterSettings s = readClusterSettings(store.workspace());
    fmt::print("shared folder {}\n", s.folder.empty() ? "not set: --folder DIR" : s.folder);
    fmt::print("jobs of {} x {} {}\n", s.nodes, s.tasks, s.nodes * s.tasks == 1 ? "process" : "processes");
    for (const auto& [name, value] :
         {std::pair("program", s.program), {"partition", s.partition}, {"time limit", s.timeLimit}, {"gres", s.gres}})
      if (!value.empty()) fmt::print("{} {}\n", name, value);
    for (const std::string& line : s.lines) fmt::print("sbatch {}\n", line);
    for (const std::string& line : s.setup) fmt::print("setup {}\n", line);
    for (const ClusterRun& run : store.clusterRuns()) sayClusterRun(store, run.run);
  }

  std::vector<std::function<void(ClusterSettings&)>> changes_;
  bool follow_ = false;
  double seconds_ = 2;
};

class SubmitCommand final : public Command {
 public:
  explicit SubmitCommand(CLI::App& app)
      : Command(app, "submit", "Let a Slurm cluster train a run of the workspace, from its newest checkpoint") {
    addWorkspaceOption();
    auto* run = verb().add_option("RUN", run_, "Name, uuid, or the beginning of a uuid");
    verb()
        .add_option("--new", spec_, "Instead of RUN, a new run: a TOML file, or the name of a preset")
        ->type_name("SPEC")
        ->check(specMistake)
        ->excludes(run);
    verb()
        .add_option("--set", settings_, "Change one setting of the new run; several values make a run each")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake)
        ->excludes(run);
  }

  int run() override {
    if (run_.empty() && spec_.empty()) throw Error("Name the run to submit, or a new one by --new SPEC.");
    RunStore store(workspace(), StoreMode::ReadWrite);
    store.markInterrupted();
    const std::vector<RunId> runs = spec_.empty() ? std::vector{give(store)} : make(store);
    ClusterRuns cluster = lookAfterCluster(store.workspace());
    for (const std::string& warning : cluster.poll(store).warnings) fmt::print(stderr, "warning: {}\n", warning);
    int code = kDone;
    auto list = nlohmann::ordered_json::array();
    for (const RunId run : runs) {
      const RunSummary summary = store.run(run);
      list.push_back(toJson(summary));
      if (summary.state == RunState::Failed) {
        code = kFailed;
        fmt::print(stderr, "scanline-cli: {}\n", summary.detail);
      } else if (!json()) {
        sayClusterRun(store, run);
      }
    }
    if (json()) printJson(list);
    return code;
  }

 private:
  RunId give(RunStore& store) const {
    const RunId run = findRun(store, run_);
    const RunSummary summary = store.run(run);
    if (summary.state == RunState::Finished)
      throw Error(fmt::format("\"{}\" has finished; there is nothing to go on with.", summary.name));
    requireOneRun(specOf(store, run));
    store.cancelJob(run);  // it waits here no longer
    store.enqueue(run, true, {.onCluster = true});
    return run;
  }

  std::vector<RunId> make(RunStore& store) const {
    std::vector<std::string> texts;
    for (const RunSpec& spec : withSettings(readSpec(spec_), settings_)) {
      validate(spec);
      requireOneRun(spec);
      texts.push_back(toToml(spec));
    }
    return store.createQueued(texts, {}, {.onCluster = true});
  }

  std::string run_, spec_;
  std::vector<std::string> settings_;
};

}  // namespace

ClusterRuns lookAfterCluster(const std::filesystem::path& workspace) {
  std::error_code error;
  return {workspace, std::filesystem::read_symlink("/proc/self/exe", error)};
}

std::unique_ptr<Command> makeClusterCommand(CLI::App& app) {
  return std::make_unique<ClusterCommand>(app);
}
std::unique_ptr<Command> makeSubmitCommand(CLI::App& app) {
  return std::make_unique<SubmitCommand>(app);
}

}  // namespace scanline
