#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "core/learn/model/decoder.h"
#include "core/run/open_model.h"

namespace scanline {

// Parts that drawing pixel by pixel and filling masked pixels share.

/// Throws Error for a request that does not fit the model.
void checkDrawRequest(const DrawRequest& request, const GptShape& shape);

/// In [0, 1): of the pixel at `position`, a function of these and the request's seed and pictureIndex alone.
double drawNumber(const DrawRequest& request, int64_t position, int64_t candidate, int64_t particle);
/// The one by which particles of a candidate are resampled at `position`, or chosen (position n).
double particleNumber(const DrawRequest& request, int64_t position, int64_t candidate);

TokenDrawSettings drawSettings(const DrawRequest& request);
/// -log p of a colour by its logits [V], at temperature 1.
double natsOf(std::span<const float> logits, Token token);
/// Throws Diverged that names the pixel where the nats of a colour are not finite: neither are its logits.
void checkFinite(double nats, int64_t position);

/// The pictures as the sink sees them.
class DrawBoard {
 public:
  DrawBoard(const DrawRequest& request, const DrawSink& sink);

  std::span<Token> candidate(int64_t index);
  bool isDone(int64_t candidate, int64_t position) const { return isDone_[at(candidate, position)] != 0; }
  void setDone(int64_t candidate, int64_t position);
  /// Whether the sink is to hear of it now: at the first time, and when some milliseconds have passed.
  bool isDue() const;
  void show();

 private:
  size_t at(int64_t candidate, int64_t position) const {
    return static_cast<size_t>(candidate) * n_ + static_cast<size_t>(position);
  }

  const DrawSink& sink_;
  size_t n_;
  std::vector<Token> tokens_;
  std::vector<uint8_t> isDone_;
  int64_t done_ = 0, total_;
  std::chrono::steady_clock::time_point shown_;  ///< or the epoch
};

}  // namespace scanline
