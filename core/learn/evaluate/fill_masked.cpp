#include "core/learn/evaluate/fill_masked.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/learn/evaluate/draw_request.h"
#include "core/learn/evaluate/surprise.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/token_rows.h"

namespace scanline {

namespace {

/// Candidates while they are filled, all of them masked at the same number of pixels.
class Filling {
 public:
  Filling(const Gpt& model, const DrawRequest& request)
      : model_(model),
        request_(request),
        n_(std::ssize(request.paint)),
        tokens_Bn_(at::zeros({request.candidates, n_}, at::kLong)),
        keep_Bn_(at::zeros({request.candidates, n_}, at::kBool)),
        nats_(static_cast<size_t>(request.candidates)) {
    for (int64_t i = 0; i < n_; ++i) {
      if (request.paint[static_cast<size_t>(i)]) continue;
      tokens_Bn_.select(1, i).fill_(int64_t{request.picture[static_cast<size_t>(i)]});
      keep_Bn_.select(1, i).fill_(true);
    }
  }

  /// Draws `count` more pixels of each candidate.
  void pass(int64_t count, DrawBoard& board, const Control& control) {
    const bool areAlike = isFirst_;  // all candidates see the same
    const int64_t total = request_.candidates;
    isFirst_ = false;
    if (areAlike) {
      const auto logits_1nV = logitsOf(0, 1);
      for (int64_t candidate = 0; candidate < total; ++candidate) fill(candidate, logits_1nV[0], count, board);
      if (board.isDue()) board.show();
      return;
    }
    int64_t batch = passBatch(model_.shape(), n_, total);
    for (int64_t first = 0; first < total;) {
      control.check();
      first += whileMemoryLasts(batch, model_.weights().flat.device(), [&] {
        const int64_t size = std::min(batch, total - first);
        const auto logits_BnV = logitsOf(first, size);
        for (int64_t i = 0; i < size; ++i) fill(first + i, logits_BnV[i], count, board);
        return size;
      });
      if (board.isDue()) board.show();
    }
  }

  double meanNats(int64_t candidate, int64_t painted) const {
    return nats_[static_cast<size_t>(candidate)] / static_cast<double>(painted);
  }

 private:
  at::Tensor logitsOf(int64_t first, int64_t count) const {
    return model_.logits(tokens_Bn_.narrow(0, first, count), keep_Bn_.narrow(0, first, count)).cpu().contiguous();
  }

  void fill(int64_t candidate, const at::Tensor& logits_nV, int64_t count, DrawBoard& board) {
    const auto V = static_cast<size_t>(logits_nV.size(1));
    auto* keep = keep_Bn_.mutable_data_ptr<bool>() + candidate * n_;
    auto* tokens = tokens_Bn_.mutable_data_ptr<int64_t>() + candidate * n_;
    const auto row = [&](int64_t position) {
      return std::span(logits_nV.const_data_ptr<float>() + static_cast<size_t>(position) * V, V);
    };
    std::vector<std::pair<double, int64_t>> masked;  // nats of the most probable colour, position
    for (int64_t position = 0; position < n_; ++position) {
      if (keep[position]) continue;
      const auto logits = row(position);
      const auto best = std::ranges::max_element(logits) - logits.begin();
      masked.emplace_back(natsOf(logits, static_cast<Token>(best)), position);
      checkFinite(masked.back().first, position);
    }
    std::ranges::sort(masked);
    masked.resize(static_cast<size_t>(count));
    for (const auto& [surety, position] : masked) {
      const auto drawn = drawToken(row(position), drawSettings(request_), drawNumber(request_, position, candidate, 0));
      tokens[position] = drawn.token;
      keep[position] = true;
      nats_[static_cast<size_t>(candidate)] += drawn.nats;
      board.candidate(candidate)[static_cast<size_t>(position)] = drawn.token;
      board.setDone(candidate, position);
    }
  }

  const Gpt& model_;
  const DrawRequest& request_;
  int64_t n_;
  at::Tensor tokens_Bn_;      ///< int64, on the CPU
  at::Tensor keep_Bn_;        ///< bool, on the CPU
  std::vector<double> nats_;  ///< summed over the drawn pixels
  bool isFirst_ = true;
};

}  // namespace

Drawing fillMasked(const Gpt& model, const DrawRequest& request, const DrawSink& sink, const Control& control) {
  checkDrawRequest(request, model.shape());
  const c10::InferenceMode valuesOnly;
  const int64_t painted = std::ranges::count_if(request.paint, [](uint8_t paint) { return paint != 0; });
  const int64_t passes = std::min(request.passes, painted);
  DrawBoard board(request, sink);
  Filling filling(model, request);
  for (int64_t pass = 0, left = painted; pass < passes; ++pass) {
    control.check();
    const int64_t count = (left + passes - pass - 1) / (passes - pass);
    filling.pass(count, board, control);
    left -= count;
  }
  Drawing drawing;
  for (int64_t candidate = 0; candidate < request.candidates; ++candidate) {
    const auto row = board.candidate(candidate);
    drawing.candidates.emplace_back(row.begin(), row.end());
    drawing.nats.push_back(filling.meanNats(candidate, painted));
  }
  board.show();
  return drawing;
}

}  // namespace scanline
