#include <fmt/format.h>

#include <array>

#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/run_report.h"
#include "experiments/cli/terminal.h"

namespace scanline {
namespace {

using Row = std::array<std::string, 10>;

Row rowOf(const RunSummary& run) {
  return {run.uuid.substr(0, 8),
          run.name,
          std::string(stateName(run.state)),
          std::string(nameOf(run.kind)),
          run.dataset.empty() ? "-" : run.dataset,
          run.parameters > 0 ? countText(run.parameters) : "-",
          takesSteps(run) && run.steps > 0 ? fmt::format("{}/{}", run.step, run.steps) : "-",
          run.bestLoss ? fmt::format("{:.4f}", *run.bestLoss) : "-",
          run.bestAccuracy ? fmt::format("{:.1f} %{}", 100 * *run.bestAccuracy,
                                         run.bestLayer ? fmt::format(" (layer {})", *run.bestLayer) : "")
                           : "-",
          timeText(run.createdMs)};
}

class RunsCommand : public Command {
 public:
  explicit RunsCommand(CLI::App& app) : Command(app, "runs", "List the runs of a workspace, newest first") {
    addWorkspaceOption();
    verb().add_flag("--all", withTrashed_, "Also those in the trash");
  }

  int run() override {
    RunStore store(workspace(), StoreMode::ReadWrite);
    markInterruptedIfFree(store);
    auto runs = store.runs(withTrashed_);
    std::ranges::sort(runs, std::greater(), [](const RunSummary& r) { return std::pair(r.createdMs, r.id); });
    if (json()) {
      auto list = nlohmann::ordered_json::array();
      for (const RunSummary& run : runs) list.push_back(toJson(run));
      printJson(list);
    } else if (runs.empty()) {
      fmt::print("There are no runs in {} yet. Start one: scanline-cli train quick-start\n", workspace().string());
    } else {
      printTable(runs);
    }
    return kDone;
  }

 private:
  static void printTable(const std::vector<RunSummary>& runs) {
    std::vector<Row> rows{
        {"run", "name", "state", "kind", "data", "size", "step", "best loss", "best probe", "created"}};
    for (const RunSummary& run : runs) rows.push_back(rowOf(run));
    std::array<int, std::tuple_size_v<Row>> widths{};
    for (const Row& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], textWidth(row[i]));
    }
    for (const Row& row : rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i)
        line += row[i] + std::string(static_cast<size_t>(widths[i] - textWidth(row[i]) + 2), ' ');
      fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
    }
  }

  bool withTrashed_ = false;
};

}  // namespace

std::unique_ptr<Command> makeRunsCommand(CLI::App& app) {
  return std::make_unique<RunsCommand>(app);
}

}  // namespace scanline
