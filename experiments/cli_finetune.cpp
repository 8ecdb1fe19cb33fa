#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/tokens/palette.h"
#include "experiments/cli_command.h"
#include "experiments/run_json.h"
#include "experiments/training.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;

/// The run of `store` whose checkpoint this file is, and its step.
std::optional<std::pair<RunId, int64_t>> owner(const RunStore& store, const fs::path& checkpoint) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(checkpoint, error).parent_path().parent_path();
  const auto run = store.find(folder.filename().string());
  if (!run || !fs::equivalent(folder, store.folder(*run), error)) return std::nullopt;
  for (const CheckpointRow& row : store.checkpoints(*run))
    if (fs::equivalent(store.folder(*run) / row.file, checkpoint, error)) return std::pair(*run, row.step);
  return std::nullopt;
}

/// A new run that starts from this checkpoint, of another run or of none.
RunId makeRun(RunStore& store, const fs::path& checkpoint, const CheckpointInfo& info, const RunSpec& spec) {
  if (const auto from = owner(store, checkpoint)) return store.fork(from->first, from->second, toToml(spec));
  const RunId run = store.create(toToml(spec));
  savePalette(store.folder(run) / "palette.npy", info.palette);
  std::error_code error;
  fs::copy_file(checkpoint, store.folder(run) / kModelFile, error);
  if (!error) return run;
  store.purge(run);
  throw Error(
      fmt::format("{} cannot be copied to {}: {}.", checkpoint.string(), store.workspace().string(), error.message()));
}

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
      const RunId run = makeRun(store, file, info, spec);
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
