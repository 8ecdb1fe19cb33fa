// Times training steps on random tokens and prints one JSON line. Shape, flops and keys are those of the scripts that
// time the Hugging Face network, so that the two can be run in turn and compared.
#include <ATen/DeviceAccelerator.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "core/base/clock.h"
#include "core/base/idle_threads.h"
#include "core/base/processor.h"
#include "core/base/random.h"
#include "core/base/statistics.h"
#include "core/run/engine.h"

namespace scanline {
namespace {

constexpr int64_t kColours = 512;

struct Settings {
  int64_t layers = 4, width = 128, heads = 4, side = 16, batch = 8, microBatch = 0, colours = kColours;
  int64_t steps = 10, warmup = 3;
  int64_t threads = static_cast<int64_t>(std::thread::hardware_concurrency());
  std::string precision = "fp32", device = "cpu", objective = "autoregressive", attention = "reproducible";
};

Settings parse(int argc, char** argv) {
  CLI::App app("Time training steps on random tokens; print one JSON line.");
  Settings s;
  const auto number = [&](const std::string& name, int64_t& value, const std::string& help) {
    app.add_option("--" + name, value, help)->capture_default_str()->check(CLI::PositiveNumber);
  };
  number("layers", s.layers, "transformer blocks");
  number("width", s.width, "embedding width");
  number("heads", s.heads, "attention heads");
  number("side", s.side, "image side in pixels; the context is side * side tokens");
  number("batch", s.batch, "images a step");
  number("colours", s.colours, "palette size");
  number("steps", s.steps, "timed steps");
  app.add_option("--warmup", s.warmup, "untimed steps before")->capture_default_str()->check(CLI::NonNegativeNumber);
  app.add_option("--micro-batch", s.microBatch, "images a forward pass, 0 = chosen")->check(CLI::NonNegativeNumber);
  number("threads", s.threads, "CPU threads");
  app.add_option("--precision", s.precision, "fp32 or bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--device", s.device, "cpu or cuda")->capture_default_str()->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_option("--attention", s.attention, "kernels of a GPU: reproducible or fast")
      ->capture_default_str()
      ->check(CLI::IsMember({"reproducible", "fast"}));
  app.add_option("--objective", s.objective, "autoregressive or bert")
      ->capture_default_str()
      ->check(CLI::IsMember({"autoregressive", "bert"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return s;
}

RunSpec specOf(const Settings& s) {
  RunSpec spec;
  spec.threads = s.threads;
  spec.device = s.device == "cuda" ? Device::Cuda : Device::Cpu;
  spec.model = {.objective = s.objective == "bert" ? Objective::Bert : Objective::Autoregressive,
                .layers = s.layers,
                .width = s.width,
                .heads = s.heads};
  spec.optimizer = {.learningRate = 1e-3, .schedule = Schedule::Constant, .warmupSteps = 0};
  spec.train.steps = s.warmup + s.steps;
  spec.train.batchSize = s.batch;
  spec.train.microBatch = s.microBatch;
  spec.train.precision = s.precision == "bf16" ? Precision::Bf16 : Precision::Fp32;
  spec.train.attention = s.attention == "fast" ? AttentionKernels::Fast : AttentionKernels::Reproducible;
  return spec;
}

/// Random tokens, one batch of them: as in the other programs, every step sees the same pictures.
RunData dataOf(const Settings& s) {
  std::vector<Colour> colours;
  for (int64_t i = 0; i < s.colours; ++i) {
    const float value = static_cast<float>(i) / static_cast<float>(s.colours - 1);
    colours.push_back({value, value, value});
  }
  RunData data{.palette = Palette(std::move(colours)), .width = s.side, .height = s.side};
  data.train.count = s.batch;
  data.train.length = s.side * s.side;
  RandomStream random(0, Purpose::BatchOrder);
  for (int64_t i = 0; i < data.train.count * data.train.length; ++i)
    data.train.ids.push_back(static_cast<Token>(random.below(static_cast<uint64_t>(s.colours))));
  return data;
}

/// Wall clock, CPU seconds that other programs used and that the hypervisor took, so far.
struct Load {
  double wall = 0, others = 0, stolen = 0;

  static Load now() {
    std::ifstream stat("/proc/stat");
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0;
    stat >> name >> user >> nice >> system >> idle >> wait >> irq >> softIrq >> steal;
    const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    return {std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
            (user + nice + system) / tick - cpuSeconds(), steal / tick};
  }
};

/// The most that tensors took on the device so far, in bytes; 0 on a CPU.
int64_t mostDeviceMemory(const Settings& s) {
  return s.device == "cpu" ? 0 : at::accelerator::getDeviceStats(0).allocated_bytes.front().peak;
}

/// The operations that a step cannot do without: 6 for each weight of a product and pixel, and attention's, halved
/// where it is causal.
double modelFlops(const Settings& s) {
  const auto D = static_cast<double>(s.width), L = static_cast<double>(s.layers),
             n = static_cast<double>(s.side * s.side);
  const double attention = (s.objective == "bert" ? 12 : 6) * L * D * n * n;
  return static_cast<double>(s.batch) * (6 * n * (12 * L * D * D + static_cast<double>(s.colours) * D) + attention);
}

int run(const Settings& s) {
  const std::unique_ptr<Engine> engine(scanlineMakeEngine());
  if (!engine) return 1;
  const auto trainer = engine->makeTrainer(specOf(s), dataOf(s));
  const auto timed = [&](int64_t steps, std::vector<double>& losses) {
    std::vector<double> seconds;
    for (int64_t i = 0; i < steps; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      losses.push_back(trainer->trainStep({}).loss);
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return seconds;
  };
  std::vector<double> losses;
  const auto first = timed(s.warmup, losses);
  const auto before = Load::now();
  const auto seconds = timed(s.steps, losses);
  const auto after = Load::now();

  const double wall = after.wall - before.wall, middle = medianOf(seconds);
  const auto share = [&](double used) { return std::max(0.0, std::round(100 * used / wall) / 100); };
  const auto parameters = static_cast<double>(trainer->parameters());
  const auto context = static_cast<double>(s.side * s.side), tokens = static_cast<double>(s.batch) * context;
  const double flops = 6 * parameters * tokens + 6 * static_cast<double>(s.layers * s.width) * context * tokens;
  rusage own{};
  getrusage(RUSAGE_SELF, &own);
  nlohmann::ordered_json environment;
  for (const auto& [key, value] : trainer->environment()) environment[key] = value;
  const nlohmann::ordered_json line = {{"benchmark", "train_step"},
                                       {"settings",
                                        {{"layers", s.layers},
                                         {"width", s.width},
                                         {"heads", s.heads},
                                         {"side", s.side},
                                         {"device", s.device},
                                         {"threads", s.threads},
                                         {"batch", s.batch},
                                         {"steps", s.steps},
                                         {"warmup", s.warmup},
                                         {"mode", "scanline"},
                                         {"precision", s.precision},
                                         {"attention", s.attention},
                                         {"objective", s.objective}}},
                                       {"params", trainer->parameters()},
                                       {"flops_per_step", flops},
                                       {"model_flops_per_step", modelFlops(s)},
                                       {"seconds_per_step", middle},
                                       {"seconds_per_step_min", std::ranges::min(seconds)},
                                       {"seconds_per_step_max", std::ranges::max(seconds)},
                                       {"seconds_per_step_all", seconds},
                                       {"images_per_second", static_cast<double>(s.batch) / middle},
                                       {"tokens_per_second", tokens / middle},
                                       {"gflops_per_second", flops / middle / 1e9},
                                       {"first_step_seconds", first.empty() ? seconds.front() : first.front()},
                                       {"loss_first", losses.front()},
                                       {"loss_last", losses.back()},
                                       {"other_cores", share(after.others - before.others)},
                                       {"stolen_cores", share(after.stolen - before.stolen)},
                                       {"peak_rss_mb", own.ru_maxrss / 1024},
                                       {"peak_device_mb", mostDeviceMemory(s) >> 20},
                                       {"versions", environment},
                                       {"cpu", processorName()},
                                       {"cores", std::thread::hardware_concurrency()}};
  std::cout << line.dump() << '\n';
  return 0;
}

}  // namespace
}  // namespace scanline

int main(int argc, char** argv) {
  scanline::restartWithSpinCount(argv);
  try {
    return scanline::run(scanline::parse(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "bench_train_step: " << error.what() << '\n';
    return 1;
  }
}
