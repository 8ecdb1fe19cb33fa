#include "core/data/missing_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/picture_walk.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

bool isThere(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

/// A set of files with fixed names, in the folder or in one of this name in it.
struct FixedFiles {
  std::string_view dataset, folder;
  std::vector<std::string_view> files;
};

const std::vector<FixedFiles>& fixedFiles() {
  static const std::vector<std::string_view> idx{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
  static const std::vector<FixedFiles> all{{"cifar10",
                                            "cifar-10-batches-bin",
                                            {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                             "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}},
                                           {"cifar100", "cifar-100-binary", {"train.bin", "test.bin"}},
                                           {"stl10", "stl10_binary", {"train_X.bin", "train_y.bin"}},
                                           {"mnist", "", idx},
                                           {"fashion-mnist", "", idx}};
  return all;
}

/// MNIST's files come packed or not, and some have a point in place of the last hyphen.
bool isThereAs(const fs::path& folder, std::string_view name) {
  if (isThere(folder / name)) return true;
  const size_t kind = name.find("-idx");
  if (kind == std::string_view::npos) return false;
  std::string pointed(name);
  pointed[kind] = '.';
  return isThere(folder / pointed) || isThere(folder / (pointed + ".gz")) ||
         isThere(folder / fmt::format("{}.gz", name));
}

std::vector<std::string> missingOf(const FixedFiles& set, const fs::path& path) {
  const auto lacking = [&](const fs::path& folder) {
    std::vector<std::string> names;
    for (const std::string_view name : set.files)
      if (!isThereAs(folder, name)) names.emplace_back(name);
    return names;
  };
  std::vector<std::string> names = lacking(path);
  if (names.empty() || set.folder.empty()) return names;
  return isThere(path / set.folder) ? lacking(path / set.folder) : names;
}

bool holdsTokens(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error) || isThere(fs::path(path).concat("_trX.npy"))) return true;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().string().ends_with("_trX.npy")) return true;
  return false;
}

}  // namespace

std::vector<std::string> missingFiles(const DataSpec& spec) {
  const fs::path path = dataPath(spec);
  if (path.empty()) return {};
  if (spec.name == "tokens")
    return holdsTokens(path) ? std::vector<std::string>() : std::vector<std::string>{"{name}_trX.npy"};
  if (!isThere(path)) return {path.string()};
  const auto fixed = std::ranges::find(fixedFiles(), spec.name, &FixedFiles::dataset);
  if (fixed != fixedFiles().end()) return missingOf(*fixed, path);
  if (spec.name == "imagenet" && !mayHoldClassFolders(path)) return {"class folders with images in them"};
  if (spec.name == "images" && !seemsToHoldPictures(path).value_or(true))
    return {"class folders with images in them, or images without classes"};
  return {};
}

std::string missingFilesSentence(const DataSpec& spec) {
  const auto missing = missingFiles(spec);
  if (missing.empty()) return {};
  const auto info = std::ranges::find(datasetRegistry(), spec.name, &DatasetInfo::name);
  if (info == datasetRegistry().end()) return {};  // told by those who read it
  const std::string place = dataPath(spec).string();
  if (!isThere(place) && spec.name != "tokens")
    return fmt::format("data.path is {}, but nothing is there. {}", place, info->description);
  return fmt::format("{} lacks {}, which the data set {} needs. {}", place, fmt::join(missing, ", "), info->title,
                     info->description);
}

void requireFiles(const DataSpec& spec) {
  if (const std::string sentence = missingFilesSentence(spec); !sentence.empty()) throw Error(sentence);
}

}  // namespace scanline
