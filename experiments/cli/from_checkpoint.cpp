#include "experiments/cli/from_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/run/checkpoint_file.h"
#include "core/run/checkpoint_settings.h"
#include "core/run/run_folder.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"
#include "core/tokens/palette.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/shared_detached.h"
#include "experiments/cli/training.h"

namespace scanline {

namespace fs = std::filesystem;

std::optional<std::pair<RunId, int64_t>> ownerOf(const RunStore& store, const fs::path& checkpoint) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(checkpoint, error).parent_path().parent_path();
  const auto run = store.find(folder.filename().string());
  if (!run || !fs::equivalent(folder, store.folder(*run), error)) return std::nullopt;
  for (const CheckpointRow& row : store.checkpoints(*run))
    if (fs::equivalent(store.folder(*run) / row.file, checkpoint, error)) return std::pair(*run, row.step);
  return std::nullopt;
}

RunSpec specFrom(const CheckpointInfo& info, const fs::path& checkpoint, RunKind kind, const std::string& specName) {
  if (specName.empty()) return withSettingsOf(info, nextSpec(fromToml(info.specToml, checkpoint.string()), kind));
  RunSpec spec = readSpec(specName);
  spec.kind = kind;
  spec = withSettingsOf(info, spec);
  if (kind != RunKind::Finetune) spec.data.augment = Augment::None;
  return spec;
}

RunId makeRunFrom(RunStore& store, const fs::path& checkpoint, const CheckpointInfo& info, const RunSpec& spec) {
  if (const auto from = ownerOf(store, checkpoint)) return store.fork(from->first, from->second, toToml(spec));
  const RunId run = store.create(toToml(spec));
  savePalette(store.folder(run) / kPaletteFile, info.palette);
  std::error_code error;
  fs::copy_file(checkpoint, store.folder(run) / kModelFile, error);
  if (!error) return run;
  store.purge(run);
  throw Error(
      fmt::format("{} cannot be copied to {}: {}.", checkpoint.string(), store.workspace().string(), error.message()));
}

FromCheckpointCommand::FromCheckpointCommand(CLI::App& app, const std::string& name, const std::string& help,
                                             RunKind kind, const std::string& settingHelp)
    : Command(app, name, help), kind_(kind) {
  addWorkspaceOption();
  verb().add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
  verb()
      .add_option("--spec", spec_, "Take all settings but the model's from a TOML file or a preset [as in training]")
      ->check(specMistake);
  verb()
      .add_option("--set", settings_, settingHelp)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->check(settingMistake);
  addDetachOption();
  processes_.addOptions(verb());
}

FromCheckpointCommand::Model FromCheckpointCommand::read() const {
  const fs::path file = checkpoint(checkpoint_);
  const CheckpointInfo info = inspectCheckpoint(file);
  const auto specs = withSettings(specFrom(info, file, kind_, spec_), settings_);
  for (const RunSpec& spec : specs) {
    validate(spec);
    checkSettings(file, info, spec);
  }
  return {file, info, specs};
}

int FromCheckpointCommand::startStored() const {
  auto [file, info, specs] = read();
  std::vector<RunId> runs;
  for (RunSpec& spec : specs) {
    processes_.fit(spec);
    validate(spec);
  }
  {
    RunStore store(workspace(), StoreMode::ReadWrite);
    for (const RunSpec& spec : specs) runs.push_back(makeRunFrom(store, file, info, spec));
    if (!processes_.areStartedHere()) {
      for (const RunId run : runs) store.enqueue(run, false, {.ownProcess = true});
      trainDetached(store, runs);
      return kDone;
    }
  }
  const int code = trainNewShared(workspace(), runs, processes_);
  if (code == kDone) tellDetached(RunStore(workspace(), StoreMode::ReadOnly), runs);
  return code;
}

int FromCheckpointCommand::runStored() const {
  if (const auto code = processes_.follow(detach())) return *code;
  if (detach()) return startStored();
  auto [file, info, specs] = read();
  for (RunSpec& spec : specs) {
    processes_.fit(spec);
    validate(spec);
  }
  const auto others = processes_.start();
  Training training(workspace(), {.quiet = json(), .beside = beside(), .group = processes_.place()});
  auto results = nlohmann::ordered_json::array();
  const auto make = [&](RunStore& store, const RunSpec& spec) {
    const RunId run = makeRunFrom(store, file, info, spec);
    if (!json())
      fmt::print("{} ({}): {} of step {}, in {}\n", spec.name, store.run(run).uuid.substr(0, 8),
                 fieldText(spec, "kind"), info.step, workspace().string());
    return run;
  };
  const int code = training.runSweep(
      specs, make, [&](const RunStore& store, RunId run) { results.push_back(detailsJson(store, run)); });
  if (json()) printJson(results);
  return code;
}

}  // namespace scanline
