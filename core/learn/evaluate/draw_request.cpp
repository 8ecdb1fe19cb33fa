#include "core/learn/evaluate/draw_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/run/diverged.h"
#include "core/run/paint_mask.h"

namespace scanline {

namespace {

constexpr std::chrono::milliseconds kBetween{4};
constexpr int64_t kMostTogether = 4096;  // candidates, and particles
constexpr int kPositionBits = 20;        // of a random number's step; the picture's number stands above them
constexpr int kParticleBits = 16;        // of its index; the candidate stands above them
constexpr int64_t kMostPictures = int64_t{1} << 40;

void checkRange(const char* name, int64_t value, int64_t least, int64_t most) {
  if (value < least || value > most)
    throw Error(fmt::format("{} is {}; {} to {} are possible.", name, value, least, most));
}

RandomStream streamOf(const DrawRequest& request, Purpose purpose, int64_t position, uint32_t index) {
  return {request.seed, purpose,
          static_cast<uint64_t>(request.pictureIndex) << kPositionBits | static_cast<uint64_t>(position), index};
}

}  // namespace

void checkDrawRequest(const DrawRequest& request, const GptShape& shape) {
  const auto n = shape.positions;
  if (std::ssize(request.picture) != n)
    throw Error(fmt::format("The picture has {} pixels, and the model was trained on {}. Bring it to the model's size.",
                            request.picture.size(), n));
  checkMask(request.paint, n);
  for (size_t i = 0; i < request.paint.size(); ++i)
    if (!request.paint[i] && request.picture[i] >= shape.paletteSize)
      throw Error(fmt::format(
          "Pixel {} of the picture is colour {}, and the model's colours end at {}. Make the picture with the model's palette.",
          i, request.picture[i], shape.paletteSize - 1));
  if (!(request.temperature > 0) || !std::isfinite(request.temperature))
    throw Error(fmt::format("The temperature is {}; it must be above 0. For the most probable colours take top-k 1.",
                            request.temperature));
  if (request.topK < 0) throw Error(fmt::format("Top-k is {}; it must be 0 (all colours) or more.", request.topK));
  if (!(request.topP > 0 && request.topP <= 1))
    throw Error(fmt::format("Top-p is {}; it must be above 0 and at most 1 (all colours).", request.topP));
  checkRange("The number of candidates", request.candidates, 1, kMostTogether);
  checkRange("The picture's number", request.pictureIndex, 0, kMostPictures);
  if (request.conditioned) checkRange("The number of particles", request.particles, 1, kMostTogether);
  checkRange("The number of passes", request.passes, 1, n);
}

double drawNumber(const DrawRequest& request, int64_t position, int64_t candidate, int64_t particle) {
  const auto index = static_cast<uint32_t>(candidate << kParticleBits | particle);
  return streamOf(request, Purpose::DrawPixels, position, index).uniform();
}

double particleNumber(const DrawRequest& request, int64_t position, int64_t candidate) {
  return streamOf(request, Purpose::ChooseParticles, position, static_cast<uint32_t>(candidate)).uniform();
}

TokenDrawSettings drawSettings(const DrawRequest& request) {
  return {.temperature = request.temperature, .topK = request.topK, .topP = request.topP};
}

double natsOf(std::span<const float> logits, Token token) {
  const float highest = std::ranges::max(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - highest);
  return highest + std::log(sum) - logits[token];
}

void checkFinite(double nats, int64_t position) {
  if (!std::isfinite(nats))
    throw Diverged(fmt::format(
        "The model's output for pixel {} is not finite, so nothing can be drawn: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.",
        position));
}

DrawBoard::DrawBoard(const DrawRequest& request, const DrawSink& sink)
    : sink_(sink),
      n_(request.paint.size()),
      total_(request.candidates * std::ranges::count_if(request.paint, [](uint8_t paint) { return paint != 0; })) {
  std::vector<Token> row(n_);
  std::vector<uint8_t> given(n_);
  for (size_t i = 0; i < n_; ++i) {
    if (request.paint[i]) continue;
    row[i] = request.picture[i];
    given[i] = 1;
  }
  for (int64_t i = 0; i < request.candidates; ++i) {
    tokens_.insert(tokens_.end(), row.begin(), row.end());
    isDone_.insert(isDone_.end(), given.begin(), given.end());
  }
}

std::span<Token> DrawBoard::candidate(int64_t index) {
  return std::span(tokens_).subspan(at(index, 0), n_);
}

void DrawBoard::setDone(int64_t candidate, int64_t position) {
  auto& done = isDone_[at(candidate, position)];
  if (!done) ++done_;
  done = 1;
}

bool DrawBoard::isDue() const {
  return sink_ && std::chrono::steady_clock::now() - shown_ >= kBetween;
}

void DrawBoard::show() {
  if (!sink_) return;
  sink_({tokens_, isDone_, done_, total_});
  shown_ = std::chrono::steady_clock::now();
}

}  // namespace scanline
