#include <fmt/format.h>

#include "core/base/gpus.h"
#include "core/base/parallel.h"
#include "core/base/processor.h"
#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

class DevicesCommand : public Command {
 public:
  explicit DevicesCommand(CLI::App& app)
      : Command(app, "devices", "List the processors that a model can run on: the CPU, and GPUs with their memory") {}

  int run() override {
    const int cores = hardwareThreads();
    const std::string processor = processorName();
    auto list = nlohmann::ordered_json::array();
    list.push_back({{"device", "cpu"}, {"name", processor}, {"cores", cores}});
    const auto gpus = findGpus();
    for (const Gpu& gpu : gpus)
      list.push_back({{"device", "cuda"}, {"gpu", gpu.number}, {"name", gpu.name}, {"memoryBytes", gpu.bytes}});
    if (json()) {
      printJson(list);
      return kDone;
    }
    fmt::print("cpu {}, {} {}\n", processor, cores, cores == 1 ? "core" : "cores");
    for (const Gpu& gpu : gpus) fmt::print("{}\n", titleOf(gpu));
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> makeDevicesCommand(CLI::App& app) {
  return std::make_unique<DevicesCommand>(app);
}

}  // namespace scanline
