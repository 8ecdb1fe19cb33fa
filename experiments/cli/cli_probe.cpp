#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/scratch_folder.h"
#include "core/jobs/run_data.h"
#include "core/run/run_folder.h"
#include "experiments/cli/from_checkpoint.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/run_report.h"
#include "experiments/cli/stop_signals.h"
#include "experiments/cli/text_plot.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;

/// The images of `spec` in the colours of a model that is trained already.
RunData readData(const RunSpec& spec, const CheckpointInfo& info, const fs::path& checkpoint, Engine& engine,
                 const Control& control) {
  const ScratchFolder folder("scanline");  // for the palette of a model that is looked at without a run
  savePalette(folder.path() / kPaletteFile, info.palette);
  RunPrepared prepared;
  RunData data = readRunData(spec, folder.path(), engine,
                             {.begin = [](const std::string&) {},
                              .control = control,
                              .warn = [](const std::string& text) { fmt::print(stderr, "warning: {}\n", text); }},
                             prepared);
  if (data.train.length != info.positions)
    throw Error(fmt::format("The images are {} x {}, but the model sees {} x {}; add --set data.side={}.", data.width,
                            data.height, info.width, info.height, info.width));
  data.model = checkpoint;
  return data;
}

constexpr const char* kSettingHelp = "Change one setting, such as data.name, or probe.trainImages=0 for all images";

class ProbeCommand final : public FromCheckpointCommand {
 public:
  explicit ProbeCommand(CLI::App& app)
      : FromCheckpointCommand(app, "probe", "Fit linear probes on the layers of a trained model", RunKind::Probe,
                              kSettingHelp) {
    verb().add_flag("--store", isStored_, "Make a run of it, which is kept in the workspace");
  }

  int run() override { return isStored_ || detach() ? runStored() : lookAndForget(); }

 private:
  int lookAndForget() const {
    requireOneProcess();
    StopSignals signals;
    const auto engine = makeEngine();
    const auto [file, info, specs] = read();
    if (specs.size() > 1) throw Error("Several values of a setting make several runs; add --store to keep them.");
    const Control control = signals.token();
    std::vector<ProbeResult> results;  // a layer each; the best comes once more with its test accuracy
    try {
      const auto trainer = engine->makeTrainer(specs.front(), readData(specs.front(), info, file, *engine, control));
      trainer->probe(control, [&](const TrainEvent& event) {
        const auto* result = std::get_if<ProbeResult>(&event);
        if (result == nullptr) return;
        const auto known = std::ranges::find(results, result->layer, &ProbeResult::layer);
        if (known != results.end()) {
          *known = *result;
          return;
        }
        results.push_back(*result);
        if (json()) return;
        fmt::print("layer {:>3}  {:5.1f} %  (training images {:5.1f} %)\n", result->layer, 100 * result->accuracy,
                   100 * result->trainAccuracy);
        std::fflush(stdout);
      });
    } catch (const Stopped&) {
      return 128 + signals.received();
    }
    if (!json()) {
      fmt::print("\n{}{}", drawAccuracies(results, Terminal::ofStdout()), probeVerdict(results));
      return kDone;
    }
    auto list = nlohmann::ordered_json::array();
    for (const ProbeResult& result : results) list.push_back(toJson(result));
    printJson(list);
    return kDone;
  }

  bool isStored_ = false;
};

class LowDataCommand final : public FromCheckpointCommand {
 public:
  explicit LowDataCommand(CLI::App& app)
      : FromCheckpointCommand(app, "lowdata", "Fit probes of a trained model on few labels, as a stored run",
                              RunKind::LowData, kSettingHelp) {}

  int run() override { return runStored(); }
};

}  // namespace

std::unique_ptr<Command> makeProbeCommand(CLI::App& app) {
  return std::make_unique<ProbeCommand>(app);
}
std::unique_ptr<Command> makeLowDataCommand(CLI::App& app) {
  return std::make_unique<LowDataCommand>(app);
}

}  // namespace scanline
