#include "core/learn/model/masks.h"

#include <algorithm>
#include <map>

#include "core/base/random.h"

namespace scanline {

namespace {

constexpr int kUseShift = 48;  ///< steps stay below 2^48; the use of a stream stands above them
constexpr auto kTies = static_cast<MaskUse>(2);

RandomStream streamOf(uint64_t seed, MaskUse use, int64_t step, int64_t place) {
  return {seed, Purpose::Mask, static_cast<uint64_t>(use) << kUseShift | static_cast<uint64_t>(step),
          static_cast<uint32_t>(place)};
}

}  // namespace

MaskUse classifyMask(int64_t k) {
  return static_cast<MaskUse>(static_cast<uint64_t>(MaskUse::Classify) + static_cast<uint64_t>(k));
}

at::Tensor drawKeep(std::span<const int64_t> places, int64_t positions, double rate, uint64_t seed, MaskUse use,
                    int64_t step) {
  auto keep_Bn = at::empty({std::ssize(places), positions}, at::kBool);
  auto* row = keep_Bn.mutable_data_ptr<bool>();
  const auto threshold = static_cast<uint64_t>(rate * 0x1p32);
  for (const int64_t place : places) {
    auto random = streamOf(seed, use, step, place);
    bool isMasked = false;
    for (int64_t i = 0; i < positions; ++i) {
      row[i] = random.bits() >= threshold;
      isMasked = isMasked || !row[i];
    }
    if (!isMasked) row[random.below(static_cast<uint64_t>(positions))] = false;
    row += positions;
  }
  return keep_Bn;
}

at::Tensor maskedPlaces(const at::Tensor& keep_Bn) {
  return keep_Bn.logical_not().flatten().nonzero().squeeze(1);
}

at::Tensor sumsOfImages(const at::Tensor& values, const at::Tensor& rows, int64_t images, int64_t positions) {
  if (values.is_cpu()) return at::zeros({images}, values.options()).index_add_(0, rows.floor_divide(positions), values);
  // CUDA adds an index's values in no fixed order; rows differ, so that copying them has one result.
  return at::zeros({images * positions}, values.options())
      .index_copy_(0, rows, values)
      .view({images, positions})
      .sum(1);
}

std::vector<int64_t> modalClasses(const at::Tensor& votes_MB, std::span<const int64_t> places, uint64_t seed) {
  const auto votes = votes_MB.to(at::kCPU).contiguous();
  const int64_t masks = votes.size(0), images = votes.size(1);
  std::vector<int64_t> classes;
  for (int64_t image = 0; image < images; ++image) {
    std::map<int64_t, int64_t> counts;
    int64_t most = 0;
    for (int64_t mask = 0; mask < masks; ++mask)
      most = std::max(most, ++counts[votes.const_data_ptr<int64_t>()[mask * images + image]]);
    std::vector<int64_t> candidates;
    for (const auto& [vote, count] : counts)
      if (count == most) candidates.push_back(vote);
    auto random = streamOf(seed, kTies, 0, places[static_cast<size_t>(image)]);
    classes.push_back(candidates[random.below(candidates.size())]);
  }
  return classes;
}

}  // namespace scanline
