#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/jobs/report.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/study.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;

class ReportCommand : public Command {
 public:
  explicit ReportCommand(CLI::App& app)
      : Command(app, "report", "Write runs as one HTML page with tables, curves and pictures, to send and to keep") {
    addWorkspaceOption();
    verb().add_option("RUN", runs_, "One run, or several to compare");
    verb()
        .add_option("--study", study_, "All stored runs of a study: its study.toml, or the folder with it")
        ->type_name("DIR");
    verb().add_option("-o,--output", file_, "The page [report.html]")->type_name("FILE");
    verb().add_option("--title", title_, "Title of the report");
  }

  int run() override {
    const RunStore store(workspace(), StoreMode::ReadOnly);
    std::vector<RunId> runs;
    for (const std::string& name : runs_) {
      const RunId run = findRun(store, name);
      if (std::ranges::find(runs, run) == runs.end()) runs.push_back(run);
    }
    if (!study_.empty()) addStudy(store, runs);
    if (runs.empty()) throw Error("Name a run, several to compare, or a study with --study.");
    const fs::path file = fs::absolute(file_);
    writeReport(store, runs, file, {.title = title_});
    if (json())
      printJson({{"path", file.string()}, {"runs", runs.size()}});
    else
      fmt::print("{} written\n", file.string());
    return kDone;
  }

 private:
  void addStudy(const RunStore& store, std::vector<RunId>& runs) {
    const fs::path place(study_);
    const Study study = readStudy(fs::is_directory(place) ? place / "study.toml" : place, {});
    for (const StudyRun& each : study.runs) {
      if (const auto run = findStored(store, each.spec))
        runs.push_back(*run);
      else
        fmt::print(stderr, "warning: \"{}\" of the study is not in {}, and is left out.\n", each.spec.name,
                   store.workspace().string());
    }
    if (title_.empty()) title_ = study.title;
  }

  std::vector<std::string> runs_;
  std::string study_, file_ = "report.html", title_;
};

}  // namespace

std::unique_ptr<Command> makeReportCommand(CLI::App& app) {
  return std::make_unique<ReportCommand>(app);
}

}  // namespace scanline
