#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/user_folders.h"
#include "core/data/missing_files.h"
#include "core/data/readers.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 10> kDigitNames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
constexpr std::array<std::string_view, 10> kFashionNames{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                         "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// A data set: its description and its reader.
struct Source {
  DatasetInfo info;
  RawDataset (*read)(const DataSpec& spec, uint64_t seed, const Control& control);
};

RawDataset readFolder(const DataSpec& spec, uint64_t seed, const Control& control) {
  return readImageFolder(spec.path, spec, seed, control);
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all{
      {{.name = "digits",
        .title = "Digits (bundled)",
        .description =
            "1,797 handwritten digits of 8 x 8 pixels in 17 greys, shipped with Scanline. Leave the path empty, or give a CSV file (or .csv.gz) with 64 values of 0..16 and a label in each line.",
        .needsPath = false,
        .side = 8,
        .trainImages = 1797,
        .classes = 10},
       [](const DataSpec& spec, uint64_t, const Control&) {
         return readDigits(spec.path.empty() ? bundledFile("digits.csv.gz") : spec.path);
       }},
      {{.name = "cifar10",
        .title = "CIFAR-10",
        .description =
            "60,000 photographs of 32 x 32 pixels in 10 classes. The path is the folder of the binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin, from https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        .side = 32,
        .trainImages = 50000,
        .classes = 10},
       [](const DataSpec& spec, uint64_t, const Control&) { return readCifar10(spec.path); }},
      {{.name = "cifar100",
        .title = "CIFAR-100",
        .description =
            "60,000 photographs of 32 x 32 pixels in 100 classes. The path is the folder of the binary version: train.bin and test.bin, from https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        .side = 32,
        .trainImages = 50000,
        .classes = 100},
       [](const DataSpec& spec, uint64_t, const Control&) { return readCifar100(spec.path); }},
      {{.name = "stl10",
        .title = "STL-10",
        .description =
            "13,000 labelled photographs of 96 x 96 pixels in 10 classes. The path is the folder of the binary version: train_X.bin, train_y.bin, test_X.bin and test_y.bin, from https://cs.stanford.edu/~acoates/stl10/. Set data.side to 32 or 48.",
        .side = 96,
        .trainImages = 5000,
        .classes = 10},
       [](const DataSpec& spec, uint64_t, const Control&) { return readStl10(spec.path); }},
      {{.name = "mnist",
        .title = "MNIST",
        .description =
            "70,000 handwritten digits of 28 x 28 greys. The path is a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or .gz, from https://ossci-datasets.s3.amazonaws.com/mnist/",
        .side = 28,
        .trainImages = 60000,
        .classes = 10},
       [](const DataSpec& spec, uint64_t, const Control&) { return readIdx(spec.path, kDigitNames); }},
      {{.name = "fashion-mnist",
        .title = "Fashion-MNIST",
        .description =
            "70,000 pictures of clothes, 28 x 28 greys. The path is a folder with the four files of the same names as MNIST's, plain or .gz, from https://github.com/zalandoresearch/fashion-mnist",
        .side = 28,
        .trainImages = 60000,
        .classes = 10},
       [](const DataSpec& spec, uint64_t, const Control&) { return readIdx(spec.path, kFashionNames); }},
      {{.name = "imagenet",
        .title = "ImageNet (ILSVRC-2012)",
        .description =
            "1.28 million photographs in 1,000 classes. The path is a folder with train/ and val/, each with a folder a class; val/ is the test set, and the validation images are drawn from train/. Set data.side. Get it from https://image-net.org after registering; its terms forbid that a program fetches it.",
        .trainImages = 1281167,
        .classes = 1000,
        .needsSide = true},
       readFolder},
      {{.name = "images",
        .title = "Image folder",
        .description =
            "PNG, JPEG, WebP, TIFF, GIF and BMP images of any size. The path is a folder with one folder a class, or with train/, val/ and test/ that have such folders; images that lie side by side in it have no classes. Set data.side; images are cropped to squares and resized to it.",
        .needsSide = true},
       readFolder},
      {{.name = "npy",
        .title = "NumPy arrays",
        .description =
            "Images of your own as arrays. The path is a .npz, a folder of .npy files, or one .npy with its classes beside it: images [N, height, width] or with 1 or 3 channels, under the name images, x or x_train, and classes under labels, y or y_train."},
       [](const DataSpec& spec, uint64_t, const Control&) { return readNpyImages(spec.path); }},
      {{.name = "tokens",
        .title = "Token files",
        .description =
            "Images as palette indices. The path is a folder with {name}_trX.npy, {name}_trY.npy and the same for va and te, as OpenAI released them, or one .npy or .npz of tokens; kmeans_centers.npy lies beside them, or palette.path names it.",
        .comesAsTokens = true},
       [](const DataSpec&, uint64_t, const Control&) -> RawDataset {
         throw Error("The data set tokens holds tokens and no pixels, so it cannot be read as images.");
       }},
  };
  return all;
}

}  // namespace

const std::vector<DatasetInfo>& datasetRegistry() {
  static const std::vector<DatasetInfo> all = [] {
    std::vector<DatasetInfo> infos;
    for (const Source& source : sources()) infos.push_back(source.info);
    return infos;
  }();
  return all;
}

RawDataset readRaw(const DataSpec& spec, uint64_t seed, const Control& control) {
  const auto source = std::ranges::find(sources(), spec.name, [](const Source& s) { return s.info.name; });
  if (source == sources().end()) {
    std::vector<std::string_view> names;
    for (const Source& s : sources()) names.push_back(s.info.name);
    throw Error(fmt::format("data.name is \"{}\", but there is no data set of this name. Take one of {}.", spec.name,
                            fmt::join(names, ", ")));
  }
  const DatasetInfo& info = source->info;
  DataSpec placed = spec;
  placed.path = dataPath(spec).string();
  if (info.needsPath && placed.path.empty())
    throw Error(
        fmt::format("data.path is empty, but {} has to be read from somewhere. {}", info.title, info.description));
  requireFiles(placed);
  return source->read(placed, seed, control);
}

fs::path fetchedFolder(std::string_view name) {
  return userDataFolder() / "data" / name;
}

fs::path dataPath(const DataSpec& spec) {
  if (!spec.path.empty()) return expandHome(spec.path);
  std::error_code error;
  const fs::path fetched = fetchedFolder(spec.name);
  return fs::is_directory(fetched, error) ? fetched : fs::path();
}

std::string bundledFile(std::string_view name) {
  std::vector<fs::path> folders;
  if (const char* chosen = std::getenv("SCANLINE_DATA_DIR")) folders.emplace_back(chosen);
  std::error_code error;
  if (const fs::path program = fs::read_symlink("/proc/self/exe", error); !error) {
    folders.push_back(program.parent_path() / "data");
    folders.push_back(program.parent_path() / ".." / "share" / "scanline" / "data");
  }
  folders.emplace_back(SCANLINE_SOURCE_DATA_DIR);
  for (const fs::path& folder : folders)
    if (const fs::path file = folder / name; fs::is_regular_file(file, error)) return file.lexically_normal().string();
  std::vector<std::string> places;
  for (const fs::path& folder : folders) places.push_back(folder.lexically_normal().string());
  throw Error(fmt::format(
      "{} belongs to Scanline but is in none of {}. Install Scanline again, or set SCANLINE_DATA_DIR to the folder that has it.",
      name, fmt::join(places, ", ")));
}

}  // namespace scanline
