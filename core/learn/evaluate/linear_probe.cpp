#include "core/learn/evaluate/linear_probe.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/learn/evaluate/sgd.h"
#include "core/learn/model/masks.h"

namespace scanline {

namespace {

constexpr int64_t kScoredRows = 4096;             // at a time
constexpr int64_t kSideBySideElements = 1 << 22;  // features of one fit: 32 MB in double
constexpr int64_t kSideBySideProducts = 1 << 24;  // multiply-adds of a step of SGD: about a millisecond

at::Tensor logitsOf(const LinearProbe& probe, const at::Tensor& x_MD) {
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < x_MD.size(0); first += kScoredRows)
    parts.push_back(probe.model.logits(
        probe.standardizer.apply(x_MD.narrow(0, first, std::min(kScoredRows, x_MD.size(0) - first)))));
  return at::cat(parts);
}

/// The class of each image that most masks see.
std::vector<int64_t> guessesOf(const at::Tensor& logits_MC, const ScoredImages& images) {
  return modalClasses(logits_MC.argmax(-1).view({images.masks, std::ssize(images.rows)}), images.rows, images.seed);
}

}  // namespace

std::vector<LinearProbe> fitProbes(const ProbeSpec& spec, const at::Tensor& x_ND, std::span<const int32_t> labels,
                                   int64_t classes, uint64_t seed, const Control& control) {
  const Standardizer standardizer(x_ND);
  std::vector<LinearProbe> probes;
  if (spec.solver == ProbeSolver::Sgd) {
    auto model = fitSgd(x_ND, standardizer, labels, classes,
                        {.learningRate = spec.learningRate,
                         .momentum = spec.momentum,
                         .steps = spec.steps,
                         .batchSize = spec.batchSize,
                         .seed = seed},
                        control);
    probes.push_back({standardizer, std::move(model), 0});
    return probes;
  }
  const auto l2 = probePenalties(spec);
  auto models =
      fitLogistic(standardizer.apply(x_ND), labels, classes, l2, {.maxIterations = spec.maxIterations}, control);
  for (size_t k = 0; k < l2.size(); ++k) probes.push_back({standardizer, std::move(models[k]), l2[k]});
  return probes;
}

bool areSmallFits(const ProbeSpec& spec, int64_t rows, int64_t width, int64_t classes) {
  if (spec.solver == ProbeSolver::Sgd) return spec.batchSize * width * spec.joined * classes <= kSideBySideProducts;
  return rows * width * spec.joined <= kSideBySideElements;
}

ProbeScore score(const LinearProbe& probe, const at::Tensor& x_MD, const ScoredImages& images) {
  const auto count = std::ssize(images.rows);
  ProbeScore score;
  if (count == 0) return score;
  const auto logits_MC = logitsOf(probe, x_MD);
  auto y_1N = at::empty({1, count}, at::kLong);
  std::ranges::copy(images.labels, y_1N.mutable_data_ptr<int64_t>());
  const auto logP_MC = at::log_softmax(logits_MC, -1);
  score.loss = -logP_MC.gather(1, y_1N.expand({images.masks, count}).reshape({-1, 1})).mean().item<double>();

  const auto guesses = guessesOf(logits_MC, images);
  int64_t right = 0;
  std::map<std::pair<int32_t, int32_t>, int32_t> cells;
  for (size_t i = 0; i < guesses.size(); ++i) {
    right += guesses[i] == images.labels[i];
    ++cells[{images.labels[i], static_cast<int32_t>(guesses[i])}];
  }
  for (const auto& [cell, n] : cells) score.confusion.push_back({cell.first, cell.second, n});
  score.accuracy = static_cast<double>(right) / static_cast<double>(count);
  return score;
}

ProbeClassification classify(const LinearProbe& probe, const at::Tensor& x_MD, const ScoredImages& images) {
  if (images.rows.empty()) return {};
  const auto logits_MC = logitsOf(probe, x_MD);
  const auto guesses = guessesOf(logits_MC, images);
  const auto shares_NC =
      at::softmax(logits_MC, -1).view({images.masks, std::ssize(images.rows), -1}).mean(0).to(at::kFloat).contiguous();
  const float* shares = shares_NC.const_data_ptr<float>();
  return {{guesses.begin(), guesses.end()}, {shares, shares + shares_NC.numel()}};
}

ChosenProbe fitBest(const ProbeSpec& spec, const at::Tensor& train_ND, std::span<const int32_t> labels,
                    const at::Tensor& held_MD, const ScoredImages& held, const Control& control) {
  auto probes = fitProbes(spec, train_ND, labels, held.classes, held.seed, control);
  std::optional<ChosenProbe> best;
  for (auto& probe : probes) {
    auto scored = score(probe, held_MD, held);
    if (!best || isBetter(scored, best->score)) best = ChosenProbe{std::move(probe), std::move(scored)};
  }
  return std::move(*best);
}

bool isBetter(const ProbeScore& a, const ProbeScore& b) {
  return a.accuracy > b.accuracy || (a.accuracy == b.accuracy && a.loss < b.loss);
}

}  // namespace scanline
