#include <fmt/format.h>

#include <array>

#include "core/base/error.h"
#include "core/data/readers.h"
#include "core/data/records.h"

namespace scanline {

namespace {

constexpr size_t kSide = 32;
constexpr size_t kPixels = kSide * kSide;
constexpr size_t kRecord = 2 + 3 * kPixels;  ///< coarse label, fine label, then the red, green and blue plane
constexpr int kCoarseClasses = 20;
constexpr int64_t kMostImages = 500000;  ///< ten times the published number
constexpr std::array<std::string_view, 100> kClasses{
    "apple",      "aquarium_fish", "baby",         "bear",       "beaver",      "bed",         "bee",
    "beetle",     "bicycle",       "bottle",       "bowl",       "boy",         "bridge",      "bus",
    "butterfly",  "camel",         "can",          "castle",     "caterpillar", "cattle",      "chair",
    "chimpanzee", "clock",         "cloud",        "cockroach",  "couch",       "crab",        "crocodile",
    "cup",        "dinosaur",      "dolphin",      "elephant",   "flatfish",    "forest",      "fox",
    "girl",       "hamster",       "house",        "kangaroo",   "keyboard",    "lamp",        "lawn_mower",
    "leopard",    "lion",          "lizard",       "lobster",    "man",         "maple_tree",  "motorcycle",
    "mountain",   "mouse",         "mushroom",     "oak_tree",   "orange",      "orchid",      "otter",
    "palm_tree",  "pear",          "pickup_truck", "pine_tree",  "plain",       "plate",       "poppy",
    "porcupine",  "possum",        "rabbit",       "raccoon",    "ray",         "road",        "rocket",
    "rose",       "sea",           "seal",         "shark",      "shrew",       "skunk",       "skyscraper",
    "snail",      "snake",         "spider",       "squirrel",   "streetcar",   "sunflower",   "sweet_pepper",
    "table",      "tank",          "telephone",    "television", "tiger",       "tractor",     "train",
    "trout",      "tulip",         "turtle",       "wardrobe",   "whale",       "willow_tree", "wolf",
    "woman",      "worm"};

ImageSet read(const std::filesystem::path& file, int64_t published, std::vector<std::string>& warnings) {
  const std::string bytes = readRecords(file, kRecord, kMostImages);
  ImageSet images{
      .count = static_cast<int64_t>(bytes.size() / kRecord), .width = kSide, .height = kSide, .rgb = {}, .labels = {}};
  if (images.count != published)
    warnings.push_back(
        fmt::format("{} holds {} images; the published file has {}.", file.string(), images.count, published));
  images.rgb.reserve(bytes.size());
  for (size_t begin = 0; begin < bytes.size(); begin += kRecord) {
    const int coarse = static_cast<unsigned char>(bytes[begin]), fine = static_cast<unsigned char>(bytes[begin + 1]);
    if (coarse >= kCoarseClasses || fine >= std::ssize(kClasses))
      throw Error(fmt::format(
          "{}: image {} has the labels {} and {}, but coarse labels run 0 to {} and fine ones 0 to {}. It is not a CIFAR-100 file in the binary version, or damaged; fetch it again.",
          file.string(), begin / kRecord, coarse, fine, kCoarseClasses - 1, kClasses.size() - 1));
    images.labels.push_back(fine);
    appendPlanes(images.rgb, std::string_view(bytes).substr(begin + 2), kPixels);
  }
  return images;
}

}  // namespace

RawDataset readCifar100(const std::filesystem::path& folder) {
  const auto place = findFolder(folder, "cifar-100-binary", {"train.bin", "test.bin"},
                                "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz");
  RawDataset data;
  data.classNames.assign(kClasses.begin(), kClasses.end());
  data.train = read(place / "train.bin", 50000, data.warnings);
  data.test = read(place / "test.bin", 10000, data.warnings);
  return data;
}

}  // namespace scanline
