#include "experiments/cli/cli_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/passing_error.h"
#include "core/base/user_folders.h"
#include "core/jobs/mirror.h"
#include "core/jobs/worker_process.h"
#include "core/run/run_folder.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/store/find_checkpoint.h"
#include "experiments/cli/run_json.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

bool isPreset(std::string_view name) {
  return std::ranges::any_of(presets(), [&](const Preset& each) { return each.name == name; });
}

}  // namespace

void sayTaken(const std::string& sentence) {
  fmt::print(stderr, "{}\n", sentence);
}

Command::Command(CLI::App& app, const std::string& name, const std::string& help)
    : verb_(app.add_subcommand(name, help)) {
  verb_->add_flag("--json", json_, "Print the result as JSON");
}

void Command::addWorkspaceOption() {
  verb_->add_option("--workspace", workspace_, "Folder with the runs [$XDG_DATA_HOME/scanline]")->type_name("DIR");
}

void Command::addBesideOption() {
  verb_->add_flag("--beside", beside_, "Train at once, even if other runs of the workspace train");
}

void Command::addDetachOption() {
  auto* detach = verb_->add_flag(
      "--detach", detach_, "Train in a process of its own, which goes on without this terminal, and return at once");
  addBesideOption();
  verb_->get_option("--beside")->excludes(detach);
}

void Command::trainDetached(const RunStore& store, std::span<const RunId> runs) const {
  startWorker(fs::read_symlink("/proc/self/exe"), workspace());
  tellDetached(store, runs);
}

void Command::tellDetached(const RunStore& store, std::span<const RunId> runs) const {
  auto results = nlohmann::ordered_json::array();
  for (const RunId run : runs) {
    const RunSummary summary = store.run(run);
    results.push_back(toJson(summary));
    if (!json())
      fmt::print("{} ({}): trains in a process of its own; its words go to {}\n", summary.name,
                 summary.uuid.substr(0, 8), (store.folder(run) / kWorkerLog).string());
  }
  if (json()) printJson(results);
}

fs::path Command::workspace() const {
  return workspace_.empty() ? userDataFolder() : fs::absolute(workspace_);
}

fs::path Command::existingWorkspace() const {
  const fs::path folder = workspace();
  if (std::error_code error; fs::exists(folder / "scanline.db", error)) return folder;
  if (workspace_.empty())
    throw Error(fmt::format("There are no runs in {} yet. Start one: scanline-cli train quick-start", folder.string()));
  throw Error(fmt::format(
      "{} is no workspace of Scanline: it has no scanline.db. Check the path; only verbs that make runs make a workspace.",
      folder.string()));
}

fs::path Command::checkpoint(const std::string& text) const {
  return findCheckpoint(workspace(), text, sayTaken);
}

std::pair<std::string, std::string> splitSetting(std::string_view setting) {
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Error(fmt::format("\"{}\" is no setting; write key=value, as in model.layers=8.", setting));
  }
  return {std::string(setting.substr(0, equals)), std::string(setting.substr(equals + 1))};
}

RunSpec readSpec(const std::string& fileOrPreset) {
  constexpr uint64_t kLargestSpec = 1 << 20;
  if (std::error_code error; fs::exists(fileOrPreset, error) || !isPreset(fileOrPreset))
    return fromToml(readFile(fileOrPreset, kLargestSpec), fileOrPreset);
  return preset(fileOrPreset).spec;
}

std::string specMistake(const std::string& fileOrPreset) {
  std::error_code error;
  if (fs::exists(fileOrPreset, error) || isPreset(fileOrPreset)) return {};
  return fmt::format("There is no file {}, and no preset of this name; `scanline-cli presets` lists them.",
                     fileOrPreset);
}

std::string settingMistake(const std::string& setting) {
  try {
    const auto [key, text] = splitSetting(setting);
    RunSpec scratch;
    for (const std::string& value : fieldValues(key, text)) setField(scratch, key, value);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::vector<RunSpec> withSettings(RunSpec base, const std::vector<std::string>& settings) {
  std::vector<SweepAxis> axes;
  for (const std::string& setting : settings) {
    const auto [key, text] = splitSetting(setting);
    std::vector<std::string> repeated;
    const auto values = distinctValues(key, fieldValues(key, text), &repeated);
    for (const std::string& value : repeated)
      fmt::print(stderr, "warning: {} has {} twice; it makes one run.\n", key, value);
    if (values.size() == 1) {
      setField(base, key, values.front());
    } else {
      axes.push_back({key, values});
    }
  }
  return expandSweep(base, axes);
}

RunId findRun(const RunStore& store, std::string_view nameOrUuid) {
  if (const auto run = store.find(nameOrUuid)) return *run;
  throw Error(fmt::format("There is no run \"{}\" in {}. `scanline-cli runs` lists those that are there.", nameOrUuid,
                          store.workspace().string()));
}

RunId findRunToStartFrom(const RunStore& store, std::string_view nameOrUuid) {
  const auto run = findTrainedRun(store, nameOrUuid, sayTaken);
  return run ? *run : findRun(store, nameOrUuid);
}

RunStore openForReading(const fs::path& workspace) {
  const bool isWritable = !isMirror(workspace) && ::access(workspace.c_str(), W_OK) == 0 &&
                          ::access((workspace / "scanline.db").c_str(), W_OK) == 0;
  if (!isWritable) return {workspace, StoreMode::ReadOnly};
  RunStore store(workspace, StoreMode::ReadWrite);
  markInterruptedIfFree(store);
  return store;
}

void markInterruptedIfFree(RunStore& store) {
  store.setPatience(std::chrono::milliseconds(0));
  try {
    store.markInterrupted();
  } catch (const PassingError&) {
    // The next process that writes does it.
  }
}

std::unique_ptr<Engine> makeEngine() {
  std::unique_ptr<Engine> engine(scanlineMakeEngine());
  if (!engine) throw Error("LibTorch could not be started. Run scripts/setup, then build again.");
  return engine;
}

void printJson(const nlohmann::ordered_json& value) {
  fmt::print("{}\n", value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace scanline
