// Arrays of a user's own: images and classes in .npy or .npz files. One file, as names, layout and unit of an array are
// guessed together, and each guess ends in the same list of warnings.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/data/labels.h"
#include "core/data/readers.h"
#include "core/formats/npz.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

using Arrays = std::map<std::string, NpyArray, std::less<>>;
using NameList = std::vector<std::string_view>;

constexpr int64_t kLongestSide = 4096;

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

/// The names that a list of the classes' names goes by.
constexpr std::array<std::string_view, 5> kClassNames{"class_names", "classes", "label_names", "target_names", "names"};

/// The content of a path: arrays by their names, and the names of the classes, if it says them.
struct Contents {
  Arrays arrays;
  std::vector<std::string> classNames;
  std::vector<std::string> there;  ///< the names of all arrays, for messages
};

/// Classes that are texts become numbers, the same in each split, and the texts their names, in alphabetical order.
void takeTexts(std::map<std::string, std::vector<std::string>, std::less<>> labels, Contents& contents,
               const std::string& source) {
  if (labels.empty()) return;
  std::set<std::string> all;
  for (const auto& [name, texts] : labels) all.insert(texts.begin(), texts.end());
  contents.classNames.assign(all.begin(), all.end());
  for (const auto& [name, texts] : labels) {
    std::vector<int64_t> numbers;
    for (const std::string& text : texts)
      numbers.push_back(std::ranges::lower_bound(contents.classNames, text) - contents.classNames.begin());
    const auto bytes = std::as_bytes(std::span(numbers));
    contents.arrays[name] = {
        NpyType::Int64, {std::ssize(numbers)}, {bytes.begin(), bytes.end()}, fmt::format("{}: {}", source, name)};
  }
}

/// `has`, `hasTexts`, `array` and `texts` look a name up in an archive or a folder. Only arrays of known names are
/// read: the others may be of any type.
template <class Place>
Contents readPlace(const Place& place, const std::string& source) {
  Contents contents;
  std::map<std::string, std::vector<std::string>, std::less<>> textLabels;
  for (int split = 0; split < 3; ++split) {
    for (const std::string_view name : namesOf(split).images)
      if (place.has(name)) contents.arrays.emplace(name, place.array(name));
    for (const std::string_view name : namesOf(split).labels) {
      if (place.hasTexts(name))
        textLabels.emplace(name, place.texts(name));
      else if (place.has(name))
        contents.arrays.emplace(name, place.array(name));
    }
  }
  for (const std::string_view name : kClassNames)
    if (contents.classNames.empty() && place.hasTexts(name)) contents.classNames = place.texts(name);
  takeTexts(std::move(textLabels), contents, source);
  return contents;
}

/// The .npy files of a folder, by their names without the ending.
class NpyFolder {
 public:
  explicit NpyFolder(fs::path folder) : folder_(std::move(folder)) {}
  bool has(std::string_view name) const {
    std::error_code error;
    return fs::is_regular_file(fileOf(name), error);
  }
  NpyArray array(std::string_view name) const { return readNpy(fileOf(name)); }
  bool hasTexts(std::string_view name) const { return has(name) && isNpyOfTexts(bytes(name)); }
  std::vector<std::string> texts(std::string_view name) const {
    return parseNpyTexts(bytes(name), fileOf(name).string());
  }

 private:
  fs::path fileOf(std::string_view name) const { return folder_ / fmt::format("{}.npy", name); }
  std::vector<std::byte> bytes(std::string_view name) const {
    const FileBytes file(fileOf(name));
    return file.read(0, file.size());
  }
  fs::path folder_;
};

/// The arrays of an archive, or of the .npy files of a folder by their names, or of one file and the classes beside it.
Contents readContents(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return readPlace(NpyFolder(path), path.string());
  if (path.extension() == ".npz") {
    const NpzFile archive(path);
    Contents contents = readPlace(archive, path.string());
    contents.there = archive.names();
    return contents;
  }
  Contents contents;
  contents.arrays.emplace("images", readNpy(path));
  const NpyFolder beside(path.parent_path());
  const std::string stem = path.stem().string();
  for (const std::string& name : {stem + "_labels", stem + "_y", std::string("labels"), std::string("y")}) {
    if (name == stem || !beside.has(name)) continue;
    if (beside.hasTexts(name))
      takeTexts({{"labels", beside.texts(name)}}, contents, path.string());
    else
      contents.arrays.emplace("labels", beside.array(name));
    break;
  }
  for (const std::string_view name : kClassNames)
    if (contents.classNames.empty() && name != stem && beside.hasTexts(name)) contents.classNames = beside.texts(name);
  return contents;
}

/// Gives the classes, which are called by their numbers so far, the names of a list: that at the number's place, or,
/// where numbers go beyond a list of as many names as there are classes, in their order.
void nameClasses(RawDataset& data, const std::vector<std::string>& names, const std::string& source) {
  if (names.empty() || data.classNames.empty()) return;
  const auto numberOf = [](const std::string& name) { return static_cast<size_t>(std::stoull(name)); };
  const bool byNumber = std::ranges::all_of(
      data.classNames, [&](const std::string& name) { return name[0] != '-' && numberOf(name) < names.size(); });
  if (!byNumber && names.size() != data.classNames.size()) {
    data.warnings.push_back(fmt::format("{} has {} names for {} classes, and the names were not used.", source,
                                        names.size(), data.classNames.size()));
    return;
  }
  for (size_t i = 0; i < data.classNames.size(); ++i)
    data.classNames[i] = names[byNumber ? numberOf(data.classNames[i]) : i];
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

/// Properties that the values of one array, or of several, share.
struct Values {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  bool finite = true, whole = true;
  bool fractions = false;  ///< the type is one that holds fractions, or bool

  void add(const Values& other) {
    least = std::min(least, other.least);
    most = std::max(most, other.most);
    finite &= other.finite;
    whole &= other.whole;
  }
};

bool holdsFractions(const NpyArray& array) {
  return array.type == NpyType::Float16 || array.type == NpyType::Float32 || array.type == NpyType::Float64 ||
         array.type == NpyType::Bool;
}

Values valuesOf(const NpyArray& array) {
  Values found;
  found.fractions = holdsFractions(array);
  if (array.type == NpyType::UInt8) {
    const auto values = array.values<uint8_t>();
    const auto [least, most] = std::ranges::minmax(values);
    found.least = least;
    found.most = most;
    return found;
  }
  const std::vector<double> values = array.toDoubles();
  const auto [least, most] = std::ranges::minmax(values);
  found.least = least;
  found.most = most;
  found.finite = std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
  found.whole = found.finite && std::ranges::all_of(values, [](double v) { return v == std::rint(v); });
  return found;
}

/// How values become levels of 0..255: factor * value + shift.
struct Unit {
  double factor = 1, shift = 0;
};

/// The unit that values are in by their range. Nothing if they fit none.
std::optional<Unit> unitOf(const Values& values) {
  if (!values.finite) return {};
  if (values.least >= 0 && values.most <= 1 && (values.fractions || values.most == 1)) return Unit{255, 0};
  if (values.fractions && values.least >= -1 && values.most <= 1) return Unit{127.5, 127.5};
  if (values.whole && values.least >= 0 && values.most <= 255) return Unit{};
  return {};
}

/// Every assumption about the arrays is said in a warning.
void warnOf(const Unit& unit, const Values& values, const std::string& source, std::vector<std::string>& warnings) {
  constexpr double kDark = 64;  // a quarter of the range: pictures have brighter pixels
  if (unit.factor != 1)
    warnings.push_back(fmt::format("The values of {} run from {:g} to {:g} and are taken for {}.", source, values.least,
                                   values.most, unit.shift > 0 ? "-1 (black) to 1" : "0 (black) to 1"));
  else if (values.most < kDark)
    warnings.push_back(fmt::format(
        "The values of {} run from {:g} to {:g} and are taken for levels of 0 to 255, so the images are nearly black. If {:g} is white, multiply them by {:.3g}.",
        source, values.least, values.most, values.most, 255 / std::max(values.most, 1.0)));
}

/// The unit of arrays of the same kind, which is one for all splits: a few dark images say nothing by themselves.
/// `arrays` is not empty.
Unit commonUnit(const std::vector<const NpyArray*>& arrays, std::vector<std::string>& warnings) {
  Values all;
  for (const NpyArray* array : arrays) {
    const Values own = valuesOf(*array);
    all.fractions = own.fractions;
    all.add(own);
    if (!unitOf(own))
      throw Error(fmt::format(
          "{} holds {} from {:g} to {:g}{}; images are whole numbers of 0 to 255, or fractions of 0 to 1 or -1 to 1. Convert them to uint8.",
          array->source, array->describe(), own.least, own.most, own.finite ? "" : " and values that are no numbers"));
  }
  const auto unit = unitOf(all);
  if (!unit)
    throw Error(fmt::format(
        "The values of {} and of the other splits run from {:g} to {:g} together, in different units. Bring all to whole numbers of 0 to 255.",
        arrays[0]->source, all.least, all.most));
  warnOf(*unit, all, arrays[0]->source, warnings);
  return *unit;
}

std::vector<uint8_t> levelsOf(const NpyArray& array, const Unit& unit) {
  if (array.type == NpyType::UInt8 && unit.factor == 1) return array.values<uint8_t>();
  const std::vector<double> values = array.toDoubles();
  std::vector<uint8_t> levels(values.size());
  std::ranges::transform(values, levels.begin(),
                         [&](double v) { return static_cast<uint8_t>(std::lround(unit.factor * v + unit.shift)); });
  return levels;
}

ImageSet imagesOf(const NpyArray& array, const Unit& unit) {
  const Layout layout = layoutOf(array);
  const std::vector<uint8_t> levels = levelsOf(array, unit);
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

/// The images and classes of the splits that are there, by number; the first is training.
struct SplitArrays {
  std::array<const NpyArray*, 3> images{}, labels{};
};

SplitArrays splitsOf(const Contents& contents, const fs::path& path) {
  const Arrays& arrays = contents.arrays;
  SplitArrays splits;
  for (size_t i = 0; i < splits.images.size(); ++i) {
    const SplitNames& names = namesOf(static_cast<int>(i));
    splits.images.at(i) = firstOf(arrays, names.images);
    if (splits.images.at(i)) splits.labels.at(i) = firstOf(arrays, names.labels);
  }
  if (splits.images[0]) return splits;
  std::vector<std::string> there = contents.there;
  if (there.empty())
    for (const auto& [name, array] : arrays) there.push_back(name);
  throw Error(
      fmt::format("{} holds {}; expected are images under one of the names {}, and their classes under one of {}.",
                  path.string(), there.empty() ? "no such arrays" : fmt::format("{}", fmt::join(there, ", ")),
                  fmt::join(namesOf(0).images, ", "), fmt::join(namesOf(0).labels, ", ")));
}

void readImages(const SplitArrays& splits, const std::array<ImageSet*, 3>& sets, std::vector<std::string>& warnings) {
  for (const NpyArray* images : splits.images)
    if (images) layoutOf(*images);  // throws before their values, of which there may be none, are looked at
  for (const bool fractions : {false, true}) {
    std::vector<const NpyArray*> alike;
    for (const NpyArray* images : splits.images)
      if (images && holdsFractions(*images) == fractions) alike.push_back(images);
    if (alike.empty()) continue;
    const Unit unit = commonUnit(alike, warnings);
    for (size_t i = 0; i < sets.size(); ++i)
      if (std::ranges::find(alike, splits.images.at(i)) != alike.end())
        *sets.at(i) = imagesOf(*splits.images.at(i), unit);
  }
}

}  // namespace

RawDataset readNpyImages(const fs::path& path) {
  const Contents contents = readContents(path);
  const SplitArrays splits = splitsOf(contents, path);
  RawDataset data;
  const std::array sets{&data.train, &data.validation, &data.test};
  readImages(splits, sets, data.warnings);
  std::array<LabelValues, 3> labels;
  for (size_t i = 0; i < sets.size(); ++i) {
    const ImageSet& set = *sets.at(i);
    if (set.count > 0 && (set.width != data.train.width || set.height != data.train.height))
      throw Error(fmt::format("{}: images of the splits differ in size: {} x {} and {} x {}.", path.string(), set.width,
                              set.height, data.train.width, data.train.height));
    if (splits.labels.at(i)) labels.at(i) = labelsOf(*splits.labels.at(i), set.count);
    if (set.count > 0 && labels.at(i).empty() != labels[0].empty())
      throw Error(fmt::format("{}: some splits have classes and some have none.", path.string()));
  }
  const LabelValues classes = classesOf({&labels[0], &labels[1], &labels[2]}, path.string());
  for (size_t i = 0; i < sets.size(); ++i) sets.at(i)->labels = placesOf(labels.at(i), classes);
  data.classNames = namesOf(classes);
  nameClasses(data, contents.classNames, path.string());
  return data;
}

}  // namespace scanline
