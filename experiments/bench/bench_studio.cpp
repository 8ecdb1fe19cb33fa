// Times the waits of a person in the studio, on random weights: the answers of an open model. One row a question,
// median and 95 % of its repetitions, in milliseconds.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/learn/model/checkpoint.h"
#include "core/run/engine.h"

using namespace scanline;

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// `once` returns the milliseconds of repetition i.
void row(const char* question, int repetitions, const std::function<double(int)>& once) {
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(once(i));
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1) + 0.5)];
  };
  std::printf("| %s | %.1f | %.1f |\n", question, at(0.5), at(0.95));
  std::fflush(stdout);
}

double timed(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return millisecondsSince(begin);
}

std::vector<Token> pictureOf(int64_t n, int i) {
  std::vector<Token> picture;
  for (int64_t p = 0; p < n; ++p) picture.push_back(static_cast<Token>((p * 31 + i * 17) % 512));
  return picture;
}

}  // namespace

int main(int argc, char** argv) {
  int64_t layers = 4, width = 128, heads = 4, side = 16, candidates = 4, particles = 32;
  int repetitions = 20;
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
    else if (flag == "--candidates")
      candidates = number;
    else if (flag == "--particles")
      particles = number;
    else if (flag == "--repetitions")
      repetitions = static_cast<int>(number);
    else
      return std::fprintf(stderr, "unknown flag %s\n", argv[i]), 2;
  }
  const int64_t n = side * side;
  const auto file = std::filesystem::temp_directory_path() / "scanline-bench-studio.safetensors";
  std::vector<Colour> colours;
  for (int i = 0; i < 512; ++i) colours.push_back({static_cast<float>(i) / 512, 0, 0});
  CheckpointInfo info{.positions = n, .width = side, .height = side, .palette = Palette(colours)};
  info.model = {.layers = layers, .width = width, .heads = heads};
  auto weights = initialWeights(shapeOf(info), 0);
  weights.head.copy_(initialWeights(weights.shape, 4).wte * 20);
  saveCheckpoint(file, info, {.weights = weights.named()});

  const std::unique_ptr<Engine> engine(scanlineMakeEngine());
  std::printf("| %ldx%ld at %ldx%ld | median ms | 95 %% |\n|---|---|---|\n", layers, width, side, side);
  row("open, first time", 1, [&](int) { return timed([&] { (void)engine->openModel(file); }); });
  row("open again", repetitions, [&](int) { return timed([&] { (void)engine->openModel(file); }); });
  const auto model = engine->openModel(file);
  DrawRequest request{.paint = std::vector<uint8_t>(static_cast<size_t>(n), 1), .candidates = candidates};
  std::fill_n(request.paint.begin(), n / 2, uint8_t{0});
  const auto firstPixel = [&](int i) {
    request.picture = pictureOf(n, i);
    const auto begin = Clock::now();
    double first = 0;
    const Control stopAtOnce({.mayGoOn = [&] { return first == 0; }});
    try {
      (void)model->draw(
          request,
          [&](const DrawProgress&) {
            if (first == 0) first = millisecondsSince(begin);
          },
          stopAtOnce);
    } catch (const Stopped&) {  // it is enough
    }
    return first;
  };
  row("first pixel of a lower half, first time", 1, firstPixel);
  row("first pixel of a lower half", repetitions, firstPixel);
  const auto drawing = [&](int i) {
    request.picture = pictureOf(n, i);
    return timed([&] { (void)model->draw(request, [](const DrawProgress&) {}, {}); });
  };
  row("lower halves of all candidates", std::max(1, repetitions / 4), drawing);
  std::fill_n(request.paint.begin(), n, uint8_t{1});
  row("whole pictures", std::max(1, repetitions / 4), drawing);
  std::fill_n(request.paint.begin() + n / 2, n - n / 2, uint8_t{0});
  request.conditioned = true;
  request.candidates = 1;
  request.particles = particles;
  row("one upper half, conditioned", std::max(1, repetitions / 10), drawing);

  row("surprise of a picture", repetitions, [&](int i) {
    const TokenSet one{.count = 1, .length = n, .ids = pictureOf(n, i)};
    return timed([&] { (void)model->surprise(one, {}, {}); });
  });
  row("next pixel, another picture", repetitions,
      [&](int i) { return timed([&] { (void)model->next(pictureOf(n, 100 + i), n - 1, {}); }); });
  row("next pixel, same picture", repetitions,
      [&](int i) { return timed([&] { (void)model->next(pictureOf(n, 100 + repetitions - 1), n - 1 - i, {}); }); });
  row("attention, another picture", repetitions,
      [&](int i) { return timed([&] { (void)model->attention(pictureOf(n, 200 + i), n - 1); }); });
  row("attention, same picture", repetitions,
      [&](int i) { return timed([&] { (void)model->attention(pictureOf(n, 200 + repetitions - 1), n - 1 - i); }); });
  row("attention maps of a layer", repetitions, [&](int i) {
    return timed([&] { (void)model->attentionMaps(pictureOf(n, 200 + repetitions - 1), i % layers); });
  });
  std::filesystem::remove(file);
}
