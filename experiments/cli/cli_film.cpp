#include <fmt/format.h>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/jobs/film.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/stop_signals.h"

namespace scanline {
namespace {

class FilmCommand : public Command {
 public:
  explicit FilmCommand(CLI::App& app)
      : Command(app, "film", "A run's pictures step by step, as GIF, APNG or one contact sheet") {
    addWorkspaceOption();
    verb().add_option("RUN", run_, "A run of the workspace")->required();
    verb()
        .add_option("-o,--output", file_, "The film: .gif, or .png for every colour (APNG)")
        ->required()
        ->type_name("FILE");
    verb().add_flag("--sheet", sheet_, "All steps below each other in one PNG, instead of a film");
    verb()
        .add_option("--pictures", pictures_, "completions or whole images [completions where there are some]")
        ->check(CLI::IsMember({"completions", "whole"}));
    verb().add_option("--scale", options_.scale, "Size of a pixel; 0 chooses [0]")->check(CLI::Range(0, 64));
    verb().add_option("--rows", options_.rows, "Rows of pictures at most [8]")->check(CLI::Range(1, 256));
    verb()
        .add_option("--milliseconds", options_.milliseconds, "How long a step is shown [400]")
        ->check(CLI::Range(20, 60'000));
    verb()
        .add_option("--steps", options_.mostSteps, "Steps at most, evenly chosen [200]")
        ->check(CLI::Range(1, 10'000));
  }

  int run() override {
    const StopSignals signals;
    options_.control = Control(signals.token());
    if (!pictures_.empty()) options_.completions = pictures_ == "completions";
    const RunStore store(workspace(), StoreMode::ReadOnly);
    const RunId id = findRun(store, run_);
    const std::filesystem::path file = std::filesystem::absolute(file_);
    FilmResult result{.shown = filmSteps(store, id, options_).size(), .all = 0};
    try {
      if (sheet_)
        writePng(file, contactSheet(store, id, options_));
      else
        result = writeFilm(store, id, file, options_);
    } catch (const Stopped&) {
      return 128 + signals.received();
    }
    if (json())
      printJson({{"path", file.string()}, {"steps", result.shown}});
    else
      fmt::print("{}: {} steps\n", file.string(), result.shown);
    if (result.all > result.shown)
      fmt::print(stderr, "note: {} of {} steps are shown; --steps shows more.\n", result.shown, result.all);
    return kDone;
  }

 private:
  std::string run_, file_, pictures_;
  bool sheet_ = false;
  FilmOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeFilmCommand(CLI::App& app) {
  return std::make_unique<FilmCommand>(app);
}

}  // namespace scanline
