#include <fmt/format.h>

#include "core/base/error.h"
#include "core/jobs/import.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_json.h"

namespace scanline {
namespace {

class ImportCommand : public Command {
 public:
  explicit ImportCommand(CLI::App& app)
      : Command(app, "import", "Import a model or the curves of other programs as a finished run") {
    addWorkspaceOption();
    verb()
        .add_option(
            "PATH", path_,
            "A Hugging Face folder, a TensorFlow checkpoint (its prefix), a checkpoint file, or TensorBoard's event files or their folder")
        ->required();
    verb().add_option("--name", options_.name, "Name of the run [as the path]");
    verb()
        .add_option("--palette", palette_, "Colours of a model that brings none: a .npy of [colours, 3]")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    verb()
        .add_option("--set", settings_, "One setting of the run, as in data.name=cifar10")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
  }

  int run() override {
    options_.palette = palette_;
    for (const std::string& setting : settings_) options_.settings.push_back(splitSetting(setting));
    RunStore store(workspace(), StoreMode::ReadWrite);
    const ImportResult result = importPath(store, path_, options_);
    for (const std::string& warning : result.warnings) fmt::print(stderr, "warning: {}\n", warning);
    if (result.spec)
      throw Error(fmt::format("{} holds settings and no run. Start one with: scanline-cli train {}", path_, path_));
    auto list = nlohmann::ordered_json::array();
    for (const RunId id : result.runs) {
      const RunSummary summary = store.run(id);
      list.push_back(toJson(summary));
      if (!json())
        fmt::print("{} ({}) imported, in {}\n", summary.name, summary.uuid.substr(0, 8), store.workspace().string());
    }
    if (json()) printJson(list);
    return kDone;
  }

 private:
  std::string path_, palette_;
  std::vector<std::string> settings_;
  ImportOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeImportCommand(CLI::App& app) {
  return std::make_unique<ImportCommand>(app);
}

}  // namespace scanline
