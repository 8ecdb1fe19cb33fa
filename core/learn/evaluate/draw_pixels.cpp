#include "core/learn/evaluate/draw_pixels.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/learn/evaluate/draw_request.h"
#include "core/learn/evaluate/drawn_rows.h"
#include "core/learn/evaluate/particles.h"
#include "core/learn/model/device_memory.h"

namespace scanline {

namespace {

constexpr int64_t kCacheBytes = 256 << 20;  // keys and values of one chunk, on a CPU, unless one candidate needs more

int64_t particlesOf(const DrawRequest& request) {
  return request.conditioned ? request.particles : 1;
}

/// First and last position that is drawn, and the last that is looked at.
struct Way {
  explicit Way(const DrawRequest& request) {
    const auto n = std::ssize(request.paint);
    while (!request.paint[static_cast<size_t>(first)]) ++first;
    last = n - 1;
    while (!request.paint[static_cast<size_t>(last)]) --last;
    end = request.conditioned ? n - 1 : last;
  }
  int64_t first = 0, last = 0, end = 0;
};

/// Candidates first .. first + count - 1, particles of one beside one another.
class Chunk {
 public:
  Chunk(const Gpt& model, const DrawRequest& request, int64_t first, int64_t count)
      : request_(request),
        way_(request),
        first_(first),
        count_(count),
        particles_(particlesOf(request)),
        rows_(count * particles_),
        V_(static_cast<size_t>(model.shape().paletteSize)),
        n_(model.shape().positions),
        drawn_(tensorRows(model, rows_, way_.end + 1)),
        tokens_(static_cast<size_t>(rows_ * n_)),
        nats_(static_cast<size_t>(rows_)),
        column_(static_cast<size_t>(rows_)),
        groups_(static_cast<size_t>(count), Particles(particles_)) {
    for (int64_t row = 0; row < rows_; ++row)
      for (int64_t i = 0; i < n_; ++i)
        if (!isPainted(i)) token(row, i) = request.picture[static_cast<size_t>(i)];
  }

  void draw(DrawBoard& board, const Control& control) {
    logits_ = drawn_->begin(std::span(request_.picture).first(static_cast<size_t>(way_.first)), control);
    shares_.assign(static_cast<size_t>(count_ * n_), 1);
    for (int64_t position = way_.first;; ++position) {
      if (isPainted(position))
        place(position, board);
      else if (request_.conditioned)
        weigh(position);
      if (request_.conditioned) noteShares(position);
      if (board.isDue()) show(board);
      if (position == way_.end) return;
      control.check();
      if (request_.conditioned && position < way_.last) resample(position);
      for (int64_t row = 0; row < rows_; ++row) column_[static_cast<size_t>(row)] = token(row, position);
      logits_ = drawn_->advance(column_);
    }
  }

  void addTo(Drawing& drawing, DrawBoard& board) const {
    const auto painted =
        static_cast<double>(std::ranges::count_if(request_.paint, [](uint8_t paint) { return paint != 0; }));
    for (int64_t i = 0; i < count_; ++i) {
      const auto& group = groups_[static_cast<size_t>(i)];
      const int64_t row = i * particles_ + group.choose(particleNumber(request_, n_, first_ + i));
      const auto* begin = tokens_.data() + row * n_;
      drawing.candidates.emplace_back(begin, begin + n_);
      std::ranges::copy(drawing.candidates.back(), board.candidate(first_ + i).begin());
      drawing.nats.push_back(nats_[static_cast<size_t>(row)] / painted);
      if (request_.conditioned) drawing.logEvidence.push_back(group.logEvidence());
    }
    if (request_.conditioned)
      drawing.effectiveShare.insert(drawing.effectiveShare.end(), shares_.begin(), shares_.end());
  }

 private:
  bool isPainted(int64_t position) const { return request_.paint[static_cast<size_t>(position)] != 0; }
  Token& token(int64_t row, int64_t position) { return tokens_[static_cast<size_t>(row * n_ + position)]; }
  std::span<const float> logitsOf(int64_t row) const { return logits_.subspan(static_cast<size_t>(row) * V_, V_); }

  void place(int64_t position, DrawBoard& board) {
    for (int64_t row = 0; row < rows_; ++row) {
      const int64_t candidate = first_ + row / particles_;
      const auto drawn =
          drawColour(logitsOf(row), request_, drawNumber(request_, position, candidate, row % particles_), position);
      token(row, position) = drawn.token;
      nats_[static_cast<size_t>(row)] += drawn.nats;
    }
    for (int64_t i = 0; i < count_; ++i) board.setDone(first_ + i, position);
  }

  void weigh(int64_t position) {
    std::vector<double> nats(static_cast<size_t>(particles_));
    for (int64_t i = 0; i < count_; ++i) {
      for (int64_t k = 0; k < particles_; ++k)
        nats[static_cast<size_t>(k)] =
            natsOf(logitsOf(i * particles_ + k), request_.picture[static_cast<size_t>(position)], position);
      groups_[static_cast<size_t>(i)].weigh(nats);
    }
  }

  void noteShares(int64_t position) {
    for (int64_t i = 0; i < count_; ++i)
      shares_[static_cast<size_t>(i * n_ + position)] =
          static_cast<float>(groups_[static_cast<size_t>(i)].effectiveShare());
  }

  /// Where too few particles count.
  void resample(int64_t position) {
    std::vector<int32_t> sources(static_cast<size_t>(rows_));
    bool isAny = false;
    for (int64_t i = 0; i < count_; ++i) {
      auto& group = groups_[static_cast<size_t>(i)];
      const bool isNeeded = group.effectiveShare() < 0.5;
      const auto own =
          isNeeded ? group.resample(particleNumber(request_, position, first_ + i)) : std::vector<int32_t>();
      for (int64_t k = 0; k < particles_; ++k)
        sources[static_cast<size_t>(i * particles_ + k)] =
            static_cast<int32_t>(i * particles_ + (isNeeded ? own[static_cast<size_t>(k)] : k));
      isAny = isAny || isNeeded;
    }
    if (!isAny) return;
    drawn_->select(sources);
    for (int64_t row = 0; row < rows_;
         ++row) {  // a source keeps its own place, so that no row is read after it changed
      const int64_t source = sources[static_cast<size_t>(row)];
      std::copy_n(tokens_.begin() + source * n_, n_, tokens_.begin() + row * n_);
      nats_[static_cast<size_t>(row)] = nats_[static_cast<size_t>(source)];
    }
  }

  void show(DrawBoard& board) {
    for (int64_t i = 0; i < count_; ++i) {
      const int64_t row = i * particles_ + groups_[static_cast<size_t>(i)].heaviest();
      std::copy_n(tokens_.begin() + row * n_, n_, board.candidate(first_ + i).begin());
    }
    board.show();
  }

  const DrawRequest& request_;
  Way way_;
  int64_t first_, count_, particles_, rows_;
  size_t V_;
  int64_t n_;
  std::unique_ptr<DrawnRows> drawn_;
  std::span<const float> logits_;  ///< [rows, V]
  std::vector<Token> tokens_;      ///< [rows, n]; 0 where nothing is drawn yet
  std::vector<double> nats_;       ///< [rows], summed over the drawn positions
  std::vector<Token> column_;      ///< [rows]
  std::vector<Particles> groups_;  ///< one a candidate
  std::vector<float> shares_;      ///< [count, n]
};

/// How many candidates are drawn together.
int64_t chunkSize(const Gpt& model, const DrawRequest& request) {
  const auto& weights = model.weights();
  const int64_t bytes = particlesOf(request) * 2 * model.shape().layers * (Way(request).end + 1) * model.shape().width *
                        weights.operands.element_size();
  const auto device = weights.flat.device();
  const int64_t most = device.is_cpu() ? memoryLimit() / 2 : freeMemory(device);
  if (bytes > most) throw std::bad_alloc();
  return std::clamp<int64_t>((device.is_cpu() ? kCacheBytes : most / 3) / bytes, 1, request.candidates);
}

}  // namespace

Drawing drawPixels(const Gpt& model, const DrawRequest& request, const DrawSink& sink, const Control& control) {
  checkDrawRequest(request, model.shape());
  DrawBoard board(request, sink);
  Drawing drawing;
  int64_t together = request.candidates;
  const auto drawSome = [&] {
    const auto first = std::ssize(drawing.candidates);
    Chunk chunk(model, request, first, std::min(together, request.candidates - first));
    chunk.draw(board, control);
    chunk.addTo(drawing, board);
  };
  try {
    together = chunkSize(model, request);
    while (std::ssize(drawing.candidates) < request.candidates)
      whileMemoryLasts(together, model.weights().flat.device(), drawSome);
  } catch (const std::exception& failure) {
    if (!isOutOfMemory(failure)) throw;
    throw Error(
        "There is not enough memory for all particles of one picture. Choose fewer particles, or free memory that other programs hold.");
  }
  board.show();
  return drawing;
}

}  // namespace scanline
