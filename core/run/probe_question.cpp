#include "core/run/probe_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "core/base/error.h"
#include "core/base/random.h"

namespace scanline {

std::vector<int64_t> drawnRows(std::span<const int32_t> labels, int64_t count, uint64_t seed, uint64_t part) {
  const int64_t total = std::ssize(labels);
  std::vector<int64_t> rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (count > 0 && count < total) {
    RandomStream random(seed, Purpose::ProbeRows, part);
    for (int64_t i = 0; i < count; ++i) {  // the first `count` places of a Fisher-Yates shuffle
      const auto other = i + static_cast<int64_t>(random.below(static_cast<uint64_t>(total - i)));
      std::swap(rows[static_cast<size_t>(i)], rows[static_cast<size_t>(other)]);
    }
    rows.resize(static_cast<size_t>(count));
    std::ranges::sort(rows);
  }
  return rows;
}

std::vector<int64_t> learningRows(std::span<const int32_t> labels, int64_t count, uint64_t seed) {
  const auto chosen = drawnRows(labels, count, seed, 0);
  std::map<int32_t, std::vector<int64_t>> all, drawn;  // rows of each class
  for (size_t row = 0; row < labels.size(); ++row) all[labels[row]].push_back(static_cast<int64_t>(row));
  for (const int64_t row : chosen) drawn[labels[static_cast<size_t>(row)]].push_back(row);
  const size_t wanted = chosen.size() >= all.size() ? all.size() : std::min<size_t>(2, chosen.size());
  if (drawn.size() >= wanted) return chosen;

  for (const auto& [label, rows] : all) {
    if (drawn.size() >= wanted) break;
    if (drawn.contains(label)) continue;
    RandomStream random(seed, Purpose::ProbeClasses, static_cast<uint64_t>(label));
    auto& most = std::ranges::max_element(drawn, {}, [](const auto& of) { return of.second.size(); })->second;
    most.erase(most.begin() + static_cast<std::ptrdiff_t>(random.below(most.size())));
    drawn[label].push_back(rows[random.below(rows.size())]);
  }
  std::vector<int64_t> rows;
  for (const auto& [label, of] : drawn) rows.insert(rows.end(), of.begin(), of.end());
  std::ranges::sort(rows);
  return rows;
}

std::vector<int64_t> probeTrainingRows(std::span<const int32_t> labels, const ProbeSpec& spec, uint64_t seed) {
  auto rows = learningRows(labels, spec.trainImages, seed);
  const auto label = [&](int64_t row) { return labels[static_cast<size_t>(row)]; };
  if (std::ranges::adjacent_find(rows, std::ranges::not_equal_to(), label) != rows.end()) return rows;
  if (std::ranges::adjacent_find(labels, std::ranges::not_equal_to()) != labels.end())
    throw Error(fmt::format("probe.trainImages is {}, and a probe needs images of two classes. Set it to 2 or more.",
                            spec.trainImages));
  throw Error(fmt::format(
      "All {} training images are of class {}, and a probe needs two classes to tell apart. Choose a data set with more classes.",
      labels.size(), labels.front()));
}

std::vector<int64_t> probeScoredRows(std::span<const int32_t> labels, const ProbeSpec& spec, uint64_t seed) {
  return drawnRows(labels, spec.testImages, seed, 1);
}

}  // namespace scanline
