#include "core/learn/evaluate/features.h"

#include <algorithm>

#include "core/base/memory.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/token_rows.h"
#include "core/run/probe_question.h"

namespace scanline {

namespace {

constexpr int64_t kBatchElements = 1 << 24;  // floats of the widest intermediate (the MLP's) in one forward pass: 64 MB

}  // namespace

FeatureReader::FeatureReader(const ProbeSubject& subject, const ProbeSpec& spec, uint64_t seed)
    : subject_(subject),
      options_{.normed = spec.features == ProbeFeatures::Normed, .startVector = spec.startVector},
      joined_(spec.joined),
      seed_(seed) {}

int64_t FeatureReader::masksScored() const {
  return subject_.model.shape().objective == Objective::Bert ? subject_.masks : 1;
}

LayerRange FeatureReader::joinedAround(int64_t layer) const {
  const int64_t first = std::max<int64_t>(0, layer - (joined_ - 1) / 2);
  return {first, std::min(layers(), layer + joined_ / 2) - first + 1};
}

at::Tensor FeatureReader::read(const TokenSet& images, std::span<const int64_t> rows, LayerRange layers, int64_t masks,
                               at::ScalarType type, const Control& control) const {
  return read(images, rows, rows, layers, masks, type, control);
}

at::Tensor FeatureReader::read(const TokenSet& images, std::span<const int64_t> rows, std::span<const int64_t> names,
                               LayerRange layers, int64_t masks, at::ScalarType type, const Control& control) const {
  if (divided() == nullptr) return readHere(images, rows, names, layers, masks, type, control);
  const int64_t count = std::ssize(rows), pieces = divided()->pieces();
  const auto make = [&](int64_t piece, const Control& part) {
    const Range some = partOf(count, pieces, piece);
    const auto of = [&](std::span<const int64_t> list) {
      return list.subspan(static_cast<size_t>(some.begin), static_cast<size_t>(some.size()));
    };
    const auto x_NGD = readHere(images, of(rows), of(names), layers, masks, type, part);
    const auto* bytes = static_cast<const std::byte*>(x_NGD.const_data_ptr());
    return Divided::Bytes(bytes, bytes + x_NGD.nbytes());
  };
  auto x_MNGD = at::empty({masks, count, layers.count, width()}, type);
  int64_t first = 0;
  for (auto& bytes : divided()->all(pieces, make, control)) {
    const Range some = partOf(count, pieces, first++);
    const auto x = at::from_blob(bytes.data(), {masks, some.size(), layers.count, width()}, type);
    if (some.size() > 0) x_MNGD.narrow(1, some.begin, some.size()).copy_(x);
    Divided::Bytes().swap(bytes);
  }
  return x_MNGD.view({masks * count, layers.count, width()});
}

at::Tensor FeatureReader::readHere(const TokenSet& images, std::span<const int64_t> rows,
                                   std::span<const int64_t> names, LayerRange layers, int64_t masks,
                                   at::ScalarType type, const Control& control) const {
  const auto& model = subject_.model;
  const auto count = std::ssize(rows);
  int64_t batch =
      std::clamp<int64_t>(kBatchElements / (4 * width() * model.shape().positions), 1, std::max<int64_t>(count, 1));
  auto x_NGD = at::empty({masks * count, layers.count, width()}, type);
  for (int64_t mask = 0; mask < masks; ++mask)
    for (int64_t first = 0; first < count;) {
      control.report(mask * count + first, masks * count);
      first += whileMemoryLasts(batch, model.weights().flat.device(), [&] {
        const int64_t size = std::min(batch, count - first);
        const auto part = rows.subspan(static_cast<size_t>(first), static_cast<size_t>(size));
        auto options = options_;
        options.layers = layers;
        if (model.shape().objective == Objective::Bert)
          options.keep_Bn = drawKeep(names.subspan(static_cast<size_t>(first), static_cast<size_t>(size)),
                                     images.length, subject_.maskRate, seed_, classifyMask(mask), /*step=*/0);
        x_NGD.narrow(0, mask * count + first, size).copy_(model.features(tokensOf(images, part), options));
        return size;
      });
    }
  return x_NGD;
}

at::Tensor joinedFeatures(const at::Tensor& x_NGD, LayerRange layers, LayerRange window) {
  return x_NGD.narrow(1, window.first - layers.first, window.count).view({x_NGD.size(0), window.count * x_NGD.size(2)});
}

ReadingPlan planReading(const FeatureReader& reader, std::span<const int64_t> probed, int64_t rows, int64_t bytes) {
  const auto fits = [&](int64_t layers, int64_t size) { return layers * rows * reader.width() <= bytes / size; };
  ReadingPlan plan;
  if (std::ranges::any_of(probed, [&](int64_t layer) { return !fits(reader.joinedAround(layer).count, 4); }))
    plan.type = at::kHalf;
  const int64_t size = plan.type == at::kHalf ? 2 : 4;
  for (const auto layer : probed) {
    const auto window = reader.joinedAround(layer);
    if (!plan.parts.empty()) {
      auto& part = plan.parts.back();
      const int64_t count = window.first + window.count - part.layers.first;
      if (fits(count, size)) {
        part.probed.push_back(layer);
        part.layers.count = count;
        continue;
      }
    }
    plan.parts.push_back({{layer}, window});
  }
  return plan;
}

int64_t featureBytes() {
  return memoryLimit() / 3;
}

ChosenImages chooseImages(const TokenSet& images, int64_t count, uint64_t seed, uint64_t part) {
  return withLabels(images, drawnRows(images.labels, count, seed, part));
}

ChosenImages withLabels(const TokenSet& images, std::vector<int64_t> rows) {
  ChosenImages chosen{&images, std::move(rows), {}};
  for (const auto row : chosen.rows) chosen.labels.push_back(images.labels[static_cast<size_t>(row)]);
  return chosen;
}

}  // namespace scanline
