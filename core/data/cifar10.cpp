#include <fmt/format.h>

#include <array>

#include "core/base/error.h"
#include "core/data/readers.h"
#include "core/data/records.h"

namespace scanline {

namespace {

constexpr size_t kSide = 32;
constexpr size_t kPixels = kSide * kSide;
constexpr size_t kRecord = 1 + 3 * kPixels;  ///< label, then the red, green and blue plane
constexpr int64_t kImagesPerFile = 10000;    ///< as published
constexpr std::array<std::string_view, 10> kClasses{"airplane", "automobile", "bird",  "cat",  "deer",
                                                    "dog",      "frog",       "horse", "ship", "truck"};

void append(ImageSet& images, const std::filesystem::path& file, std::vector<std::string>& warnings) {
  const std::string bytes = readRecords(file, kRecord, 10 * kImagesPerFile);
  const auto count = static_cast<int64_t>(bytes.size() / kRecord);
  if (count != kImagesPerFile)
    warnings.push_back(
        fmt::format("{} holds {} images; the published file has {}.", file.string(), count, kImagesPerFile));
  images.rgb.reserve(images.rgb.size() + bytes.size());
  for (size_t begin = 0; begin < bytes.size(); begin += kRecord) {
    const int label = static_cast<unsigned char>(bytes[begin]);
    if (label >= std::ssize(kClasses))
      throw Error(fmt::format(
          "{}: image {} has the label {}, but labels run 0 to {}. It is not a CIFAR-10 file in the binary version, or damaged; fetch it again.",
          file.string(), begin / kRecord, label, kClasses.size() - 1));
    images.labels.push_back(label);
    appendPlanes(images.rgb, std::string_view(bytes).substr(begin + 1), kPixels);
  }
  images.count += count;
}

}  // namespace

RawDataset readCifar10(const std::filesystem::path& folder) {
  const std::vector<std::string_view> files{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                            "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
  const auto place =
      findFolder(folder, "cifar-10-batches-bin", files, "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz");
  RawDataset data;
  data.train.width = data.train.height = data.test.width = data.test.height = kSide;
  data.classNames.assign(kClasses.begin(), kClasses.end());
  for (const std::string_view file : files)
    append(file == "test_batch.bin" ? data.test : data.train, place / file, data.warnings);
  return data;
}

}  // namespace scanline
