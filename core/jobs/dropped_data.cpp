#include "core/jobs/dropped_data.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/data/picture_walk.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kFolderSide = 32;  ///< the paper's smallest, which is a start for pictures of any size

}  // namespace

std::optional<DataSpec> recogniseData(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const std::string extension = lowerCase(path.extension().string());
    if (extension != ".npy" && extension != ".npz") return std::nullopt;
    return DataSpec{.name = "npy", .path = path.string()};
  }
  struct Sign {
    std::string_view file, name;
  };
  static constexpr std::array<Sign, 5> kSigns{{{"data_batch_1.bin", "cifar10"},
                                               {"train.bin", "cifar100"},
                                               {"train_X.bin", "stl10"},
                                               {"train-images-idx3-ubyte", "mnist"},
                                               {"train-images-idx3-ubyte.gz", "mnist"}}};
  for (const Sign& sign : kSigns) {
    if (!fs::exists(path / sign.file, error)) continue;
    // The two sets have files of the same names.
    const bool fashion = sign.name == "mnist" && path.string().find("ashion") != std::string::npos;
    return DataSpec{.name = fashion ? "fashion-mnist" : std::string(sign.name), .path = path.string()};
  }
  if (!seemsToHoldPictures(path).value_or(false)) return std::nullopt;
  return DataSpec{.name = "images", .path = path.string(), .side = kFolderSide};
}

}  // namespace scanline
