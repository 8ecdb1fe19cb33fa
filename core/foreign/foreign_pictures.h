#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/foreign/foreign_model.h"
#include "core/tokens/palette.h"

namespace scanline {

// The pictures that a foreign model knows, as its folder says. `path` as for readForeignModel.

struct ForeignPalette {
  Palette palette;
  std::filesystem::path source;  ///< the file
};
/// Of preprocessor_config.json, else kmeans_centers.npy (which may add to `warnings`); none if neither is there. Throws
/// Error if a file is damaged.
std::optional<ForeignPalette> foreignPalette(const std::filesystem::path& path, std::vector<std::string>& warnings);
/// Throws Error if it has another number of colours than the model.
void checkPalette(const ForeignPalette& palette, const std::filesystem::path& path, const ForeignModel& model);

/// Pixels.
struct ForeignPictureSize {
  int64_t width = 0, height = 0;
};
/// As preprocessor_config.json says, else square; none where the model's positions are no square and nothing says how
/// they are shaped. Throws Error if the file is damaged.
std::optional<ForeignPictureSize> foreignPictureSize(const std::filesystem::path& path, int64_t positions);

/// The folder itself, or that of the file.
std::filesystem::path foreignFolder(const std::filesystem::path& path);

}  // namespace scanline
