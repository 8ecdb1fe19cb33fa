#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/jobs/complete_pictures.h"
#include "core/jobs/picture_grid.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/stop_signals.h"
#include "experiments/cli/terminal.h"

namespace scanline {
namespace {

class CompleteCommand : public Command {
 public:
  explicit CompleteCommand(CLI::App& app)
      : Command(app, "complete", "Draw the lower part of pictures, or whole pictures, with a trained model") {
    addWorkspaceOption();
    verb().add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
    verb()
        .add_option("--images", wanted_.images, "Files of pictures to complete; none draws whole pictures")
        ->type_name("FILE...");
    verb().add_option("--out", out_, "The grid is written here, as PNG")->type_name("FILE");
    verb()
        .add_option("--each", wanted_.each, "Completions of each picture, or whole pictures [4]")
        ->check(CLI::Range(1, 1024));
    verb()
        .add_option("--given", wanted_.given, "Share of the rows of each picture that the model is given [0.5]")
        ->check(CLI::Range(0.0, 0.99));
    verb()
        .add_option("--temperature", wanted_.temperature, "Divides the logits before drawing [1]")
        ->check(CLI::Range(0.01, 100.0));
    verb()
        .add_option("--top-k", wanted_.topK, "Draw from the k likeliest colours; 0 = all [0]")
        ->check(CLI::Range(0, 4096));
    verb().add_option("--seed", wanted_.seed, "Seed of the drawing [1]");
    verb().add_option("--scale", scale_, "Size of a pixel in the PNG; 0 chooses [0]")->check(CLI::Range(0, 64));
  }

  int run() override {
    StopSignals signals;
    const auto engine = makeEngine();
    wanted_.checkpoint = checkpoint(checkpoint_);
    std::optional<CompletedPictures> done;
    try {
      done = completePictures(*engine, wanted_, signals.token());
    } catch (const Stopped&) {
      return 128 + signals.received();
    }
    const auto& [set, palette] = *done;

    const Terminal terminal = Terminal::ofStdout();
    if (!out_.empty()) {
      const int64_t scale = scale_ > 0 ? scale_ : std::clamp<int64_t>(128 / pictureSize(set).width, 1, 16);
      writePng(out_, pictureGrid(set, palette, {.scale = scale, .gap = std::max<int64_t>(2, scale / 2)}));
    }
    if (json()) {
      printJson({{"checkpoint", wanted_.checkpoint.string()},
                 {"step", set.step},
                 {"width", set.width},
                 {"height", set.height},
                 {"given", set.given},
                 {"perPrompt", set.perPrompt},
                 {"originalNats", set.originalNats},
                 {"sampleNats", set.sampleNats},
                 {"samples", set.samples},
                 {"out", out_}});
      return kDone;
    }
    fmt::print("{}", drawPicture(pictureGrid(set, palette, {}), terminal));
    if (!out_.empty()) fmt::print("Written to {}\n", out_);
    return kDone;
  }

 private:
  std::string checkpoint_, out_;
  int64_t scale_ = 0;
  PictureCompletion wanted_;
};

}  // namespace

std::unique_ptr<Command> makeCompleteCommand(CLI::App& app) {
  return std::make_unique<CompleteCommand>(app);
}

}  // namespace scanline
