#include "core/foreign/foreign_pictures.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"
#include "core/foreign/huggingface.h"

namespace scanline {

namespace fs = std::filesystem;

fs::path foreignFolder(const fs::path& path) {
  std::error_code ignored;  // a path that cannot be read counts as missing
  return fs::is_directory(path, ignored) ? path : path.parent_path();
}

std::optional<ForeignPalette> foreignPalette(const fs::path& path, std::vector<std::string>& warnings) {
  const fs::path folder = foreignFolder(path);
  if (auto preprocessor = readPreprocessor(folder))
    return ForeignPalette{std::move(preprocessor->palette), std::move(preprocessor->file)};
  const fs::path beside = folder / "kmeans_centers.npy";
  if (std::error_code ignored; !fs::exists(beside, ignored)) return std::nullopt;
  return ForeignPalette{loadForeignPalette(beside, warnings), beside};
}

void checkPalette(const ForeignPalette& palette, const fs::path& path, const ForeignModel& model) {
  if (palette.palette.size() != model.paletteSize)
    throw Error(
        fmt::format("{} has {} colours, and the model in {} knows {}. Give the palette that it was trained with.",
                    palette.source.string(), palette.palette.size(), path.string(), model.paletteSize));
}

std::optional<ForeignPictureSize> foreignPictureSize(const fs::path& path, int64_t positions) {
  if (const auto preprocessor = readPreprocessor(foreignFolder(path));
      preprocessor && preprocessor->width * preprocessor->height == positions)
    return ForeignPictureSize{preprocessor->width, preprocessor->height};
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(positions))));
  if (side * side != positions) return std::nullopt;
  return ForeignPictureSize{side, side};
}

}  // namespace scanline
