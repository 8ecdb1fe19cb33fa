#include "core/data/image_count.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/gz_file.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Images in a file of records of `bytes` each; 0 if it is not there.
int64_t recordsIn(const fs::path& file, int64_t bytes) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : static_cast<int64_t>(size) / bytes;
}

/// The folder itself, or the one of this name in it.
fs::path inner(const fs::path& path, const char* folder, const char* file) {
  std::error_code error;
  return fs::exists(path / file, error) ? path : path / folder;
}

int64_t idxImages(const fs::path& folder) {
  for (const char* name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte", "train-images-idx3-ubyte.gz",
                           "train-images.idx3-ubyte.gz"}) {
    std::error_code error;
    if (!fs::exists(folder / name, error)) continue;
    GzFile in(folder / name);
    std::array<std::byte, 8> head{};
    in.read(head);
    int64_t count = 0;
    for (size_t i = 4; i < 8; ++i) count = count << 8 | std::to_integer<int64_t>(head.at(i));
    return count;
  }
  return 0;
}

int64_t inFiles(const DataSpec& spec, const fs::path& path) {
  if (spec.name == "cifar10") {
    const fs::path folder = inner(path, "cifar-10-batches-bin", "data_batch_1.bin");
    int64_t count = 0;
    for (int i = 1; i <= 5; ++i) count += recordsIn(folder / fmt::format("data_batch_{}.bin", i), 3 * 32 * 32 + 1);
    return count;
  }
  if (spec.name == "cifar100")
    return recordsIn(inner(path, "cifar-100-binary", "train.bin") / "train.bin", 3 * 32 * 32 + 2);
  if (spec.name == "stl10") return recordsIn(inner(path, "stl10_binary", "train_X.bin") / "train_X.bin", 3 * 96 * 96);
  if (spec.name == "mnist" || spec.name == "fashion-mnist") return idxImages(path);
  return 0;
}

}  // namespace

int64_t countTrainImages(const DataSpec& spec) {
  try {
    if (const fs::path path = dataPath(spec); !path.empty())
      if (const int64_t count = inFiles(spec, path); count > 0) return count;
    if (spec.name == "digits" && !spec.path.empty()) return 0;  // a table of one's own
  } catch (const Error&) {
    // A file that cannot be read is told by those who need its images.
  }
  const auto info = std::ranges::find(datasetRegistry(), spec.name, &DatasetInfo::name);
  return info == datasetRegistry().end() ? 0 : info->trainImages;
}

int64_t imagesTrainedOn(const DataSpec& spec, int64_t images) {
  if (images <= 0) return 0;
  const int64_t used = spec.limit > 0 ? std::min(spec.limit, images) : images;
  if (spec.foldValidation) return used;
  return std::max<int64_t>(1, used - std::llround(static_cast<double>(used) * spec.validationShare));
}

}  // namespace scanline
