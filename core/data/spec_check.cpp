#include "core/data/spec_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/base/error.h"
#include "core/data/background.h"
#include "core/data/dataset.h"
#include "core/spec/field_value.h"

namespace scanline {
namespace {

using Problems = std::vector<SpecProblem>;

/// A data set of tokens has no pixels, so settings that work on pixels cannot apply.
void checkTokenData(const RunSpec& spec, Problems& found) {
  if (spec.data.side != 0)
    found.push_back({"data.side", fmt::format("data.side is {}, but tokens cannot be brought to another size; give 0.",
                                              spec.data.side)});
  if (spec.data.augment != Augment::None)
    found.push_back({"data.augment", "data.augment works on pixels, and the data set tokens has none; give none."});
  if (spec.kind == RunKind::Vqvae)
    found.push_back(
        {"data.name", "A VQ-VAE learns from pixels, and the data set tokens has none; take another data set."});
  if (!spec.palette.vqvae.empty())
    found.push_back(
        {"palette.vqvae", "palette.vqvae encodes pixels, and the data set tokens has none; leave it empty."});
}

void checkData(const RunSpec& spec, Problems& found) {
  const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
  if (set == datasetRegistry().end()) {
    std::string names;
    for (const DatasetInfo& known : datasetRegistry()) names.append(names.empty() ? "" : ", ").append(known.name);
    found.push_back({"data.name", fmt::format("data.name is {}; give one of: {}.", shown(spec.data.name), names)});
    return;
  }
  if (set->needsPath && dataPath(spec.data).empty()) {
    found.push_back(
        {"data.path",
         fmt::format(
             "data.path is empty, but the data set {} does not come with Scanline; give the place it lies in, or fetch it with scanline-cli data fetch.",
             set->name)});
  }
  const bool hasSide =
      spec.data.side > 0 || (spec.kind == RunKind::Vqvae ? spec.vqvae.grid > 0 : !spec.palette.vqvae.empty());
  if (set->needsSide && !hasSide) {
    found.push_back(
        {"data.side",
         "data.side is 0, but the pictures of a folder have sizes of their own; give the pixels they are brought to, from 1 to 256."});
  }
  if (set->comesAsTokens) checkTokenData(spec, found);
  try {
    backgroundColour(spec.data.background);
  } catch (const Error& error) {
    found.push_back({"data.background", error.what()});
  }
  if (spec.data.limit == 1) {
    found.push_back(
        {"data.limit", "data.limit is 1, which leaves nothing to validate on; give 0 for all images, or 2 or more."});
  }
}

/// Whether images and codes of a VQ-VAE fit together.
void checkGrid(const RunSpec& spec, Problems& found) {
  constexpr int64_t kLargestSide = 256;
  const auto& [grid, stride] = std::pair(spec.vqvae.grid, spec.vqvae.stride);
  if (stride < 2 || stride > 16 || grid < 0 || grid > kLargestSide) return;  // told already
  if (!std::has_single_bit(static_cast<uint64_t>(stride))) {
    found.push_back({"vqvae.stride", fmt::format("vqvae.stride is {}; give a power of two: 2, 4, 8 or 16.", stride)});
    return;
  }
  const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
  const int64_t own = set == datasetRegistry().end() ? 0 : set->side;
  const int64_t side = spec.data.side > 0 ? spec.data.side : own;
  if (grid > 0 && grid * stride > kLargestSide) {
    found.push_back(
        {"vqvae.grid",
         fmt::format("vqvae.grid is {}, which makes images of {} pixels with vqvae.stride {}; give {} or less.", grid,
                     grid * stride, stride, kLargestSide / stride)});
  } else if (grid > 0 && spec.data.side > 0 && spec.data.side != grid * stride) {
    found.push_back(
        {"data.side",
         fmt::format("data.side is {}, but vqvae.grid x vqvae.stride makes images of {} pixels; give that, or 0.",
                     spec.data.side, grid * stride)});
  } else if (grid == 0 && side % stride != 0) {
    found.push_back(
        {"data.side",
         fmt::format(
             "The images have {} pixels a side, which vqvae.stride ({}) does not divide; give data.side {}, or another stride.",
             side, stride, side + stride - side % stride)});
  }
}

}  // namespace

std::vector<SpecProblem> problems(const RunSpec& spec) {
  Problems found = fieldProblems(spec);
  checkData(spec, found);
  if (spec.kind == RunKind::Vqvae) checkGrid(spec, found);
  return found;
}

void validate(const RunSpec& spec) {
  if (const auto found = problems(spec); !found.empty()) throw Error(found.front().sentence);
}

}  // namespace scanline
