#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <numeric>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/data/resize.h"
#include "core/run/engine.h"
#include "core/run/probe_question.h"

namespace scanline {

/// The OpenModel of the tests, a Markov chain along the raster line: the colour after t is v with a probability
/// proportional to exp(-s d), where d is how far v is from t + 1 around the palette, and s grows with the step. The
/// first pixel follows colour 0. BERT looks at the neighbours to the left and right, as far as they are visible. All
/// that it says is true of this chain, so views have something to be compared with.
class FakeOpenModel : public OpenModel {
 public:
  FakeOpenModel(const CheckpointInfo& info, int64_t step) {
    facts_ = {.objective = info.model.objective,
              .layers = info.model.layers,
              .width = info.model.width,
              .heads = info.model.heads,
              .paletteSize = info.palette.size(),
              .across = info.width,
              .down = info.height,
              .pixelsAcross = info.width,
              .pixelsDown = info.height,
              .step = step,
              .palette = info.palette,
              .hasHead = info.hasHead,
              .maskRate = info.model.maskRate,
              .specToml = info.specToml};
  }

  const ModelFacts& facts() const override { return facts_; }

  std::vector<Token> tokensOf(const Image& image) const override {
    const auto square = squareTo(image, facts_.across, Resize::Area);
    return tokenize({.count = 1, .width = square.width, .height = square.height, .rgb = square.rgb}, *facts_.palette)
        .ids;
  }
  ImageSet picturesOf(std::span<const std::vector<Token>> pictures) const override {
    ImageSet set{.count = std::ssize(pictures), .width = facts_.across, .height = facts_.down};
    for (const auto& picture : pictures) {
      const auto image = toImage(picture, *facts_.palette, facts_.across);
      set.rgb.insert(set.rgb.end(), image.rgb.begin(), image.rgb.end());
    }
    return set;
  }

  Drawing draw(const DrawRequest& request, const DrawSink& sink, const Control& control) const override {
    if (onDraw) onDraw(request);
    requireHead();
    const size_t n = request.paint.size(), candidates = static_cast<size_t>(request.candidates);
    if (n != positions() || request.picture.size() != n) throw Error("The mask does not fit the picture.");
    if (std::ranges::count(request.paint, 1) == 0) throw Error("There is nothing to paint.");
    std::vector<Token> tokens(candidates * n, 0);
    std::vector<uint8_t> isDone(candidates * n);
    for (size_t c = 0; c < candidates; ++c)
      for (size_t p = 0; p < n; ++p)
        if (!request.paint[p]) {
          tokens[c * n + p] = request.picture[p];
          isDone[c * n + p] = 1;
        }
    DrawProgress progress{.tokens = tokens, .isDone = isDone};
    progress.total = std::ranges::count(request.paint, 1) * request.candidates;
    Drawing drawing{.nats = std::vector<double>(candidates)};
    const auto future = request.conditioned ? futureOf(request) : std::vector<std::vector<double>>();
    for (size_t p = 0; p < n; ++p) {
      if (!request.paint[p]) continue;
      for (size_t c = 0; c < candidates; ++c) {
        control.check();
        const std::span row(tokens.data() + c * n, n);
        auto shares = distribution(row, p, std::span(isDone.data() + c * n, n));
        const auto plain = shares;
        for (size_t v = 0; v < shares.size(); ++v) {
          shares[v] = std::pow(shares[v], 1 / request.temperature);
          if (request.conditioned) shares[v] *= future[p][v];
        }
        keepBest(shares, request.topK, request.topP);
        RandomStream random(request.seed, Purpose::DrawPixels,
                            static_cast<uint64_t>(request.pictureIndex) << 20 | static_cast<uint64_t>(p),
                            static_cast<uint32_t>(c));
        double left = random.uniform() * std::accumulate(shares.begin(), shares.end(), 0.0);
        size_t token = 0;
        while (token + 1 < shares.size() && (left -= shares[token]) >= 0) ++token;
        tokens[c * n + p] = static_cast<Token>(token);
        isDone[c * n + p] = 1;
        drawing.nats[c] -= std::log(plain[token]);
        ++progress.done;
      }
      if (sink) sink(progress);
    }
    for (size_t c = 0; c < candidates; ++c) {
      drawing.candidates.emplace_back(tokens.begin() + static_cast<std::ptrdiff_t>(c * n),
                                      tokens.begin() + static_cast<std::ptrdiff_t>((c + 1) * n));
      drawing.nats[c] /= static_cast<double>(std::ranges::count(request.paint, 1));
    }
    if (request.conditioned) {
      drawing.effectiveShare.assign(candidates * n, 1);
      drawing.logEvidence.assign(candidates, 0);
    }
    return drawing;
  }

  void prepare(const DrawRequest& request, const Control&) const override {
    if (onPrepare) onPrepare(request);
    requireHead();
  }

  Surprise surprise(const TokenSet& pictures, std::span<const uint8_t> keep, const Control& control) const override {
    requireHead();
    Surprise all;
    for (int64_t image = 0; image < pictures.count; ++image) {
      control.report(image, pictures.count);
      const auto picture = pictures.image(image);
      const auto shown = keep.empty() ? keep : keep.subspan(static_cast<size_t>(image) * positions(), positions());
      for (size_t p = 0; p < positions(); ++p) {
        const bool visible = isBert() && !shown.empty() && shown[p];
        const auto shares = distribution(picture, p, shown);
        const double own = shares.at(picture[p]);
        double entropy = 0;
        int32_t rank = 0;
        for (size_t v = 0; v < shares.size(); ++v) {
          entropy -= shares[v] * std::log(shares[v]);
          rank += shares[v] > own || (shares[v] == own && v < picture[p]);
        }
        all.nats.push_back(visible ? 0 : static_cast<float>(-std::log(own)));
        all.entropy.push_back(visible ? 0 : static_cast<float>(entropy));
        all.rank.push_back(visible ? 0 : rank);
      }
    }
    return all;
  }

  std::vector<float> next(std::span<const Token> picture, int64_t position,
                          std::span<const uint8_t> keep) const override {
    requireHead();
    const auto shares = distribution(picture, static_cast<size_t>(position), keep);
    return {shares.begin(), shares.end()};
  }

  AttentionRow attention(std::span<const Token>, int64_t position) const override {
    AttentionRow row;
    const auto n = static_cast<int64_t>(positions());
    for (int64_t layer = 0; layer < facts_.layers; ++layer)
      for (int64_t head = 0; head < facts_.heads; ++head)
        for (int64_t column = 0; column < n; ++column) row.weights.push_back(weight(head, position, column));
    // Mean over heads, half identity; the layers are alike.
    std::vector<float> mean(static_cast<size_t>(n * n)), rollout(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        float sum = 0;
        for (int64_t head = 0; head < facts_.heads; ++head) sum += weight(head, i, j);
        mean[static_cast<size_t>(i * n + j)] = 0.5F * sum / static_cast<float>(facts_.heads) + (i == j ? 0.5F : 0);
      }
    rollout[static_cast<size_t>(position)] = 1;
    for (int64_t layer = 0; layer < facts_.layers; ++layer) {
      std::vector<float> further(static_cast<size_t>(n));
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j)
          further[static_cast<size_t>(j)] += rollout[static_cast<size_t>(i)] * mean[static_cast<size_t>(i * n + j)];
      rollout = further;
      row.rollout.insert(row.rollout.end(), rollout.begin(), rollout.end());
    }
    return row;
  }

  std::vector<float> attentionMaps(std::span<const Token>, int64_t layer) const override {
    if (layer < 0 || layer >= facts_.layers) throw Error("There is no such layer.");
    std::vector<float> maps;
    const auto n = static_cast<int64_t>(positions());
    for (int64_t head = 0; head < facts_.heads; ++head)
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j) maps.push_back(weight(head, i, j));
    return maps;
  }

  std::vector<float> features(const TokenSet& pictures, int64_t layer, const Control& control) const override {
    std::vector<float> all;
    for (int64_t image = 0; image < pictures.count; ++image) {
      control.report(image, pictures.count);
      for (int64_t d = 0; d < facts_.width; ++d) {
        double sum = 0;
        for (const Token token : pictures.image(image))
          sum += std::cos(static_cast<double>((token + 1) * (d + 1)) * 0.3 + 0.2 * static_cast<double>(layer));
        all.push_back(static_cast<float>(sum / static_cast<double>(pictures.length)));
      }
    }
    return all;
  }
  std::vector<float> allFeatures(const TokenSet& pictures, const Control& control) const override {
    const auto row = static_cast<size_t>(facts_.width), layers = static_cast<size_t>(facts_.layers + 1);
    std::vector<float> all(static_cast<size_t>(pictures.count) * layers * row);
    for (size_t layer = 0; layer < layers; ++layer) {
      const auto of = features(pictures, static_cast<int64_t>(layer), control);
      for (size_t image = 0; image * row < of.size(); ++image)
        std::copy_n(of.begin() + static_cast<std::ptrdiff_t>(image * row), row,
                    all.begin() + static_cast<std::ptrdiff_t>((image * layers + layer) * row));
    }
    return all;
  }

  /// A probe that says the class of the training picture with the nearest mean token, with a probability that grows
  /// with the layer.
  std::vector<LayerPredictions> predictions(const ProbeQuestion& question, const Control& control) const override {
    if (onPredictions) onPredictions(question);
    std::vector<LayerPredictions> all;
    for (const int64_t layer : question.layers) {
      control.report(std::ssize(all), std::ssize(question.layers));
      all.push_back({.layer = layer,
                     .held = classified(question.held, question, layer),
                     .asked = classified(question.asked, question, layer)});
    }
    return all;
  }

  std::function<void(const ProbeQuestion&)> onPredictions;
  void setArithmetic(std::vector<std::pair<std::string, std::string>> arithmetic) {
    facts_.arithmetic = std::move(arithmetic);
  }

  std::function<void(const DrawRequest&)> onDraw, onPrepare;

 private:
  bool isBert() const { return facts_.objective == Objective::Bert; }
  size_t positions() const { return static_cast<size_t>(facts_.across * facts_.down); }
  void requireHead() const {
    if (!facts_.hasHead) throw Error("This model has no head.");
  }

  double likeness(size_t before, size_t after) const {
    const auto V = static_cast<size_t>(facts_.paletteSize), expected = (before + 1) % V;
    const auto apart = after > expected ? after - expected : expected - after;
    return std::exp(-(0.5 + static_cast<double>(facts_.step) / 1000) * static_cast<double>(std::min(apart, V - apart)));
  }

  /// [V] at position p. BERT: of the neighbours that `keep` shows; empty: both.
  std::vector<double> distribution(std::span<const Token> picture, size_t p, std::span<const uint8_t> keep) const {
    std::vector<double> shares(static_cast<size_t>(facts_.paletteSize), 1);
    const auto isSeen = [&](size_t at) { return !isBert() || keep.empty() || keep[at] != 0; };
    for (size_t v = 0; v < shares.size(); ++v) {
      if (p == 0 || isSeen(p - 1)) shares[v] *= likeness(p == 0 ? 0 : picture[p - 1], v);
      if (isBert() && p + 1 < positions() && isSeen(p + 1)) shares[v] *= likeness(v, picture[p + 1]);
    }
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= sum;
    return shares;
  }

  /// [n][V]: probability of the given tokens after position p, if p has colour v.
  std::vector<std::vector<double>> futureOf(const DrawRequest& request) const {
    const auto V = static_cast<size_t>(facts_.paletteSize), n = positions();
    std::vector<std::vector<double>> future(n, std::vector<double>(V, 1));
    if (isBert()) return future;
    std::vector<Token> before(n);
    for (size_t p = n - 1; p-- > 0;)
      for (size_t v = 0; v < V; ++v) {
        before[p] = static_cast<Token>(v);
        const auto after = distribution(before, p + 1, {});
        double sum = 0;
        for (size_t w = 0; w < V; ++w)
          if (request.paint[p + 1] || request.picture[p + 1] == w) sum += after[w] * future[p + 1][w];
        future[p][v] = sum;
      }
    return future;
  }

  static void keepBest(std::vector<double>& shares, int64_t topK, double topP) {
    std::vector<size_t> order(shares.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, [&](size_t a, size_t b) { return shares[a] > shares[b]; });
    if (topK > 0 && static_cast<size_t>(topK) < order.size()) {
      for (size_t i = static_cast<size_t>(topK); i < order.size(); ++i) shares[order[i]] = 0;
      order.resize(static_cast<size_t>(topK));
    }
    const double enough = topP * std::accumulate(shares.begin(), shares.end(), 0.0);
    double sum = 0;
    for (const size_t v : order) {
      if (sum >= enough && v != order.front()) shares[v] = 0;
      sum += shares[v];
    }
  }

  static double meanToken(const TokenSet& set, int64_t image) {
    const auto row = set.image(image);
    return std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(row.size());
  }

  static ProbeClassification classified(const ProbePictures& pictures, const ProbeQuestion& question, int64_t layer) {
    ProbeClassification all;
    const double sure = 1 - 0.5 / static_cast<double>(layer + 1), classes = static_cast<double>(question.classes);
    for (int64_t image = 0; image < pictures.tokens.count; ++image) {
      int64_t nearest = 0;
      const double own = meanToken(pictures.tokens, image);
      for (int64_t other = 1; other < question.train.tokens.count; ++other)
        if (std::abs(meanToken(question.train.tokens, other) - own) <
            std::abs(meanToken(question.train.tokens, nearest) - own))
          nearest = other;
      const int32_t said = question.train.tokens.labels.at(static_cast<size_t>(nearest));
      all.said.push_back(said);
      for (int64_t c = 0; c < question.classes; ++c)
        all.probabilities.push_back(static_cast<float>(c == said ? sure : (1 - sure) / (classes - 1)));
    }
    return all;
  }

  /// Head h looks h columns back, and less at tokens farther from there.
  float weight(int64_t head, int64_t row, int64_t column) const {
    const auto n = static_cast<int64_t>(positions()), end = isBert() ? n : row + 1;
    if (column >= end) return 0;
    const auto at = [&](int64_t j) { return std::exp(-0.5 * std::abs(static_cast<double>(row - head - j))); };
    double sum = 0;
    for (int64_t j = 0; j < end; ++j) sum += at(j);
    return static_cast<float>(at(column) / sum);
  }

  ModelFacts facts_;
};

}  // namespace scanline
