// Times drawSamples() on random weights; prints one JSON line with the keys of the peers' benchmark of the same name.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/learn/model/sampling.h"
#include "core/learn/train/torch_setup.h"

using namespace scanline;

int main(int argc, char** argv) {
  int64_t layers = 4, width = 128, heads = 4, side = 16, batch = 16, colours = 512, threads = 0;
  std::string task = "whole", device = "cpu";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const auto number = std::strtoll(argv[i + 1], nullptr, 10);
    if (flag == "--layers")
      layers = number;
    else if (flag == "--width")
      width = number;
    else if (flag == "--heads")
      heads = number;
    else if (flag == "--side")
      side = number;
    else if (flag == "--batch")
      batch = number;
    else if (flag == "--colours")
      colours = number;
    else if (flag == "--threads")
      threads = number;
    else if (flag == "--task")
      task = argv[i + 1];
    else if (flag == "--device")  // cuda draws in bf16
      device = argv[i + 1];
    else
      return std::fprintf(stderr, "unknown flag %s\n", argv[i]), 2;
  }
  loadCuda();  // before anything else of LibTorch
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  const int64_t n = side * side;
  auto weights =
      initialWeights({.layers = layers, .width = width, .heads = heads, .paletteSize = colours, .positions = n}, 0);
  if (device == "cuda") weights = weights.on(chooseDevice(Device::Cuda)).withOperands(at::kBFloat16);
  const Gpt model(std::move(weights));
  SampleRequest request{.perPrompt = batch};
  if (task == "half") {
    request.originals.assign(static_cast<size_t>(batch), std::vector<Token>(static_cast<size_t>(n), 1));
    request.given = side * (side / 2);
    request.perPrompt = 1;
  }
  std::vector<double> seconds;
  drawSamples(model, request);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto begin = std::chrono::steady_clock::now();
    drawSamples(model, request);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(seconds);
  std::printf(
      "{\"benchmark\": \"sample\", \"drawn_pixels_per_image\": %ld, \"seconds_per_batch\": %.5g, \"seconds_per_batch_min\": %.5g, \"images_per_second\": %.5g}\n",
      n - request.given, seconds[1], seconds[0], static_cast<double>(batch) / seconds[1]);
}
