#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/data/resize.h"
#include "core/jobs/picture_grid.h"
#include "core/spec/spec_text.h"
#include "core/tokens/tokens.h"
#include "experiments/cli_command.h"
#include "experiments/stop_signals.h"
#include "experiments/terminal.h"

namespace scanline {
namespace {

class CompleteCommand : public Command {
 public:
  explicit CompleteCommand(CLI::App& app)
      : Command(app, "complete", "Draw the lower part of pictures, or whole pictures, with a trained model") {
    addWorkspaceOption();
    verb().add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
    verb()
        .add_option("--images", images_, "PNG or JPEG files to complete; none draws whole pictures")
        ->type_name("FILE...");
    verb().add_option("--out", out_, "The grid is written here, as PNG")->type_name("FILE");
    verb()
        .add_option("--each", each_, "Completions of each picture, or whole pictures [4]")
        ->check(CLI::Range(1, 1024));
    verb()
        .add_option("--given", given_, "Share of the rows of each picture that the model is given [0.5]")
        ->check(CLI::Range(0.0, 0.99));
    verb()
        .add_option("--temperature", request_.temperature, "Divides the logits before drawing [1]")
        ->check(CLI::Range(0.01, 100.0));
    verb()
        .add_option("--top-k", request_.topK, "Draw from the k likeliest colours; 0 = all [0]")
        ->check(CLI::Range(0, 4096));
    verb().add_option("--seed", request_.seed, "Decides what is drawn [1]");
    verb().add_option("--scale", scale_, "Size of a pixel in the PNG; 0 chooses [0]")->check(CLI::Range(0, 64));
  }

  int run() override {
    StopSignals signals;
    const auto engine = makeEngine();
    request_.checkpoint = findCheckpoint(workspace(), checkpoint_);
    const CheckpointInfo info = engine->inspect(request_.checkpoint);
    readPrompts(*engine, info);
    request_.perPrompt = each_;
    SampleSet set;
    try {
      set = engine->complete(request_, [&] { return !signals.token().stop_requested(); });
    } catch (const Error&) {
      if (signals.received() == 0) throw;
      return 128 + signals.received();  // it was told to stop
    }

    const Terminal terminal = Terminal::ofStdout();
    if (!out_.empty()) {
      const int64_t scale = scale_ > 0 ? scale_ : std::clamp<int64_t>(128 / pictureSize(set).width, 1, 16);
      writePng(out_, pictureGrid(set, info.palette, {.scale = scale, .gap = std::max<int64_t>(2, scale / 2)}));
    }
    if (json()) {
      printJson({{"checkpoint", request_.checkpoint.string()},
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
    fmt::print("{}", drawPicture(pictureGrid(set, info.palette, {}), terminal));
    if (!out_.empty()) fmt::print("Written to {}\n", out_);
    return kDone;
  }

 private:
  /// Brings the pictures to what the model knows: its size, the filter of its training, its colours or codes.
  void readPrompts(Engine& engine, const CheckpointInfo& info) {
    if (images_.empty()) return;
    if (info.width != info.height)
      throw Error("This model draws pictures that are not square; it can only draw whole ones.");
    const Resize filter = info.specToml.empty() ? Resize::Area : fromToml(info.specToml, "the checkpoint").data.resize;
    const auto vqvae = vqvaeOf(request_.checkpoint, info.specToml);
    const auto codec = vqvae.empty() ? nullptr : engine.openVqvae(vqvae, request_.threads);
    const int64_t side = codec ? info.width * codec->info().stride : info.width;
    for (const std::string& file : images_) {
      const Image image = squareTo(readImage(file), side, filter);
      const ImageSet one{.count = 1, .width = side, .height = side, .rgb = image.rgb};
      request_.originals.push_back(codec ? codec->encode(one).ids : tokenize(one, info.palette).ids);
    }
    request_.given = static_cast<int64_t>(given_ * static_cast<double>(info.height)) * info.width;
  }

  std::string checkpoint_, out_;
  std::vector<std::string> images_;
  int64_t each_ = 4, scale_ = 0;
  double given_ = 0.5;
  CompletionRequest request_;
};

}  // namespace

std::unique_ptr<Command> makeCompleteCommand(CLI::App& app) {
  return std::make_unique<CompleteCommand>(app);
}

}  // namespace scanline
