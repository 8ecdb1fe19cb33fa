#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/data/dataset.h"
#include "core/spec/spec_text.h"
#include "experiments/cli_command.h"
#include "experiments/run_json.h"
#include "experiments/stop_signals.h"
#include "experiments/text_plot.h"

namespace scanline {
namespace {

/// A data set in the colours of a model that is trained already.
RunData readData(const RunSpec& spec, const CheckpointInfo& info) {
  const Dataset set = loadDataset(spec.data, spec.seed);
  for (const std::string& warning : set.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (set.train.width * set.train.height != info.positions) {
    throw Error(fmt::format("The images are {} x {}, but the model sees {} x {}; add --set data.side={}.",
                            set.train.width, set.train.height, info.width, info.height, info.width));
  }
  if (set.train.labels.empty())
    throw Error(fmt::format("The data set {} has no classes to probe for.", spec.data.name));
  const int threads = spec.threads > 0 ? static_cast<int>(spec.threads) : hardwareThreads();
  return {.palette = info.palette,
          .train = tokenize(set.train, info.palette, threads),
          .validation = tokenize(set.validation, info.palette, threads),
          .width = info.width,
          .height = info.height,
          .classNames = set.classNames};
}

class ProbeCommand : public Command {
 public:
  explicit ProbeCommand(CLI::App& app)
      : Command(app, "probe", "Fit linear probes on all layers of a trained model; nothing is stored") {
    addWorkspaceOption();
    verb().add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
    verb()
        .add_option("--set", settings_, "Change one setting of the run, such as data.name or probe.trainImages")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->check(settingMistake);
  }

  int run() override {
    StopSignals signals;
    const auto engine = makeEngine();
    const auto file = findCheckpoint(workspace(), checkpoint_);
    const CheckpointInfo info = engine->inspect(file);
    RunSpec spec = fromToml(info.specToml, file.string());
    for (const std::string& setting : settings_) {
      const auto [key, text] = splitSetting(setting);
      setField(spec, key, text);
    }
    spec.model = info.model;
    validate(spec);
    const auto trainer = engine->makeTrainer(spec, readData(spec, info));
    trainer->load(file);

    std::vector<ProbeResult> results;
    trainer->probe([&] { return !signals.token().stop_requested(); },
                   [&](const TrainEvent& event) {
                     const auto& result = std::get<ProbeResult>(event);
                     if (!json())
                       fmt::print("layer {:>3}  {:5.1f} %  (training images {:5.1f} %)\n", result.layer,
                                  100 * result.accuracy, 100 * result.trainAccuracy);
                     std::fflush(stdout);
                     results.push_back(result);
                   });
    if (signals.received() != 0) return 128 + signals.received();
    print(results);
    return kDone;
  }

 private:
  void print(const std::vector<ProbeResult>& results) const {
    if (json()) {
      auto list = nlohmann::ordered_json::array();
      for (const ProbeResult& result : results) list.push_back(toJson(result));
      printJson(list);
      return;
    }
    std::vector<double> accuracies;
    for (const ProbeResult& result : results) accuracies.push_back(result.accuracy);
    fmt::print("\n{}", drawAccuracies(accuracies, Terminal::ofStdout()));
  }

  std::string checkpoint_;
  std::vector<std::string> settings_;
};

}  // namespace

std::unique_ptr<Command> makeProbeCommand(CLI::App& app) {
  return std::make_unique<ProbeCommand>(app);
}

}  // namespace scanline
