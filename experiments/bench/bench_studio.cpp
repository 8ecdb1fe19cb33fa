// Times the waits of a person in the studio, on random weights: the answers of an open model. One row a question,
// median and 95 % of its repetitions, in milliseconds.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/base/idle_threads.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/model/decoder.h"
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

struct Settings {
  int64_t layers = 4, width = 128, heads = 4, side = 16, candidates = 4, particles = 32, repetitions = 20;
  bool training = false;
  std::string checkpoint;
  DrawRequest drawing;  ///< bf16Cache and threads alone
};

Settings parse(int argc, char** argv) {
  CLI::App app("Time the answers of an open model on random weights; print a table in milliseconds.");
  Settings s;
  const auto number = [&](const std::string& name, int64_t& value, const std::string& help) {
    app.add_option("--" + name, value, help)->capture_default_str()->check(CLI::PositiveNumber);
  };
  number("layers", s.layers, "transformer blocks");
  number("width", s.width, "embedding width");
  number("heads", s.heads, "attention heads");
  number("side", s.side, "image side in pixels");
  number("candidates", s.candidates, "drawings side by side");
  number("particles", s.particles, "of the conditioned drawing");
  number("repetitions", s.repetitions, "of a quick question; longer ones are asked less often");
  app.add_flag("--bf16-cache", s.drawing.bf16Cache, "keep keys and values in bfloat16");
  app.add_flag("--training", s.training,
               "while a run trains in this process, which shares the cores as the window does");
  app.add_option("--checkpoint", s.checkpoint, "an autoregressive model in place of random weights")
      ->check(CLI::ExistingFile);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  // Half of the cores each, as in the window.
  if (s.training) s.drawing.threads = std::max(1, hardwareThreads() / 2);
  return s;
}

/// A run of a small model that trains until it is destroyed: 4 layers of width 128 on 16x16, batches of 16.
class Training {
 public:
  explicit Training(Engine& engine) {
    RunSpec spec;
    spec.threads = std::max(1, hardwareThreads() / 2);
    spec.model = {.layers = 4, .width = 128, .heads = 4};
    spec.train.batchSize = 16;
    RunData data{.palette = Palette({{0, 0, 0}, {1, 1, 1}}), .width = 16, .height = 16};
    data.train.count = 16;
    data.train.length = 256;
    for (int64_t i = 0; i < 16 * 256; ++i) data.train.ids.push_back(static_cast<Token>(i * 31 / 7 % 2));
    trainer_ = engine.makeTrainer(spec, std::move(data));
    trainer_->trainStep({});
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) trainer_->trainStep({});
    });
  }

 private:
  std::unique_ptr<Trainer> trainer_;
  std::jthread thread_;
};

std::filesystem::path writeRandomModel(const Settings& s) {
  auto file = std::filesystem::temp_directory_path() / "scanline-bench-studio.safetensors";
  std::vector<Colour> colours;
  for (int i = 0; i < 512; ++i) colours.push_back({static_cast<float>(i) / 512, 0, 0});
  CheckpointInfo info{.positions = s.side * s.side, .width = s.side, .height = s.side, .palette = Palette(colours)};
  info.model = {.layers = s.layers, .width = s.width, .heads = s.heads};
  auto weights = initialWeights(shapeOf(info), 0);
  weights.head.copy_(initialWeights(weights.shape, 4).wte * 20);
  saveCheckpoint(file, info, {.weights = weights.named()});
  return file;
}

/// How far log-probabilities p and q differ at most, and their Kullback-Leibler divergence summed over rows.
struct Distance {
  double largest = 0, divergence = 0;

  void add(std::span<const float> exact, std::span<const float> rounded, int64_t rows) {
    const auto logP = [&](std::span<const float> logits) {
      return at::log_softmax(at::tensor(std::vector<float>(logits.begin(), logits.end()), at::kDouble).view({rows, -1}),
                             -1);
    };
    const auto p = logP(exact), q = logP(rounded);
    largest = std::max(largest, (p - q).abs().max().item<double>());
    divergence += (p.exp() * (p - q)).sum().item<double>();
  }
};

/// How far bfloat16 moves the probabilities of the pictures that the model itself draws: a cache alone, and of lower
/// halves also the pass over the upper ones.
void printBf16Effect(const GptTensors& weights) {
  constexpr int64_t kPictures = 4;
  const int64_t n = weights.shape.positions, given = n / 2;
  const auto packed = std::make_shared<const PackedGpt>(weights);
  std::vector<std::vector<Token>> pictures(kPictures);
  std::vector<Token> tokens(kPictures);
  const auto report = [&](const char* which, const Distance& distance, int64_t positions) {
    std::printf(
        "%s in bfloat16: log-probabilities differ by %.2g at most; Kullback-Leibler divergence %.2g nats a pixel.\n",
        which, distance.largest, distance.divergence / static_cast<double>(kPictures * positions));
  };
  std::printf("\n");
  {
    Decoder exact(packed, kPictures), rounded(packed, kPictures, {.bf16Cache = true});
    std::vector<double> uniforms(kPictures), nats(kPictures);
    Distance distance;
    RandomStream random(1, Purpose::SampleTokens);
    for (int64_t position = 0; position < n; ++position) {
      const auto before = position == 0 ? std::span<const Token>() : std::span<const Token>(tokens);
      distance.add(exact.advance(before), rounded.advance(before), kPictures);
      for (auto& uniform : uniforms) uniform = random.uniform();
      exact.draw({}, uniforms, tokens, nats);
      for (size_t i = 0; i < pictures.size(); ++i) pictures[i].push_back(tokens[i]);
    }
    report("Whole pictures with a cache", distance, n);
  }
  auto prompts = pictures;
  for (auto& prompt : prompts) prompt.resize(static_cast<size_t>(given));
  const std::vector<int32_t> own{0, 1, 2, 3};
  Decoder exact(packed, kPictures), rounded(packed, kPictures, {.bf16Cache = true});
  Distance distance;
  distance.add(exact.prefill(prompts, own), rounded.prefill(prompts, own), kPictures);
  for (int64_t position = given; position + 1 < n; ++position) {
    for (size_t i = 0; i < pictures.size(); ++i) tokens[i] = pictures[i][static_cast<size_t>(position)];
    distance.add(exact.advance(tokens), rounded.advance(tokens), kPictures);
  }
  report("Lower halves with a cache and a pass over the upper ones", distance, n - given);
}

}  // namespace

int main(int argc, char** argv) {
  restartWithSpinCount(argv);  // as the program does
  const auto settings = parse(argc, argv);
  const auto repetitions = static_cast<int>(settings.repetitions);
  const bool isRandom = settings.checkpoint.empty();
  const std::filesystem::path file = isRandom ? writeRandomModel(settings) : std::filesystem::path(settings.checkpoint);
  const auto weights = loadWeights(file);
  const auto layers = weights.shape.layers, n = weights.shape.positions, candidates = settings.candidates;

  const std::unique_ptr<Engine> engine(scanlineMakeEngine());
  std::optional<Training> training;
  if (settings.training) training.emplace(*engine);
  std::printf("| %ld layers of %ld, %ld pixels | median ms | 95 %% |\n|---|---|---|\n", layers, weights.shape.width, n);
  row("open, first time", 1, [&](int) { return timed([&] { (void)engine->openModel(file); }); });
  row("open again", repetitions, [&](int) { return timed([&] { (void)engine->openModel(file); }); });
  const auto model = engine->openModel(file);
  DrawRequest request = settings.drawing;
  request.paint.assign(static_cast<size_t>(n), 1);
  request.candidates = candidates;
  std::fill_n(request.paint.begin(), n / 2, uint8_t{0});
  const auto firstPixelOf = [&](const OpenModel& asked) {
    const auto begin = Clock::now();
    double first = 0;
    const Control stopAtOnce({.mayGoOn = [&] { return first == 0; }});
    try {
      (void)asked.draw(
          request,
          [&](const DrawProgress&) {
            if (first == 0) first = millisecondsSince(begin);
          },
          stopAtOnce);
    } catch (const Stopped&) {  // it is enough
    }
    return first;
  };
  const auto firstPixel = [&](int i) {
    request.picture = pictureOf(n, i);
    return firstPixelOf(*model);
  };
  row("first pixel of a lower half, first time", 1, firstPixel);
  row("first pixel of a lower half", repetitions, firstPixel);
  // As in the window, which asks for that when a model opens and when a picture is chosen.
  const auto firstPixelAhead = [&](const OpenModel& asked, int i) {
    request.picture = pictureOf(n, 50 + i);
    asked.prepare(request, {});
    return firstPixelOf(asked);
  };
  {
    const std::unique_ptr<Engine> other(scanlineMakeEngine());
    const auto fresh = other->openModel(file);
    row("first pixel, computed ahead, first time", 1, [&](int i) { return firstPixelAhead(*fresh, i); });
  }
  row("first pixel, computed ahead", repetitions, [&](int i) { return firstPixelAhead(*model, i); });
  row("first pixel, same picture, another seed", repetitions, [&](int i) {
    request.seed = static_cast<uint64_t>(2 + i);
    return firstPixelOf(*model);
  });
  const auto drawing = [&](int i) {
    request.picture = pictureOf(n, i);
    return timed([&] { (void)model->draw(request, [](const DrawProgress&) {}, {}); });
  };
  row("lower halves of all candidates", std::max(1, repetitions / 4), drawing);
  std::fill_n(request.paint.begin(), n, uint8_t{1});
  row("whole pictures", std::max(1, repetitions / 4), drawing);
  std::fill_n(request.paint.begin() + n / 2, n - n / 2, uint8_t{0});
  request.candidates = settings.particles;
  row("as many upper halves as particles", std::max(1, repetitions / 10), drawing);
  request.conditioned = true;
  request.candidates = 1;
  request.particles = settings.particles;
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
  training.reset();
  printBf16Effect(weights);
  if (isRandom) std::filesystem::remove(file);
}
