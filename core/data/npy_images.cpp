// Arrays of a user's own: images and classes in .npy or .npz files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/data/labels.h"
#include "core/data/readers.h"
#include "core/formats/npz.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

using Arrays = std::map<std::string, NpyArray, std::less<>>;
using NameList = std::vector<std::string_view>;

constexpr int64_t kLongestSide = 4096;
constexpr int32_t kMostClasses = 65536;

/// The names that images and classes of a split go by.
struct SplitNames {
  NameList images, labels;
};

const SplitNames& namesOf(int split) {
  static const std::vector<SplitNames> all{
      {{"x_train", "train_images", "train_x", "train", "images", "x", "X", "data", "arr_0"},
       {"y_train", "train_labels", "train_y", "labels", "y", "Y", "arr_1"}},
      {{"x_val", "val_images", "val_x", "x_valid", "val"}, {"y_val", "val_labels", "val_y", "y_valid"}},
      {{"x_test", "test_images", "test_x", "test"}, {"y_test", "test_labels", "test_y"}}};
  return all.at(static_cast<size_t>(split));
}

const NpyArray* firstOf(const Arrays& arrays, const NameList& names) {
  for (const std::string_view name : names)
    if (const auto found = arrays.find(name); found != arrays.end()) return &found->second;
  return nullptr;
}

/// The arrays of an archive, or of the .npy files of a folder by their names, or of one file and the classes beside it.
Arrays readArrays(const fs::path& path) {
  std::error_code error;
  Arrays arrays;
  if (fs::is_directory(path, error)) {
    for (int split = 0; split < 3; ++split)
      for (const NameList& names : {namesOf(split).images, namesOf(split).labels})
        for (const std::string_view name : names)
          if (const fs::path file = path / fmt::format("{}.npy", name); fs::is_regular_file(file, error))
            arrays.emplace(name, readNpy(file));
    return arrays;
  }
  if (path.extension() == ".npz") return readNpz(path);
  arrays.emplace("images", readNpy(path));
  const std::string stem = path.stem().string();
  for (const std::string& name : {stem + "_labels", stem + "_y", std::string("labels"), std::string("y")})
    if (const fs::path file = path.parent_path() / (name + ".npy"); file != path && fs::is_regular_file(file, error)) {
      arrays.emplace("labels", readNpy(file));
      break;
    }
  return arrays;
}

/// How the elements of an image array lie: [N, H, W], [N, H, W, 1], [N, H, W, 3] or [N, 3, H, W].
struct Layout {
  int64_t count = 0, height = 0, width = 0, channels = 1;
  bool planes = false;  ///< [N, 3, H, W]
};

Layout layoutOf(const NpyArray& array) {
  const auto& shape = array.shape;
  Layout layout;
  if (shape.size() == 3) layout = {shape[0], shape[1], shape[2], 1, false};
  if (shape.size() == 4 && (shape[3] == 3 || shape[3] == 1))
    layout = {shape[0], shape[1], shape[2], shape[3], false};
  else if (shape.size() == 4 && (shape[1] == 3 || shape[1] == 1))
    layout = {shape[0], shape[2], shape[3], shape[1], true};
  if (layout.count < 1 || layout.width < 1 || layout.height < 1 || layout.width > kLongestSide ||
      layout.height > kLongestSide)
    throw Error(fmt::format(
        "{} holds {}; images are uint8 [images, height, width], with 1 or 3 channels as a fourth dimension at the end or after the images, and 1 to {} pixels a side.",
        array.source, array.describe(), kLongestSide));
  return layout;
}

/// Values 0..255 of any element type. Floats are taken for 0..1 or -1..1 if they are within, and said to be in
/// `warnings`.
std::vector<uint8_t> levelsOf(const NpyArray& array, std::vector<std::string>& warnings) {
  if (array.type == NpyType::UInt8) return array.values<uint8_t>();
  const std::vector<double> values = array.toDoubles();
  const auto [least, most] = std::ranges::minmax(values);
  const bool finite = std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
  const bool whole = finite && std::ranges::all_of(values, [](double v) { return v == std::rint(v); });
  const bool fractions = array.type == NpyType::Float16 || array.type == NpyType::Float32 ||
                         array.type == NpyType::Float64 || array.type == NpyType::Bool;
  double scale = 1, shift = 0;
  if (finite && fractions && least >= 0 && most <= 1) {
    scale = 255;
  } else if (finite && fractions && least >= -1 && most <= 1) {
    scale = shift = 127.5;
  } else if (!whole || least < 0 || most > 255) {
    throw Error(fmt::format(
        "{} holds {} from {:g} to {:g}{}; images are whole numbers of 0 to 255, or fractions of 0 to 1 or -1 to 1. Convert them to uint8.",
        array.source, array.describe(), least, most, finite ? "" : " and values that are no numbers"));
  }
  if (fractions && scale != 1)
    warnings.push_back(fmt::format("The values of {} run from {:g} to {:g} and are taken for {}.", array.source, least,
                                   most, shift > 0 ? "-1 (black) to 1" : "0 (black) to 1"));
  std::vector<uint8_t> levels(values.size());
  std::ranges::transform(values, levels.begin(),
                         [&](double v) { return static_cast<uint8_t>(std::lround(scale * v + shift)); });
  return levels;
}

ImageSet imagesOf(const NpyArray& array, std::vector<std::string>& warnings) {
  const Layout layout = layoutOf(array);
  const std::vector<uint8_t> levels = levelsOf(array, warnings);
  ImageSet set{.count = layout.count, .width = layout.width, .height = layout.height};
  const auto pixels = static_cast<size_t>(layout.width * layout.height),
             channels = static_cast<size_t>(layout.channels);
  set.rgb.resize(static_cast<size_t>(layout.count) * pixels * 3);
  for (size_t i = 0; i < set.rgb.size(); ++i) {
    const size_t image = i / (3 * pixels), pixel = i / 3 % pixels, channel = channels == 1 ? 0 : i % 3;
    const size_t from = layout.planes ? channel * pixels + pixel : pixel * channels + channel;
    set.rgb[i] = levels[image * pixels * channels + from];
  }
  return set;
}

bool readSplit(const Arrays& arrays, int split, ImageSet& set, std::vector<std::string>& warnings) {
  const NpyArray* images = firstOf(arrays, namesOf(split).images);
  if (!images) return false;
  set = imagesOf(*images, warnings);
  if (const NpyArray* labels = firstOf(arrays, namesOf(split).labels)) set.labels = labelsOf(*labels, set.count);
  return true;
}

}  // namespace

RawDataset readNpyImages(const fs::path& path) {
  const Arrays arrays = readArrays(path);
  RawDataset data;
  if (!readSplit(arrays, 0, data.train, data.warnings)) {
    std::vector<std::string> there;
    for (const auto& [name, array] : arrays) there.push_back(name);
    throw Error(
        fmt::format("{} holds {}; expected are images under one of the names {}, and their classes under one of {}.",
                    path.string(), there.empty() ? "no such arrays" : fmt::format("{}", fmt::join(there, ", ")),
                    fmt::join(namesOf(0).images, ", "), fmt::join(namesOf(0).labels, ", ")));
  }
  readSplit(arrays, 1, data.validation, data.warnings);
  readSplit(arrays, 2, data.test, data.warnings);
  int32_t most = -1;
  for (const ImageSet* set : {&data.train, &data.validation, &data.test}) {
    if (set->count > 0 && (set->width != data.train.width || set->height != data.train.height))
      throw Error(fmt::format("{}: images of the splits differ in size: {} x {} and {} x {}.", path.string(),
                              set->width, set->height, data.train.width, data.train.height));
    if (set->count > 0 && set->labels.empty() != data.train.labels.empty())
      throw Error(fmt::format("{}: some splits have classes and some have none.", path.string()));
    for (const int32_t label : set->labels) most = std::max(most, label);
  }
  if (most >= kMostClasses)
    throw Error(
        fmt::format("{} has a class {}, but at most {} classes can be used.", path.string(), most, kMostClasses));
  for (int32_t label = 0; label <= most; ++label) data.classNames.push_back(std::to_string(label));
  return data;
}

}  // namespace scanline
