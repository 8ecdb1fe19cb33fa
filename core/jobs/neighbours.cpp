#include "core/jobs/neighbours.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/record_file.h"
#include "core/jobs/feature_cache.h"

namespace scanline {

namespace {

constexpr int64_t kBetweenLooks = 1024;  ///< rows

/// The first `k` of rows 0 .. count - 1 by falling likeness(row).
template <class Likeness>
std::vector<Neighbour> nearest(int64_t count, int64_t k, const Control& control, const Likeness& likeness) {
  std::vector<Neighbour> all;
  all.reserve(static_cast<size_t>(count));
  for (int64_t row = 0; row < count; ++row) {
    if (row % kBetweenLooks == 0) control.report(row, count);
    all.push_back({row, likeness(row)});
  }
  control.report(count, count);
  const auto wanted = all.begin() + std::clamp<int64_t>(k, 0, count);
  std::ranges::partial_sort(all, wanted, [](const Neighbour& a, const Neighbour& b) {
    return a.likeness > b.likeness || (a.likeness == b.likeness && a.row < b.row);
  });
  all.erase(wanted, all.end());
  return all;
}

double lengthOf(std::span<const float> vector) {
  double sum = 0;
  for (const float value : vector) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

std::string cacheName(const StudioData& data, DataSplit split, std::string_view modelIdentity, int64_t layer) {
  Digest digest("sha256");
  digest.add(fmt::format("1 {} {} {}\n", modelIdentity, layer, data.identity(split)));
  return digest.hex().substr(0, 32);
}

}  // namespace

std::vector<float> FeatureTable::all() const {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(count * width));
  for (int64_t i = 0; i < count; ++i) {
    const auto one = row(i);
    values.insert(values.end(), one.begin(), one.end());
  }
  return values;
}

void checkLayer(const ModelFacts& facts, int64_t layer) {
  if (layer < 0 || layer > facts.layers)
    throw Error(fmt::format("There is no layer {}. The model has features of layers 0 to {}.", layer, facts.layers));
}

FeatureTable featuresOf(const StudioData& data, DataSplit split, std::string_view modelIdentity, int64_t layer,
                        const Control& control) {
  const ModelFacts& facts = data.model().facts();
  checkLayer(facts, layer);
  FeatureTable table{.count = std::ssize(chosenRows(data, {.split = split})), .width = facts.width};
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  const auto recordBytes = static_cast<size_t>(table.width) * sizeof(float);
  const auto fill = [&](int64_t first, std::span<std::byte> records, std::span<uint8_t> marks) {
    constexpr size_t kAtOnce = 16;
    for (size_t begin = 0; begin < marks.size(); begin += kAtOnce) {
      std::vector<int64_t> rows(std::min(kAtOnce, marks.size() - begin));
      std::iota(rows.begin(), rows.end(), first + static_cast<int64_t>(begin));
      control.report(rows.front(), table.count);
      const auto values = data.model().features(data.tokens(split, rows, quiet), layer, quiet);
      std::memcpy(&records[begin * recordBytes], values.data(), rows.size() * recordBytes);
    }
  };
  const auto name = featureCacheFolder() / cacheName(data, split, modelIdentity, layer);
  RecordFile file = openRecordFile({.file = name,
                                    .count = table.count,
                                    .recordBytes = static_cast<int64_t>(recordBytes),
                                    .contents = "features of pictures"},
                                   fill, control);
  useCachedFile(name);
  std::vector<uint32_t> rows(static_cast<size_t>(table.count));
  std::iota(rows.begin(), rows.end(), uint32_t{0});
  table.file = MappedRows(file.mapped, 0, recordBytes, std::move(rows));
  return table;
}

std::vector<Neighbour> nearestRows(int64_t count, const FeatureRow& rowAt, std::span<const float> query, int64_t k,
                                   const Control& control) {
  const double length = lengthOf(query);
  return nearest(count, k, control, [&](int64_t row) {
    const auto other = rowAt(row);
    double product = 0;
    for (size_t d = 0; d < other.size(); ++d) product += static_cast<double>(query[d]) * static_cast<double>(other[d]);
    const double lengths = length * lengthOf(other);
    return lengths > 0 ? product / lengths : 0.0;
  });
}

std::vector<Neighbour> nearestByFeatures(const FeatureTable& table, std::span<const float> query, int64_t k,
                                         const Control& control) {
  if (std::ssize(query) != table.width)
    throw Error(fmt::format("The features to compare with have {} numbers instead of {}.", query.size(), table.width));
  return nearestRows(
      table.count, [&](int64_t row) { return table.row(row); }, query, k, control);
}

std::vector<Neighbour> nearestByPixels(const ImageSet& images, const Image& query, int64_t k, const Control& control) {
  if (query.width != images.width || query.height != images.height)
    throw Error(fmt::format("A picture of {} x {} pixels cannot be compared with those of {} x {}.", query.width,
                            query.height, images.width, images.height));
  return nearest(images.count, k, control, [&](int64_t row) {
    const auto other = images.image(row);
    int64_t sum = 0;
    for (size_t i = 0; i < other.size(); ++i) {
      const int64_t difference = int64_t{query.rgb[i]} - int64_t{other[i]};
      sum += difference * difference;
    }
    return -static_cast<double>(sum) / static_cast<double>(other.size());
  });
}

}  // namespace scanline
