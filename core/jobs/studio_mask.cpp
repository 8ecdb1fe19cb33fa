#include "core/jobs/studio_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/data/resize.h"
#include "core/formats/npy.h"

namespace scanline {

namespace {

PaintMask maskFromNumbers(const std::filesystem::path& file, int64_t across, int64_t down) {
  const NpyArray array = readNpy(file);
  const bool isFlat = array.shape.size() == 1 && array.shape[0] == across * down;
  const bool isGrid = array.shape.size() == 2 && array.shape[0] == down && array.shape[1] == across;
  if (!isFlat && !isGrid)
    throw Error(fmt::format("{} holds {}, and a mask for this model has the shape [{}, {}].", file.string(),
                            array.describe(), down, across));
  PaintMask mask;
  for (const double value : array.toDoubles()) mask.push_back(value != 0 ? 1 : 0);
  return mask;
}

PaintMask maskFromPicture(const std::filesystem::path& file, int64_t across, int64_t down) {
  const Image image = resizeTo(readImage(file, {0, 0, 0}), across, down, Resize::Area);
  PaintMask mask;
  for (size_t i = 0; i < image.rgb.size(); i += 3)
    mask.push_back(image.rgb[i] + image.rgb[i + 1] + image.rgb[i + 2] > 3 * 127 ? 1 : 0);
  return mask;
}

double shareOf(std::string_view text) {
  double share = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(fmt::format("\"{}\" is no share; write it as in random:0.3.", text));
  return share;
}

}  // namespace

PaintMask maskOf(const std::string& text, int64_t across, int64_t down, uint64_t seed) {
  const size_t colon = text.find(':');
  const std::string_view name = std::string_view(text).substr(0, colon);
  if (std::ranges::find(maskPresets(), name) != maskPresets().end())
    return presetMask(name, across, down,
                      colon == std::string::npos ? 0.5 : shareOf(std::string_view(text).substr(colon + 1)), seed);
  std::error_code error;
  if (!std::filesystem::exists(text, error)) {
    // The sentence of a name that is none says which there are.
    if (text.find_first_of("/.") == std::string::npos) return presetMask(name, across, down, 0.5, seed);
    throw Error(fmt::format("There is no file {} with a mask.", text));
  }
  const std::filesystem::path file = text;
  PaintMask mask =
      file.extension() == ".npy" ? maskFromNumbers(file, across, down) : maskFromPicture(file, across, down);
  if (paintedPixels(mask) == 0)
    throw Error(fmt::format(
        "The mask {} has nothing to paint. Light pixels of a picture, and numbers other than 0 of a .npy, are painted.",
        text));
  return mask;
}

}  // namespace scanline
