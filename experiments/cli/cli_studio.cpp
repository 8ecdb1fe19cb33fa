#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "experiments/cli/cli_command.h"
#include "experiments/cli/stop_signals.h"
#include "experiments/cli/studio_verbs.h"

namespace scanline {
namespace {

/// Questions to a trained model, each a verb below `studio`: the twin of the window's studio.
class StudioCommand : public Command {
 public:
  explicit StudioCommand(CLI::App& app)
      : Command(app, "studio", "Ask a trained model: complete pictures, surprise, attention, neighbours, probes, ..."),
        verbs_{makeStudioComplete(verb()),    makeStudioSurprise(verb()),   makeStudioNext(verb()),
               makeStudioAttention(verb()),   makeStudioNeighbours(verb()), makeStudioMap(verb()),
               makeStudioPredictions(verb()), makeStudioFilm(verb())} {
    addWorkspaceOption();
    verb().require_subcommand(1);
  }

  int run() override {
    const StopSignals signals;
    StudioVerb& verb = **std::ranges::find_if(verbs_, [](const auto& each) { return each->wasGiven(); });
    checkOuts(verb.options(), verb.kinds());
    ProgressLine progress(signals.token(), json());
    const Control control(signals.token());
    try {
      StudioSession session(workspace(), verb.options(), control, progress);
      const StudioAnswer answer = verb.answer(session);
      progress.end();
      writeOuts(verb.options(), answer.writers);
      if (json()) {
        printJson(answer.writers.json());
        return kDone;
      }
      fmt::print("{}", answer.words);
      for (const std::string& out : verb.options().outs) fmt::print("Written to {}\n", out);
      return kDone;
    } catch (const Stopped&) {
      return 128 + signals.received();
    }
  }

 private:
  std::array<std::unique_ptr<StudioVerb>, 8> verbs_;
};

}  // namespace

std::unique_ptr<Command> makeStudioCommand(CLI::App& app) {
  return std::make_unique<StudioCommand>(app);
}

}  // namespace scanline
