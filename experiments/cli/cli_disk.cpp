// scanline-cli disk, trash, prune: the space that a workspace takes, and how it is given back.
#include <fmt/format.h>

#include "core/store/disk_use.h"
#include "core/store/retention.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/text_table.h"

namespace scanline {
namespace {

std::string sizeText(int64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (size >= 1e9) return fmt::format("{:.2f} GB", size / 1e9);
  if (size >= 1e6) return fmt::format("{:.1f} MB", size / 1e6);
  return fmt::format("{:.0f} kB", size / 1e3);
}

class DiskCommand : public Command {
 public:
  explicit DiskCommand(CLI::App& app) : Command(app, "disk", "Disk use of a workspace, by run and kind of file") {
    addWorkspaceOption();
    verb()
        .add_option("--limit", limit_, "Number of runs, the largest first")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
  }

  int run() override {
    const RunStore store(existingWorkspace(), StoreMode::ReadOnly);
    const DiskUse use = diskUse(store);
    const size_t shown = std::min(use.runs.size(), static_cast<size_t>(limit_));
    json() ? printAsJson(use, shown) : print(use, shown);
    return kDone;
  }

 private:
  static void print(const DiskUse& use, size_t shown) {
    std::vector<std::vector<std::string>> lines{{"name", "checkpoints", "event files", "others", "shared"}};
    for (const RunDiskUse& run : std::span(use.runs).first(shown))
      lines.push_back({run.trashed ? run.name + " (in the trash)" : run.name, sizeText(run.checkpoints),
                       sizeText(run.eventFiles), sizeText(run.others), sizeText(run.shared)});
    fmt::print("{}", textTable(lines, {false, true, true, true, true}));
    if (shown < use.runs.size()) fmt::print("{} of {} runs with files; --limit names more\n", shown, use.runs.size());
    fmt::print("\nall of it     {}\ndatabase      {}\n", sizeText(use.total), sizeText(use.database));
    if (use.backups > 0)
      fmt::print("old copies    {} (scanline.db.version-*.backup; they may be removed)\n", sizeText(use.backups));
    if (use.lost > 0) fmt::print("of no run     {} (see scanline-cli verify)\n", sizeText(use.lost));
    fmt::print("in the trash  {} (scanline-cli trash --empty)\nfree          {}\n", sizeText(use.trash),
               sizeText(use.freeOnDisk));
  }

  static void printAsJson(const DiskUse& use, size_t shown) {
    auto runs = nlohmann::ordered_json::array();
    for (const RunDiskUse& run : std::span(use.runs).first(shown))
      runs.push_back({{"name", run.name},
                      {"trashed", run.trashed},
                      {"checkpoints", run.checkpoints},
                      {"eventFiles", run.eventFiles},
                      {"others", run.others},
                      {"shared", run.shared}});
    printJson({{"total", use.total},
               {"database", use.database},
               {"backups", use.backups},
               {"ofNoRun", use.lost},
               {"trash", use.trash},
               {"free", use.freeOnDisk},
               {"runs", runs}});
  }

  int64_t limit_ = 20;
};

class TrashCommand : public Command {
 public:
  explicit TrashCommand(CLI::App& app) : Command(app, "trash", "List the runs in the trash, or delete them for good") {
    addWorkspaceOption();
    verb().add_flag("--empty", empties_, "Delete them with all their files; this cannot be undone");
  }

  int run() override {
    RunStore store(existingWorkspace(), StoreMode::ReadWrite);
    const RunList trash = store.list({.trash = true});
    const int64_t before = empties_ ? diskUse(store).total : 0;
    auto names = nlohmann::ordered_json::array();
    for (const RunList::Row& row : trash.rows) {
      const RunSummary run = store.run(row.run);
      names.push_back(run.name);
      if (!json()) fmt::print("{} ({})\n", run.name, run.uuid.substr(0, 8));
      if (empties_) store.purge(row.run);
    }
    if (empties_) store.checkpointLog();
    const int64_t freed = empties_ ? before - diskUse(store).total : 0;
    if (json())
      printJson({{"runs", names}, {"deleted", empties_}, {"freed", freed}});
    else if (trash.rows.empty())
      fmt::print("The trash is empty.\n");
    else if (empties_)
      fmt::print("{} {} deleted, {} given back\n", trash.rows.size(), trash.rows.size() == 1 ? "run" : "runs",
                 sizeText(std::max<int64_t>(0, freed)));
    else
      fmt::print("scanline-cli trash --empty deletes {} for good\n", trash.rows.size() == 1 ? "it" : "them");
    return kDone;
  }

 private:
  bool empties_ = false;
};

class PruneCommand : public Command {
 public:
  explicit PruneCommand(CLI::App& app)
      : Command(app, "prune", "List the checkpoints of ended runs that a rule would remove, or remove them") {
    addWorkspaceOption();
    verb().add_option("--where", where_, "Only the runs that answer this question, as in runs --where");
    verb()
        .add_option("--best", rule_.best, "Of each run keep so many of the best checkpoints; its newest always stays")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    verb()
        .add_option("--every", rule_.every, "And those at multiples of this step; 0 keeps none of them")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    verb().add_flag("--apply", applies_, "Remove them; this cannot be undone");
  }

  int run() override {
    RunStore store(existingWorkspace(), applies_ ? StoreMode::ReadWrite : StoreMode::ReadOnly);
    std::vector<RunId> runs;
    for (const RunList::Row& row : store.list({.where = RunQuery(where_), .flat = true}).rows) runs.push_back(row.run);
    const auto plan = planRetention(store, runs, rule_);
    const auto problems = applies_ ? applyRetention(store, plan) : std::vector<std::string>();
    json() ? printAsJson(plan, problems) : print(plan);
    for (const std::string& problem : problems) fmt::print(stderr, "{}\n", problem);
    return problems.empty() ? kDone : kFailed;
  }

 private:
  void print(const std::vector<PrunedRun>& plan) const {
    const auto [checkpoints, bytes] = totalsOf(plan);
    std::vector<std::vector<std::string>> lines{{"name", "removed", "kept", "size"}};
    for (const PrunedRun& run : plan)
      lines.push_back({run.name, std::to_string(run.removed.size()), std::to_string(run.kept), sizeText(run.bytes)});
    if (plan.empty()) return fmt::print("No checkpoint would go: these runs hold only those that the rule keeps.\n");
    fmt::print("{}\n{} {} of {} {}, {}{}\n", textTable(lines, {false, true, true, true}), checkpoints,
               checkpoints == 1 ? "checkpoint" : "checkpoints", plan.size(), plan.size() == 1 ? "run" : "runs",
               sizeText(bytes), applies_ ? ", removed" : "; --apply removes them for good");
  }

  void printAsJson(const std::vector<PrunedRun>& plan, const std::vector<std::string>& problems) const {
    auto runs = nlohmann::ordered_json::array();
    for (const PrunedRun& run : plan) {
      auto steps = nlohmann::ordered_json::array();
      for (const CheckpointRow& row : run.removed) steps.push_back(row.step);
      runs.push_back({{"name", run.name}, {"steps", steps}, {"kept", run.kept}, {"bytes", run.bytes}});
    }
    printJson({{"removed", applies_}, {"runs", runs}, {"problems", problems}});
  }

  std::string where_;
  RetentionRule rule_;
  bool applies_ = false;
};

}  // namespace

std::unique_ptr<Command> makeDiskCommand(CLI::App& app) {
  return std::make_unique<DiskCommand>(app);
}
std::unique_ptr<Command> makeTrashCommand(CLI::App& app) {
  return std::make_unique<TrashCommand>(app);
}
std::unique_ptr<Command> makePruneCommand(CLI::App& app) {
  return std::make_unique<PruneCommand>(app);
}

}  // namespace scanline
