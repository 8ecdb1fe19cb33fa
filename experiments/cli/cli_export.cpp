#include <fmt/format.h>

#include "core/base/error.h"
#include "core/jobs/export.h"
#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;

class ExportCommand : public Command {
 public:
  explicit ExportCommand(CLI::App& app)
      : Command(app, "export", "Write a model as a Hugging Face folder, or a run's curves as CSV or JSON") {
    addWorkspaceOption();
    verb()
        .add_option("SOURCE", source_, "RUN or RUN@STEP of the workspace; for huggingface also a checkpoint file")
        ->required();
    verb()
        .add_option("--to", target_,
                    "huggingface: the model's folder; csv: where the run gets a folder of its name; json: the file")
        ->required()
        ->type_name("PATH");
    verb()
        .add_option("--format", format_, "huggingface: the model; csv, json: series, probes, samples [huggingface]")
        ->check(CLI::IsMember({"huggingface", "csv", "json"}));
  }

  int run() override {
    fs::path target = fs::absolute(target_);
    if (format_ == "huggingface") {
      for (const std::string& note : exportHuggingFace(checkpoint(source_), target))
        fmt::print(stderr, "note: {}\n", note);
    } else {
      const RunStore store(existingWorkspace(), StoreMode::ReadOnly);
      const RunId id = findRun(store, source_);
      if (format_ == "json")
        exportJson(store, id, target);
      else
        target = exportCsv(store, id, target);
    }
    if (json())
      printJson({{"format", format_}, {"path", target.string()}});
    else
      fmt::print("exported to {}\n", target.string());
    return kDone;
  }

 private:
  std::string source_, target_, format_ = "huggingface";
};

}  // namespace

std::unique_ptr<Command> makeExportCommand(CLI::App& app) {
  return std::make_unique<ExportCommand>(app);
}

}  // namespace scanline
