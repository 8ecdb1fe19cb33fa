#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "core/base/error.h"
#include "core/formats/npz.h"
#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

/// Whether they fit the model, the engine checks.
TokenSet readTokens(const std::string& file) {
  const NpyArray array = readNpyOrNpz(file, {"tokens", "ids", "x", "X"});
  if ((array.shape.size() != 2 && array.shape.size() != 3) || array.count() == 0)
    throw Error(fmt::format("{} holds {}; give whole numbers of shape [images, pixels] or [images, height, width].",
                            file, array.describe()));
  TokenSet tokens{.count = array.shape[0], .length = array.count() / array.shape[0]};
  for (const int64_t id : array.toIntegers(0, std::numeric_limits<Token>::max()))
    tokens.ids.push_back(static_cast<Token>(id));
  return tokens;
}

class ScoreCommand : public Command {
 public:
  explicit ScoreCommand(CLI::App& app)
      : Command(app, "score", "Nats per pixel of tokenised images under a trained model") {
    addWorkspaceOption();
    verb()
        .add_option("CHECKPOINT", checkpoint_,
                    "A checkpoint file, a Hugging Face folder, or RUN or RUN@STEP of the workspace")
        ->required();
    verb()
        .add_option("TOKENS", tokens_,
                    "NumPy file (.npy or .npz) of palette indices [images, pixels] or [images, height, width]")
        ->required();
    verb().add_option("--logits", logits_, "Write logits [images, pixels, colours] here, as .npy")->type_name("FILE");
    verb()
        .add_option("--features", features_, "Write features of all layers [images, layers + 1, width] here, as .npy")
        ->type_name("FILE");
    verb().add_option("--threads", threads_, "CPU threads; 0 = all cores [0]")->check(CLI::Range(0, 1024));
  }

  int run() override {
    const auto engine = makeEngine();
    const auto file = checkpoint(checkpoint_);
    const TokenSet tokens = readTokens(tokens_);
    const ScoreResult score = engine->score(file, tokens, !logits_.empty(), !features_.empty(), threads_);
    if (!logits_.empty()) {
      writeNpy<float>(logits_, std::vector{tokens.count, tokens.length, score.paletteSize}, score.logits);
    }
    if (!features_.empty())
      writeNpy<float>(features_, std::vector{tokens.count, score.layers + 1, score.width}, score.features);

    if (score.nats.empty()) {
      fmt::print(stderr, "note: {} has no head that predicts pixels, so there are no nats.\n", file.string());
      if (json()) printJson({{"checkpoint", file.string()}, {"nats", score.nats}, {"mean", nullptr}});
      return kDone;
    }
    const double mean = std::reduce(score.nats.begin(), score.nats.end()) / static_cast<double>(score.nats.size());
    if (json()) {
      printJson({{"checkpoint", file.string()}, {"nats", score.nats}, {"mean", mean}});
      return kDone;
    }
    for (size_t i = 0; i < score.nats.size(); ++i) fmt::print("{:>6}  {:.6f}\n", i, score.nats[i]);
    fmt::print("mean    {:.6f} nats per token of {} images\n", mean, score.nats.size());
    return kDone;
  }

 private:
  std::string checkpoint_, tokens_, logits_, features_;
  int64_t threads_ = 0;
};

}  // namespace

std::unique_ptr<Command> makeScoreCommand(CLI::App& app) {
  return std::make_unique<ScoreCommand>(app);
}

}  // namespace scanline
