#include <fmt/format.h>

#include <array>
#include <optional>

#include "core/base/error.h"
#include "core/data/gz_file.h"
#include "core/data/readers.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kLongestSide = 4096;

/// The file under one of the names it is met with, packed or not. `stem` is "train-images", `kind` "idx3-ubyte".
std::optional<fs::path> find(const fs::path& folder, std::string_view stem, std::string_view kind) {
  for (const std::string_view format : {"{}-{}", "{}.{}", "{}-{}.gz", "{}.{}.gz"}) {
    const fs::path file = folder / fmt::format(fmt::runtime(format), stem, kind);
    if (std::error_code error; fs::exists(file, error)) return file;
  }
  return {};
}

/// Reads the header of a file of unsigned bytes with `dimensions` dimensions.
std::vector<int64_t> readHeader(GzFile& in, const fs::path& file, size_t dimensions) {
  std::array<std::byte, 4> word{};
  const auto number = [&] {
    in.read(word);
    int64_t value = 0;
    for (const std::byte b : word) value = value << 8 | std::to_integer<int64_t>(b);
    return value;
  };
  const int64_t magic = number(), expected = 0x800 + static_cast<int64_t>(dimensions);
  if (magic != expected) {
    const bool packed = magic >> 16 == 0x1F8B;
    throw Error(fmt::format(
        "{} begins with 0x{:08x}, but IDX {} begin with 0x{:08x}. {}", file.string(), magic,
        dimensions == 3 ? "images" : "labels", expected,
        packed ? "It was packed by gzip twice; unpack it once." : "It is another kind of file; fetch it again."));
  }
  std::vector<int64_t> shape(dimensions);
  for (int64_t& d : shape) d = number();
  return shape;
}

void ensureAtEnd(GzFile& in, const fs::path& file) {
  if (!in.atEnd())
    throw Error(fmt::format("{} goes on after the data that its header declares. It is damaged; fetch it again.",
                            file.string()));
}

std::vector<int32_t> readLabels(const fs::path& file, int64_t classes) {
  GzFile in(file);
  const auto count = static_cast<uint64_t>(readHeader(in, file, 1)[0]);
  in.ensureHolds(count);
  std::vector<std::byte> bytes(count);
  in.read(bytes);
  ensureAtEnd(in, file);
  std::vector<int32_t> labels;
  labels.reserve(count);
  for (const std::byte b : bytes) {
    labels.push_back(std::to_integer<int32_t>(b));
    if (labels.back() >= classes)
      throw Error(
          fmt::format("{}: label {} is {}, but labels run 0 to {}. It belongs to another data set or is damaged.",
                      file.string(), labels.size() - 1, labels.back(), classes - 1));
  }
  return labels;
}

ImageSet readImages(const fs::path& file) {
  GzFile in(file);
  const std::vector<int64_t> shape = readHeader(in, file, 3);
  ImageSet images{.count = shape[0], .width = shape[2], .height = shape[1], .rgb = {}, .labels = {}};
  if (images.count < 1 || images.width < 1 || images.height < 1 || images.width > kLongestSide ||
      images.height > kLongestSide)
    throw Error(fmt::format(
        "{} declares {} images of {} x {} pixels; at least one image, of 1 to {} pixels a side, was expected. It is damaged; fetch it again.",
        file.string(), images.count, images.width, images.height, kLongestSide));
  const auto bytes = static_cast<uint64_t>(images.count * images.width * images.height);
  in.ensureHolds(bytes);
  std::vector<std::byte> grey(bytes);
  in.read(grey);
  ensureAtEnd(in, file);
  images.rgb.resize(3 * bytes);
  for (size_t i = 0; i < images.rgb.size(); ++i) images.rgb[i] = std::to_integer<uint8_t>(grey[i / 3]);
  return images;
}

}  // namespace

RawDataset readIdx(const fs::path& folder, std::span<const std::string_view> classNames) {
  RawDataset data;
  data.classNames.assign(classNames.begin(), classNames.end());
  for (const std::string_view part : {"train", "t10k"}) {
    const auto images = find(folder, fmt::format("{}-images", part), "idx3-ubyte");
    const auto labels = find(folder, fmt::format("{}-labels", part), "idx1-ubyte");
    if (!images && !labels && part == "t10k") {
      data.warnings.push_back(
          fmt::format("{} has no t10k-images-idx3-ubyte, so there are no test images.", folder.string()));
      continue;
    }
    if (!images || !labels)
      throw Error(fmt::format(
          "{} lacks {}-{} (or the same with .gz). Expected are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte; all are parts of the data set's download.",
          folder.string(), part, images ? "labels-idx1-ubyte" : "images-idx3-ubyte"));
    ImageSet& set = part == "train" ? data.train : data.test;
    set = readImages(*images);
    set.labels = readLabels(*labels, std::ssize(classNames));
    if (std::ssize(set.labels) != set.count)
      throw Error(fmt::format("{} has {} images, but {} has {} labels. They do not belong together; fetch both again.",
                              images->string(), set.count, labels->string(), set.labels.size()));
  }
  if (data.test.count > 0 && (data.test.width != data.train.width || data.test.height != data.train.height))
    throw Error(fmt::format("{}: test images are {} x {} pixels, training images {} x {}. They do not belong together.",
                            folder.string(), data.test.width, data.test.height, data.train.width, data.train.height));
  return data;
}

}  // namespace scanline
