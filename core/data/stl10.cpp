#include <fmt/format.h>

#include <array>

#include "core/base/error.h"
#include "core/data/readers.h"
#include "core/data/records.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kSide = 96;
constexpr size_t kPixels = kSide * kSide;
constexpr size_t kRecord = 3 * kPixels;
constexpr int64_t kMostImages = 20000;  ///< more than twice the largest published labelled file
constexpr std::array<std::string_view, 10> kClasses{"airplane", "bird",  "car",    "cat",  "deer",
                                                    "dog",      "horse", "monkey", "ship", "truck"};

ImageSet read(const fs::path& pixels, const fs::path& labels) {
  const std::string bytes = readRecords(pixels, kRecord, kMostImages);
  const std::string classes = readRecords(labels, 1, kMostImages);
  ImageSet images{
      .count = static_cast<int64_t>(bytes.size() / kRecord), .width = kSide, .height = kSide, .rgb = {}, .labels = {}};
  if (std::ssize(classes) != images.count)
    throw Error(fmt::format("{} has {} images, but {} has {} labels. They do not belong together; fetch both again.",
                            pixels.string(), images.count, labels.string(), classes.size()));
  for (const char c : classes) {
    const int label = static_cast<unsigned char>(c);
    if (label < 1 || label > std::ssize(kClasses))
      throw Error(fmt::format("{}: label {} is {}, but labels run 1 to {}. It is damaged; fetch it again.",
                              labels.string(), images.labels.size(), label, kClasses.size()));
    images.labels.push_back(label - 1);
  }
  images.rgb.resize(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {  // three planes an image, column by column
    const size_t image = i / kRecord, channel = i % kRecord / kPixels, x = i % kPixels / kSide, y = i % kSide;
    images.rgb[image * kRecord + 3 * (y * kSide + x) + channel] = static_cast<uint8_t>(bytes[i]);
  }
  return images;
}

}  // namespace

RawDataset readStl10(const fs::path& folder) {
  const auto place =
      findFolder(folder, "stl10_binary", {"train_X.bin", "train_y.bin"}, "https://cs.stanford.edu/~acoates/stl10/");
  RawDataset data;
  data.classNames.assign(kClasses.begin(), kClasses.end());
  data.train = read(place / "train_X.bin", place / "train_y.bin");
  std::error_code error;
  if (fs::exists(place / "test_X.bin", error) || fs::exists(place / "test_y.bin", error))
    data.test = read(place / "test_X.bin", place / "test_y.bin");
  else
    data.warnings.push_back(fmt::format("{} has no test_X.bin, so there are no test images.", place.string()));
  return data;
}

}  // namespace scanline
