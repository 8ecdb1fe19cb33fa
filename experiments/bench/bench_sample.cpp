// Times drawSamples() on random weights; prints one JSON line with the keys of the peers' benchmark of the same name,
// and on a CPU the floor: the bytes of weights and cache that the drawing reads, over the speed at which they can be
// read.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "core/base/idle_threads.h"
#include "core/base/random.h"
#include "core/learn/kernels/worker_pool.h"
#include "core/learn/model/decoder.h"
#include "core/learn/model/sampling.h"
#include "core/learn/train/torch_setup.h"

using namespace scanline;

namespace {

double secondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Bytes a second at which this machine's threads together read so much memory again and again; the best of five.
double memorySpeed(int64_t bytes) {
  const int64_t words = std::max<int64_t>(bytes / 8, 1 << 16);
  const auto memory = at::ones({words}, at::kLong);
  const auto* word = memory.const_data_ptr<int64_t>();
  WorkerPool pool(at::get_num_threads());
  std::vector<int64_t> sums(64);
  double best = 0;
  const int64_t repeats = std::max<int64_t>(1, (int64_t{64} << 20) / bytes);
  for (int pass = 0; pass < 6; ++pass) {
    const double begin = secondsNow();
    for (int64_t repeat = 0; repeat < repeats; ++repeat)
      pool.run(64, [&](int64_t part, int) {
        int64_t sum = 0;
        for (int64_t i = words * part / 64; i < words * (part + 1) / 64; ++i) sum += word[i];
        sums[static_cast<size_t>(part)] = sum;
      });
    const double speed = static_cast<double>(8 * words * repeats) / (secondsNow() - begin);
    if (pass > 0) best = std::max(best, speed);
  }
  int64_t total = 0;
  for (const auto sum : sums) total += sum;
  if (total != words) std::fprintf(stderr, "memory was not read as it was written\n");
  return best;
}

/// Of weights and cache, for the mean position that is drawn.
double bytesAPosition(const GptTensors& weights, const SampleRequest& request, bool bf16Cache, int64_t pictures) {
  const auto& s = weights.shape;
  const double meanSeen = static_cast<double>(request.given + s.positions + 1) / 2;
  const double cache = 2 * meanSeen * static_cast<double>(s.layers * s.width * pictures * (bf16Cache ? 2 : 4));
  return static_cast<double>(PackedGpt(weights).bytesRead()) + cache;
}

/// Of one decoder and its pass over the prompts, the median.
double promptSeconds(const GptTensors& weights, const SampleRequest& request, bool bf16Cache, int64_t repeats) {
  const auto packed = std::make_shared<const PackedGpt>(weights);
  auto prompts = request.originals;
  std::vector<int32_t> promptOfRow;
  for (size_t i = 0; i < prompts.size(); ++i) {
    prompts[i].resize(static_cast<size_t>(request.given));
    promptOfRow.insert(promptOfRow.end(), static_cast<size_t>(request.perPrompt), static_cast<int32_t>(i));
  }
  std::vector<double> seconds;
  for (int64_t repeat = 0; repeat < repeats; ++repeat) {
    const double begin = secondsNow();
    Decoder(packed, std::ssize(promptOfRow), {.bf16Cache = bf16Cache}).prefill(prompts, promptOfRow);
    seconds.push_back(secondsNow() - begin);
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

struct Settings {
  int64_t layers = 4, width = 128, heads = 4, side = 16, batch = 16, colours = 512, threads = 0, perPrompt = 1,
          repeats = 3;
  std::string task = "whole", device = "cpu";
  std::optional<bool> bf16Cache;
  bool score = false, graph = true;
};

Settings parse(int argc, char** argv) {
  CLI::App app("Time drawing pictures with random weights; print one JSON line.");
  Settings s;
  const auto number = [&](const std::string& name, int64_t& value, const std::string& help) {
    app.add_option("--" + name, value, help)->capture_default_str()->check(CLI::PositiveNumber);
  };
  number("layers", s.layers, "transformer blocks");
  number("width", s.width, "embedding width");
  number("heads", s.heads, "attention heads");
  number("side", s.side, "image side in pixels");
  number("batch", s.batch, "pictures drawn together");
  number("colours", s.colours, "palette size");
  number("per-prompt", s.perPrompt, "pictures of a batch that have their upper half in common");
  number("repeats", s.repeats, "timed drawings; their median counts");
  app.add_option("--threads", s.threads, "CPU threads, 0 = as LibTorch chooses")->check(CLI::NonNegativeNumber);
  app.add_option("--bf16-cache", s.bf16Cache, "keys and values in bfloat16: 0 or 1; chosen by the model's size else");
  app.add_option("--graph", s.graph, "on a GPU: draw by a CUDA graph, 0 or 1")->capture_default_str();
  app.add_option("--score", s.score, "score the given pictures, too, which the peer does not: 0 or 1");
  app.add_option("--task", s.task, "whole pictures, or lower halves")
      ->capture_default_str()
      ->check(CLI::IsMember({"whole", "half"}));
  app.add_option("--device", s.device, "cpu or cuda, which draws in bf16")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  restartWithSpinCount(argv);  // as the program does
  const auto [layers, width, heads, side, batch, colours, threads, perPrompt, repeats, task, device, bf16Cache, score,
              graph] = parse(argc, argv);
  loadCuda();  // before anything else of LibTorch
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  const int64_t n = side * side;
  auto weights =
      initialWeights({.layers = layers, .width = width, .heads = heads, .paletteSize = colours, .positions = n}, 0);
  if (device == "cuda") weights = weights.on(chooseDevice(Device::Cuda)).withOperands(at::kBFloat16);
  const Gpt model(std::move(weights));
  std::string graphProblem;
  SampleRequest request{
      .perPrompt = batch, .bf16Cache = bf16Cache, .usesGraph = graph, .say = [&](const std::string& sentence) {
        graphProblem = sentence;
      }};
  if (task == "half") {
    for (int64_t i = 0; i < batch / perPrompt; ++i) {
      RandomStream random(1, Purpose::Prompts, 0, static_cast<uint32_t>(i));
      auto& original = request.originals.emplace_back();
      for (int64_t k = 0; k < n; ++k)
        original.push_back(static_cast<Token>(random.below(static_cast<uint64_t>(colours))));
    }
    request.scoreOriginals = score;
    request.given = side * (side / 2);
    request.perPrompt = perPrompt;
  }
  std::vector<double> seconds;
  const auto first = drawSamples(model, request).samples;
  std::optional<int64_t> different;  // pictures that come out otherwise kernel by kernel
  if (!model.weights().flat.is_cpu() && graph) {
    request.usesGraph = false;
    const auto plain = drawSamples(model, request).samples;
    different = 0;
    for (size_t i = 0; i < first.size(); ++i) *different += first[i] != plain[i] ? 1 : 0;
    request.usesGraph = true;
  }
  for (int64_t repeat = 0; repeat < repeats; ++repeat) {
    const double begin = secondsNow();
    drawSamples(model, request);
    seconds.push_back(secondsNow() - begin);
  }
  std::ranges::sort(seconds);
  const double median = seconds[seconds.size() / 2];
  const int64_t drawn = n - request.given;
  std::printf(
      "{\"benchmark\": \"sample\", \"drawn_pixels_per_image\": %ld, \"seconds_per_batch\": %.5g, \"seconds_per_batch_min\": %.5g, \"images_per_second\": %.5g",
      drawn, median, seconds[0], static_cast<double>(batch) / median);
  if (different)
    std::printf(", \"graph\": \"%s\", \"pictures_different_without_graph\": %ld",
                graphProblem.empty() ? "recorded" : graphProblem.c_str(), *different);
  if (canDecode(model.weights())) {
    const bool isBf16 = request.bf16Cache.value_or(prefersBf16Cache(model.weights()));
    const double bytes = bytesAPosition(model.weights(), request, isBf16, batch);
    const double speed = memorySpeed(static_cast<int64_t>(bytes)), floor = bytes / speed * static_cast<double>(drawn);
    std::printf(
        ", \"cache\": \"%s\", \"bytes_a_position\": %.4g, \"memory_gigabytes_per_second\": %.3g, \"floor_seconds_per_batch\": %.4g, \"floor_share\": %.3g",
        isBf16 ? "bf16" : "fp32", bytes, 1e-9 * speed, floor, floor / median);
    if (!request.originals.empty())
      std::printf(", \"prompt_seconds_per_batch\": %.4g", promptSeconds(model.weights(), request, isBf16, repeats));
  }
  std::printf("}\n");
}
