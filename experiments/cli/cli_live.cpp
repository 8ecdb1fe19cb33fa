// Runs of other programs while they train: logs in the inbox, and folders of event files.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "core/jobs/event_watch.h"
#include "core/jobs/inbox.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/stop_signals.h"

namespace scanline {
namespace {

/// Waits; false if a signal came.
bool waitFor(const StopSignals& signals, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (signals.received() != 0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return signals.received() == 0;
}

nlohmann::ordered_json uuidsOf(const RunStore& store, const std::vector<RunId>& runs) {
  auto list = nlohmann::ordered_json::array();
  for (const RunId run : runs) list.push_back(store.run(run).uuid);
  return list;
}

void sayRuns(const RunStore& store, const std::vector<RunId>& runs, const char* what) {
  for (const RunId run : runs) {
    const RunSummary summary = store.run(run);
    fmt::print("{} ({}) {}\n", summary.name, summary.uuid.substr(0, 8), what);
  }
  std::fflush(stdout);
}

void sayWarnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", warning);
}

/// The common part of both verbs: once, or again and again until Ctrl+C.
class LiveCommand : public Command {
 protected:
  LiveCommand(CLI::App& app, const std::string& name, const std::string& help) : Command(app, name, help) {
    addWorkspaceOption();
    verb()
        .add_option("--every", seconds_, "Seconds between two looks [2]")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0));
  }
  double seconds_ = 2;
};

class InboxCommand : public LiveCommand {
 public:
  explicit InboxCommand(CLI::App& app)
      : LiveCommand(app, "inbox", "Take the runs that programs logged with scanline_log.py") {
    verb().add_flag("--follow", follow_, "Go on until Ctrl+C, as the window does");
  }

  int run() override {
    const StopSignals signals;
    RunStore store(workspace(), StoreMode::ReadWrite);
    Inbox inbox(store.workspace());
    InboxNews all;
    do {
      const InboxNews news = inbox.poll(store, Control(signals.token()));
      sayWarnings(news.warnings);
      if (!json()) {
        sayRuns(store, news.begun, "began");
        sayRuns(store, news.ended, "ended");
      }
      all.begun.insert(all.begun.end(), news.begun.begin(), news.begun.end());
      all.ended.insert(all.ended.end(), news.ended.begin(), news.ended.end());
      all.points += news.points;
    } while (follow_ && waitFor(signals, seconds_));
    if (json())
      printJson({{"begun", uuidsOf(store, all.begun)}, {"ended", uuidsOf(store, all.ended)}, {"points", all.points}});
    else
      fmt::print("{} new points\n", all.points);
    return kDone;
  }

 private:
  bool follow_ = false;
};

class WatchCommand : public LiveCommand {
 public:
  explicit WatchCommand(CLI::App& app)
      : LiveCommand(app, "watch", "Show the curves of TensorBoard's event files while another program writes them") {
    verb().add_option("DIR", folder_, "The folder with the event files, or with folders of them")->required();
    verb().add_flag("--once", once_, "Take all that is there, and end");
  }

  int run() override {
    const StopSignals signals;
    RunStore store(workspace(), StoreMode::ReadWrite);
    EventWatch watch(store.workspace(), folder_);
    int64_t points = 0;
    std::vector<RunId> begun;
    do {
      const WatchNews news = watch.poll(store, false, Control(signals.token()));
      sayWarnings(news.warnings);
      if (!json()) sayRuns(store, news.begun, "began");
      begun.insert(begun.end(), news.begun.begin(), news.begun.end());
      points += news.points;
    } while (!once_ && waitFor(signals, seconds_));
    if (json())
      printJson({{"begun", uuidsOf(store, begun)}, {"points", points}});
    else
      fmt::print("{} new points\n", points);
    return kDone;
  }

 private:
  std::string folder_;
  bool once_ = false;
};

}  // namespace

std::unique_ptr<Command> makeInboxCommand(CLI::App& app) {
  return std::make_unique<InboxCommand>(app);
}
std::unique_ptr<Command> makeWatchCommand(CLI::App& app) {
  return std::make_unique<WatchCommand>(app);
}

}  // namespace scanline
