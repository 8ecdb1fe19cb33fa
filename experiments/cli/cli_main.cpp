// scanline-cli: the headless front. It shares everything with the window but the window: the same specs, the same
// store.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>

#include "core/base/idle_threads.h"
#include "core/base/user_folders.h"
#include "experiments/cli/cli_command.h"

namespace {

using namespace scanline;

/// Verbs that have something to save wait for signals themselves (StopSignals); the others end at once.
void endAtOnce(int signal) {
  _exit(128 + signal);
}

/// A shell leaves the ~ of --workspace=~/runs and of --set "data.path=~/images" as it is.
std::vector<std::string> withHomeFolder(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {  // last first, as the parser takes them
    const std::string_view text = argv[i];
    const size_t at = text.starts_with("~/") ? 0 : text.find("=~/") + 1;  // npos + 1 is 0
    arguments.push_back(std::string(text.substr(0, at)) + scanline::expandHome(text.substr(at)));
  }
  return arguments;
}

int runVerb(const CLI::App& app, std::span<const std::unique_ptr<Command>> verbs) {
  for (const auto& verb : verbs) {
    if (verb->wasGiven()) return verb->run();
  }
  fmt::print(stderr, "{}", app.help());
  return kWrongUsage;
}

}  // namespace

int main(int argc, char** argv) {
  restartWithSpinCount(argv);
  std::signal(SIGINT, endAtOnce);
  std::signal(SIGCHLD, SIG_DFL);  // some parents leave it ignored, and then nothing tells how a child ended
  CLI::App app("Scanline in the terminal: train image GPTs, probe their layers, and draw with them.");
  app.name("scanline-cli");
  app.set_version_flag("--version", std::string("Scanline ") + SCANLINE_VERSION);
  app.require_subcommand(0, 1);  // with 1, a misspelt verb would not be named
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl+C.");
  const std::array verbs{
      makeTrainCommand(app),   makeResumeCommand(app),   makeFinetuneCommand(app),  makeRunsCommand(app),
      makeShowCommand(app),    makeCompleteCommand(app), makeScoreCommand(app),     makeProbeCommand(app),
      makeLowDataCommand(app), makePresetsCommand(app),  makeSpecCommand(app),      makeVerifyCommand(app),
      makeSearchCommand(app),  makeStudyCommand(app),    makeDataCommand(app),      makeImportCommand(app),
      makeExportCommand(app),  makeVqvaeCommand(app),    makeReportCommand(app),    makeInboxCommand(app),
      makeWatchCommand(app),   makeFilmCommand(app),     makeSqlCommand(app),       makePauseCommand(app),
      makeStopCommand(app),    makeKillCommand(app),     makeWorkCommand(app),      makeLanesCommand(app),
      makeDiskCommand(app),    makeTrashCommand(app),    makePruneCommand(app),     makeStudioCommand(app),
      makeBenchCommand(app),   makeTakePartCommand(app), makeTrainInCommand(app),   makeClusterCommand(app),
      makeSubmitCommand(app),  makeMirrorCommand(app),   makeCopyStoreCommand(app), makeDevicesCommand(app)};
  try {
    app.parse(withHomeFolder(argc, argv));
    return runVerb(app, verbs);
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake) == 0 ? kDone : kWrongUsage;  // help and version count as done
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "scanline-cli: {}\n", error.what());
    return kFailed;
  }
}
