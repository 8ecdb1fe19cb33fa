#include "core/evaluate/probe.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/random.h"
#include "core/evaluate/logistic_regression.h"

namespace scanline {

namespace {

constexpr int64_t kBatchElements = 1 << 24;  // floats of the widest intermediate (the MLP's) in one forward pass: 64 MB
constexpr int64_t kSideBySideElements = 1 << 22;  // features of one layer: 32 MB in double

/// `count` different rows of 0 .. total - 1 (all, if there are no more), ascending. `part` keeps apart the draws of one
/// seed.
std::vector<int64_t> drawRows(int64_t total, int64_t count, uint64_t seed, uint64_t part) {
  std::vector<int64_t> rows(static_cast<size_t>(total));
  std::iota(rows.begin(), rows.end(), 0);
  if (count >= total) return rows;
  RandomStream random(seed, Purpose::ProbeRows, part);
  for (int64_t i = 0; i < count; ++i) {  // the first `count` places of a Fisher-Yates shuffle
    const auto other = i + static_cast<int64_t>(random.below(static_cast<uint64_t>(total - i)));
    std::swap(rows[static_cast<size_t>(i)], rows[static_cast<size_t>(other)]);
  }
  rows.resize(static_cast<size_t>(count));
  std::ranges::sort(rows);
  return rows;
}

struct Rows {
  at::Tensor features;  ///< float32 [rows, L+1, D]
  std::vector<int32_t> labels;
};

std::optional<Rows> extract(const Gpt& model, const TokenSet& images, const std::vector<int64_t>& rows,
                            const std::function<bool()>& keepGoing) {
  const auto& shape = model.shape();
  const auto count = std::ssize(rows);
  const int64_t batch =
      std::clamp<int64_t>(kBatchElements / (4 * shape.width * images.length), 1, std::max<int64_t>(count, 1));
  Rows out{.features = at::empty({count, shape.layers + 1, shape.width}, at::kFloat)};
  for (int64_t first = 0; first < count; first += batch) {
    if (keepGoing && !keepGoing()) return std::nullopt;
    const int64_t size = std::min(batch, count - first);
    auto tokens = at::empty({size, images.length}, at::kLong);
    auto* to = tokens.mutable_data_ptr<int64_t>();
    for (int64_t i = first; i < first + size; ++i) {
      const auto row = rows[static_cast<size_t>(i)];
      to = std::ranges::copy(images.image(row), to).out;
      out.labels.push_back(images.labels[static_cast<size_t>(row)]);
    }
    out.features.narrow(0, first, size).copy_(model.features(tokens));
  }
  return out;
}

std::vector<int64_t> predictions(const at::Tensor& logits_NC) {
  const auto best = logits_NC.argmax(-1);
  const auto* begin = best.const_data_ptr<int64_t>();
  return {begin, begin + best.numel()};
}

ProbeResult score(const LogisticModel& fitted, const at::Tensor& train_ND, const Rows& train, const at::Tensor& test_ND,
                  const Rows& test, int64_t classes) {
  ProbeResult result{.iterations = fitted.iterations, .converged = fitted.converged, .classes = classes};
  result.confusion.resize(static_cast<size_t>(classes * classes));
  const auto share = [](int64_t right, size_t of) {
    return of == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(of);
  };

  int64_t right = 0;
  const auto seen = predictions(fitted.logits(train_ND));
  for (size_t i = 0; i < seen.size(); ++i) right += seen[i] == train.labels[i];
  result.trainAccuracy = share(right, seen.size());

  right = 0;
  const auto logits = fitted.logits(test_ND);
  const auto logP = at::log_softmax(logits, -1);
  const auto guessed = predictions(logits);
  for (size_t i = 0; i < guessed.size(); ++i) {
    const int64_t label = test.labels[i];
    right += guessed[i] == label;
    ++result.confusion[static_cast<size_t>(label * classes + guessed[i])];
    result.loss -= logP.const_data_ptr<double>()[static_cast<int64_t>(i) * classes + label];
  }
  result.accuracy = share(right, guessed.size());
  result.loss = guessed.empty() ? 0 : result.loss / static_cast<double>(guessed.size());
  return result;
}

/// Small fits go side by side, a thread each, which spares them thousands of meetings of all threads; large ones share
/// all threads one after another, which spares memory. `keepGoing` is asked on the calling thread only.
bool fitLayers(const ProbeSpec& spec, int64_t classes, const Rows& train, const Rows& test,
               const std::function<bool()>& keepGoing, std::vector<ProbeResult>& results) {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> stopped = false;
  const auto goOn = [&] {
    if (std::this_thread::get_id() == caller && keepGoing && !keepGoing()) stopped = true;
    return !stopped;
  };
  const auto fitLayer = [&](int64_t layer) {
    const c10::InferenceMode valuesOnly;  // of this thread
    const auto features_ND = train.features.select(1, layer);
    const Standardizer standardizer(features_ND);
    const auto train_ND = standardizer.apply(features_ND), test_ND = standardizer.apply(test.features.select(1, layer));
    const auto fitted =
        fitLogistic(train_ND, train.labels, classes, {.l2 = spec.l2, .maxIterations = spec.maxIterations}, goOn);
    if (!fitted) return;
    auto& result = results[static_cast<size_t>(layer)];
    result = score(*fitted, train_ND, train, test_ND, test, classes);
    result.layer = layer;
  };
  const auto layers = std::ssize(results);
  const bool areSmall = train.features.size(0) * train.features.size(2) <= kSideBySideElements;
  at::parallel_for(0, layers, areSmall ? 1 : layers, [&](int64_t begin, int64_t end) {
    for (int64_t layer = begin; layer < end && !stopped; ++layer) fitLayer(layer);
  });
  return !stopped;
}

}  // namespace

bool probeLayers(const Gpt& model, const ProbeSpec& spec, const ProbeData& data, uint64_t seed, int64_t step,
                 const std::function<bool()>& keepGoing, const std::function<void(ProbeResult)>& sink) {
  if (data.classes < 2 || data.train->labels.empty() || data.validation->labels.empty()) return true;
  const c10::InferenceMode valuesOnly;
  const auto train = extract(model, *data.train, drawRows(data.train->count, spec.trainImages, seed, 0), keepGoing);
  if (!train) return false;
  const auto test =
      extract(model, *data.validation, drawRows(data.validation->count, spec.testImages, seed, 1), keepGoing);
  if (!test) return false;

  std::vector<ProbeResult> results(static_cast<size_t>(model.shape().layers + 1));
  if (!fitLayers(spec, data.classes, *train, *test, keepGoing, results)) return false;
  for (auto& result : results) {
    result.step = step;
    sink(std::move(result));
  }
  return true;
}

}  // namespace scanline
