#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "experiments/cli_command.h"
#include "experiments/from_checkpoint.h"
#include "experiments/run_json.h"
#include "experiments/training.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;

class FinetuneCommand : public Command {
 public:
  explicit FinetuneCommand(CLI::App& app)
      : Command(app, "finetune", "Train a model further to tell classes apart. Ctrl+C checkpoints first") {
    addWorkspaceOption();
    verb().add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
    verb()
        .add_option("--spec", spec_, "Take all settings but the model's from a TOML file or a preset [as in training]")
        ->check(specMistake);
    verb()
        .add_option("--set", settings_, "Change one setting; joint,classification makes a run for each value")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
  }

  int run() override {
    const fs::path file = findCheckpoint(workspace(), checkpoint_);
    const CheckpointInfo info = makeEngine()->inspect(file);
    RunSpec base = finetuneOf(fromToml(info.specToml, file.string()));
    if (!spec_.empty()) base = readSpec(spec_);
    base.kind = RunKind::Finetune;
    const double maskRate = spec_.empty() ? info.model.maskRate : base.model.maskRate;
    const int64_t masks = base.model.masks;
    base.model = info.model;
    base.model.maskRate = maskRate;
    base.model.masks = masks;
    base.palette.size = info.palette.size();
    const std::vector<RunSpec> specs = withSettings(base, settings_);
    for (const RunSpec& spec : specs) validate(spec);

    Training training(workspace(), json());
    auto results = nlohmann::ordered_json::array();
    int code = kDone;
    for (const RunSpec& spec : specs) {
      RunStore store(workspace(), StoreMode::ReadWrite);
      store.markInterrupted();
      const RunId run = makeRunFrom(store, file, info, spec);
      if (!json())
        fmt::print("{} ({}): up to {} steps, in {}\n", spec.name, store.run(run).uuid.substr(0, 8), spec.train.steps,
                   workspace().string());
      code = std::max(code, training.runToEnd(run, false));
      results.push_back(toJson(store.run(run)));
      if (code >= 128) break;  // a stop is meant for the whole sweep
    }
    if (json()) printJson(results);
    return code;
  }

 private:
  std::string checkpoint_, spec_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> makeFinetuneCommand(CLI::App& app) {
  return std::make_unique<FinetuneCommand>(app);
}

}  // namespace scanline
