#include "core/run/code_atlas.h"

#include <algorithm>
#include <functional>

namespace scanline {

ImageSet codePatchesOf(const VqvaeCodec& codec, const Control& control) {
  constexpr int64_t kWidest = 5, kAtOnce = 64;  // wide enough that the edge of the area does not reach its middle
  const VqvaeInfo& info = codec.info();
  const int64_t grid = std::clamp<int64_t>(info.side / info.stride, 1, kWidest), first = grid / 2 * info.stride;
  ImageSet patches{.count = info.codes, .width = info.stride, .height = info.stride};
  for (int64_t code = 0; code < info.codes; code += kAtOnce) {
    control.check();
    std::vector<std::vector<Token>> areas;
    for (int64_t each = code; each < std::min(code + kAtOnce, info.codes); ++each)
      areas.emplace_back(static_cast<size_t>(grid * grid), static_cast<Token>(each));
    for (const auto& rgb : codec.decode(areas, grid))
      for (int64_t y = first; y < first + info.stride; ++y) {
        const auto row = rgb.begin() + static_cast<std::ptrdiff_t>(3 * (y * grid * info.stride + first));
        patches.rgb.insert(patches.rgb.end(), row, row + static_cast<std::ptrdiff_t>(3 * info.stride));
      }
  }
  return patches;
}

int64_t CodeAtlas::picturesWith(Token code) const {
  int64_t count = 0;
  for (int64_t picture = 0; picture < grids.count; ++picture)
    count += std::ranges::find(grids.image(picture), code) != grids.image(picture).end();
  return count;
}

std::vector<CodeAtlas::Use> CodeAtlas::uses(Token code, int64_t most) const {
  std::vector<Use> all;
  for (int64_t picture = 0; picture < grids.count; ++picture) {
    const auto grid = grids.image(picture);
    Use use{picture, {}};
    for (size_t at = 0; at < grid.size(); ++at)
      if (grid[at] == code) use.positions.push_back(static_cast<int64_t>(at));
    if (!use.positions.empty()) all.push_back(std::move(use));
  }
  std::ranges::stable_sort(all, std::greater(), [](const Use& use) { return use.positions.size(); });
  if (std::ssize(all) > most) all.resize(static_cast<size_t>(std::max<int64_t>(0, most)));
  return all;
}

CodeAtlas codeAtlasOf(const VqvaeCodec& codec, ImageSet images, const Control& control) {
  const VqvaeInfo& info = codec.info();
  CodeAtlas atlas{.step = info.step, .stride = info.stride, .across = images.width / info.stride};
  atlas.patches = codePatchesOf(codec, control);
  atlas.grids = codec.encode(images, control);
  atlas.images = std::move(images);
  return atlas;
}

}  // namespace scanline
