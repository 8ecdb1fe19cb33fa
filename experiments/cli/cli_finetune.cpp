#include "experiments/cli/from_checkpoint.h"

namespace scanline {
namespace {

class FinetuneCommand final : public FromCheckpointCommand {
 public:
  explicit FinetuneCommand(CLI::App& app)
      : FromCheckpointCommand(app, "finetune", "Fine-tune a trained model. Ctrl+C checkpoints first", RunKind::Finetune,
                              "Change one setting; joint,classification makes a run for each value") {}

  int run() override { return runStored(); }
};

}  // namespace

std::unique_ptr<Command> makeFinetuneCommand(CLI::App& app) {
  return std::make_unique<FinetuneCommand>(app);
}

}  // namespace scanline
