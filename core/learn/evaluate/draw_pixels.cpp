#include "core/learn/evaluate/draw_pixels.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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
  Chunk(const DrawingModel& model, const DrawRequest& request, int64_t first, int64_t count)
      : request_(request),
        way_(request),
        first_(first),
        count_(count),
        particles_(particlesOf(request)),
        rows_(count * particles_),
        V_(static_cast<size_t>(model.model.shape().paletteSize)),
        n_(model.model.shape().positions),
        drawn_(drawnRows(model, rows_, way_.end + 1, request.bf16Cache)),
        tokens_(static_cast<size_t>(rows_ * n_)),
        nats_(static_cast<size_t>(rows_)),
        column_(static_cast<size_t>(rows_)),
        uniforms_(static_cast<size_t>(rows_)),
        drawnNats_(static_cast<size_t>(rows_)),
        groups_(static_cast<size_t>(count), Particles(particles_)) {
    for (int64_t row = 0; row < rows_; ++row)
      for (int64_t i = 0; i < n_; ++i)
        if (!isPainted(i)) token(row, i) = request.picture[static_cast<size_t>(i)];
  }

  void draw(DrawBoard& board, const Control& control) {
    logits_ = drawn_->begin(std::span(request_.picture).first(static_cast<size_t>(way_.first)), control);
    shares_.assign(static_cast<size_t>(count_ * n_), 1);
    for (int64_t position = way_.first; position <= way_.end;) {
      control.check();
      if (isPainted(position)) {
        place(position, board);
        noteShares(position);
        if (board.isDue()) show(board);
        if (position < way_.end) advance(position);
        ++position;
      } else {
        position = followGiven(position, control);
        if (request_.conditioned && board.isDue()) show(board);  // another particle may count most
      }
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
    for (int64_t row = 0; row < rows_; ++row)
      uniforms_[static_cast<size_t>(row)] = drawNumber(request_, position, first_ + row / particles_, row % particles_);
    drawn_->draw(drawSettings(request_), uniforms_, column_, drawnNats_);
    for (int64_t row = 0; row < rows_; ++row) {
      const double nats = drawnNats_[static_cast<size_t>(row)];
      checkFinite(nats, position);
      token(row, position) = column_[static_cast<size_t>(row)];
      nats_[static_cast<size_t>(row)] += nats;
    }
    for (int64_t i = 0; i < count_; ++i) board.setDone(first_ + i, position);
  }

  void advance(int64_t position) {
    for (int64_t row = 0; row < rows_; ++row) column_[static_cast<size_t>(row)] = token(row, position);
    logits_ = drawn_->advance(column_);
  }

  /// The given pixels from `position` up to the next one that is drawn, or to the end, in one pass; that one's
  /// position.
  int64_t followGiven(int64_t position, const Control& control) {
    int64_t end = position;
    while (end <= way_.end && !isPainted(end)) ++end;
    const auto tokens =
        std::span(request_.picture)
            .subspan(static_cast<size_t>(position), static_cast<size_t>(std::min(end, way_.end) - position));
    std::vector<double> first, passed, last;
    if (request_.conditioned) {
      first = natsNow(position);
      passed.resize(static_cast<size_t>(rows_) * (tokens.size() - std::min<size_t>(tokens.size(), 1)));
    }
    if (!tokens.empty()) logits_ = drawn_->follow(tokens, passed, control);
    if (!request_.conditioned) return end;
    if (end > way_.end && !tokens.empty()) last = natsNow(way_.end);
    const size_t stride = tokens.empty() ? 0 : tokens.size() - 1;
    weighGiven(position, end, [&](size_t row, size_t i) {
      return i == 0 ? first[row] : i <= stride ? passed[row * stride + i - 1] : last[row];
    });
    return end;
  }

  /// -log p [rows] of the given pixel whose logits are there.
  std::vector<double> natsNow(int64_t position) const {
    std::vector<double> nats;
    for (int64_t row = 0; row < rows_; ++row)
      nats.push_back(natsOf(logitsOf(row), request_.picture[static_cast<size_t>(position)]));
    return nats;
  }

  /// Weights the particles by the given pixels begin .. end - 1, one after the other, and resamples as the weights say.
  /// natsOfRow(row, i) is of the i-th pixel after what was drawn in this row before: one that goes on as another was
  /// gets the other's numbers from there on.
  template <class Nats>
  void weighGiven(int64_t begin, int64_t end, const Nats& natsOfRow) {
    std::vector<int32_t> sources(static_cast<size_t>(rows_));
    std::iota(sources.begin(), sources.end(), 0);
    bool isResampled = false;
    std::vector<double> nats(static_cast<size_t>(particles_));
    for (int64_t position = begin; position < end; ++position) {
      for (int64_t i = 0; i < count_; ++i) {
        for (int64_t k = 0; k < particles_; ++k) {
          const auto source = static_cast<size_t>(sources[static_cast<size_t>(i * particles_ + k)]);
          checkFinite(nats[static_cast<size_t>(k)] = natsOfRow(source, static_cast<size_t>(position - begin)),
                      position);
        }
        groups_[static_cast<size_t>(i)].weigh(nats);
      }
      noteShares(position);
      if (position < way_.last) isResampled = resample(position, sources) || isResampled;
    }
    if (isResampled) goOnAs(sources);
  }

  void noteShares(int64_t position) {
    if (!request_.conditioned) return;
    for (int64_t i = 0; i < count_; ++i)
      shares_[static_cast<size_t>(i * n_ + position)] =
          static_cast<float>(groups_[static_cast<size_t>(i)].effectiveShare());
  }

  /// Where too few particles of a candidate count; whether there was such a one.
  bool resample(int64_t position, std::vector<int32_t>& sources) {
    bool isAny = false;
    for (int64_t i = 0; i < count_; ++i) {
      auto& group = groups_[static_cast<size_t>(i)];
      if (group.effectiveShare() >= 0.5) continue;
      isAny = true;
      const auto places = group.resample(particleNumber(request_, position, first_ + i));
      const auto own = sources.begin() + i * particles_;
      const std::vector<int32_t> before(own, own + particles_);
      for (int64_t k = 0; k < particles_; ++k) own[k] = before[static_cast<size_t>(places[static_cast<size_t>(k)])];
    }
    return isAny;
  }

  void goOnAs(std::span<const int32_t> sources) {
    logits_ = drawn_->select(sources);
    const auto tokens = tokens_;
    const auto nats = nats_;
    for (size_t row = 0; row < sources.size(); ++row) {
      const auto source = static_cast<size_t>(sources[row]);
      std::copy_n(tokens.begin() + static_cast<int64_t>(source) * n_, n_,
                  tokens_.begin() + static_cast<int64_t>(row) * n_);
      nats_[row] = nats[source];
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
  std::span<const float> logits_;             ///< [rows, V]
  std::vector<Token> tokens_;                 ///< [rows, n]; 0 where nothing is drawn yet
  std::vector<double> nats_;                  ///< [rows], summed over the drawn positions
  std::vector<Token> column_;                 ///< [rows]
  std::vector<double> uniforms_, drawnNats_;  ///< [rows]
  std::vector<Particles> groups_;             ///< one a candidate
  std::vector<float> shares_;                 ///< [count, n]
};

/// How many candidates are drawn together.
int64_t chunkSize(const DrawingModel& model, const DrawRequest& request) {
  const auto device = model.model.weights().flat.device();
  const int64_t bytes = particlesOf(request) * rowBytes(model, Way(request).end + 1, request.bf16Cache);
  const int64_t most = device.is_cpu() ? memoryLimit() / 2 : freeMemory(device);
  if (bytes > most)
    throw Error(fmt::format("{} {} of one picture take {} MB of memory, and there is room for {} MB. {}",
                            particlesOf(request), request.conditioned ? "particles" : "candidate", bytes >> 20,
                            most >> 20,
                            request.conditioned ? "Choose fewer particles." : "Free memory that other programs hold."));
  return std::clamp<int64_t>((device.is_cpu() ? kCacheBytes : most / 3) / bytes, 1, request.candidates);
}

}  // namespace

Drawing drawPixels(const DrawingModel& model, const DrawRequest& request, const DrawSink& sink,
                   const Control& control) {
  checkDrawRequest(request, model.model.shape());
  DrawBoard board(request, sink);
  Drawing drawing;
  int64_t together = chunkSize(model, request);
  while (std::ssize(drawing.candidates) < request.candidates)
    whileMemoryLasts(together, model.model.weights().flat.device(), [&] {
      const auto first = std::ssize(drawing.candidates);
      Chunk chunk(model, request, first, std::min(together, request.candidates - first));
      chunk.draw(board, control);
      chunk.addTo(drawing, board);
    });
  board.show();
  return drawing;
}

void prepareDrawing(const DrawingModel& model, const DrawRequest& request, const Control& control) {
  if (!model.packed || !model.prompts) return;
  const auto first = Way(request).first;
  const auto given = std::span(request.picture).first(static_cast<size_t>(first));
  if (!model.prompts->find(given, request.bf16Cache))
    drawnRows(model, 1, first + 1, request.bf16Cache)->begin(given, control);
}

}  // namespace scanline
