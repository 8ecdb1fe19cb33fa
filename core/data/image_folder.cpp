#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/data/image_codecs.h"
#include "core/data/progress.h"
#include "core/data/readers.h"
#include "core/data/resize.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNamed = 10;  ///< images that a warning or an error lists

/// An image file and its class.
struct Entry {
  fs::path file;
  int32_t label = 0;
};

/// What lies in a folder, without hidden things, by name.
std::vector<fs::directory_entry> contents(const fs::path& folder) {
  std::vector<fs::directory_entry> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (!it->path().filename().string().starts_with('.')) all.push_back(*it);
  if (error) throw Error(fmt::format("The folder {} cannot be listed: {}.", folder.string(), error.message()));
  std::ranges::sort(all, {}, [](const fs::directory_entry& e) { return e.path().filename(); });
  return all;
}

std::vector<fs::path> foldersIn(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : contents(folder))
    if (entry.is_directory(error)) folders.push_back(entry.path());
  return folders;
}

bool isImageName(const fs::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// Image files at any depth. Links to folders are not followed: they may lead round in circles.
void collect(const fs::path& folder, int32_t label, std::vector<Entry>& entries) {
  std::error_code error;
  for (const auto& entry : contents(folder)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) collect(entry.path(), label, entries);
    if (entry.is_regular_file(error) && isImageName(entry.path())) entries.push_back({entry.path(), label});
  }
}

std::optional<fs::path> firstFolder(const fs::path& root, std::initializer_list<std::string_view> names) {
  std::error_code error;
  for (const std::string_view name : names)
    if (fs::is_directory(root / name, error)) return root / name;
  return {};
}

/// The training classes and their files. Classes without images are left out with a warning.
std::vector<Entry> listTraining(const fs::path& folder, RawDataset& data) {
  std::vector<Entry> entries;
  for (const fs::path& sub : foldersIn(folder)) {
    const size_t before = entries.size();
    collect(sub, static_cast<int32_t>(data.classNames.size()), entries);
    if (entries.size() > before)
      data.classNames.push_back(sub.filename().string());
    else
      data.warnings.push_back(fmt::format("{} holds no PNG or JPEG images and is left out.", sub.string()));
  }
  if (entries.empty())
    throw Error(
        fmt::format("{} has no class folders with images. Expected is one folder a class, such as {}, with PNG or JPEG "
                    "files in it; put the images into such folders, one will do.",
                    folder.string(), (folder / "cats" / "1.png").string()));
  return entries;
}

/// The files of another split, whose classes must be known from training.
std::vector<Entry> listOther(const std::optional<fs::path>& folder, const RawDataset& data) {
  std::vector<Entry> entries;
  if (!folder) return entries;
  for (const fs::path& sub : foldersIn(*folder)) {
    const auto known = std::ranges::find(data.classNames, sub.filename().string());
    std::vector<Entry> found;
    collect(sub, static_cast<int32_t>(known - data.classNames.begin()), found);
    if (!found.empty() && known == data.classNames.end())
      throw Error(fmt::format("{} is a class of which there are no training images. Classes are {}.", sub.string(),
                              fmt::join(data.classNames, ", ")));
    entries.insert(entries.end(), found.begin(), found.end());
  }
  return entries;
}

/// Decodes files on all threads, straight to their final size, and keeps count of those that do not decode.
class Decoder {
 public:
  Decoder(const DataSpec& spec, int64_t total, const Progress& progress)
      : spec_(spec), total_(total), counter_(progress, total) {}

  ImageSet decode(const std::vector<Entry>& entries) {
    ImageSet set;
    if (entries.empty()) return set;
    if (side() == 0) takeSideFrom(entries);
    if (side() == 0) return set;
    set.width = set.height = side();
    const auto bytes = static_cast<size_t>(3 * side() * side());
    set.rgb.resize(bytes * entries.size());
    std::vector<char> good(entries.size());
    inParallel(std::ssize(entries), hardwareThreads(), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      good[at] = decodeInto(entries[at].file, &set.rgb[at * bytes]);
      counter_.add(1);
    });
    for (size_t i = 0; i < entries.size(); ++i) {  // close the gaps that bad images left
      if (!good[i]) continue;
      const auto from = set.rgb.begin() + static_cast<ptrdiff_t>(i * bytes);
      std::copy(from, from + static_cast<ptrdiff_t>(bytes),
                set.rgb.begin() + static_cast<ptrdiff_t>(set.labels.size() * bytes));
      set.labels.push_back(entries[i].label);
    }
    set.count = std::ssize(set.labels);
    set.rgb.resize(bytes * set.labels.size());
    return set;
  }

  void addWarnings(std::vector<std::string>& warnings) {
    if (badCount_ > 0)
      warnings.push_back(fmt::format("{} of {} images do not decode and are skipped. {}", badCount_, total_, named()));
    if (turned_ > 0)
      warnings.push_back(
          fmt::format("{} images carry an EXIF turn, which is not applied; the first is {}.", turned_, firstTurned_));
  }

 private:
  int64_t side() const { return spec_.side > 0 ? spec_.side : ownSide_; }

  /// With data.side = 0 all images must have the size of the first that decodes.
  void takeSideFrom(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      Image image;
      try {
        image = decodeFile(entry.file.string()).image;
      } catch (const Error&) {
        continue;  // counted when its turn comes
      }
      if (image.width != image.height)
        throw Error(fmt::format(
            "{} has {} x {} pixels; models see squares. Set data.side, and all images are cropped and resized "
            "to it.",
            entry.file.string(), image.width, image.height));
      ownSide_ = image.width;
      return;
    }
    if (ownSide_ == 0)
      throw Error(fmt::format("None of {} images decodes. The first: {}", entries.size(), reasonOf(entries[0])));
  }

  static std::string reasonOf(const Entry& entry) {
    try {
      decodeFile(entry.file.string());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  bool decodeInto(const fs::path& file, uint8_t* to) {
    Decoded decoded;
    try {
      decoded = decodeFile(file.string());
    } catch (const Error& error) {
      reportBad(error.what());
      return false;
    }
    if (decoded.turned) {
      const std::scoped_lock lock(mutex_);
      ++turned_;
      if (firstTurned_.empty() || file.string() < firstTurned_) firstTurned_ = file.string();
    }
    const Image& image = decoded.image;
    if (spec_.side == 0 && (image.width != ownSide_ || image.height != ownSide_))
      throw Error(fmt::format(
          "{} has {} x {} pixels, other images have {} x {}. Set data.side, and all images are brought to it.",
          file.string(), image.width, image.height, ownSide_, ownSide_));
    std::ranges::copy(squareTo(image, side(), spec_.resize).rgb, to);
    return true;
  }

  void reportBad(const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    ++badCount_;
    reasons_.push_back(reason);
    std::ranges::sort(reasons_);  // threads meet them in any order
    if (reasons_.size() > kMostNamed) reasons_.pop_back();
    if (static_cast<double>(badCount_) > spec_.badImageShare * static_cast<double>(total_))
      throw Error(fmt::format(
          "{} of {} images do not decode so far, more than the share of {} that data.badImageShare allows. {} "
          "Repair or remove them, or raise data.badImageShare.",
          badCount_, total_, spec_.badImageShare, named()));
  }

  std::string named() const {
    return fmt::format("{}{}", fmt::join(reasons_, " "), badCount_ > std::ssize(reasons_) ? " And others." : "");
  }

  const DataSpec& spec_;
  int64_t total_;
  int64_t ownSide_ = 0;
  ProgressCounter counter_;
  std::mutex mutex_;  ///< guards all below
  int64_t badCount_ = 0, turned_ = 0;
  std::vector<std::string> reasons_;
  std::string firstTurned_;
};

}  // namespace

RawDataset readImageFolder(const fs::path& folder, const DataSpec& spec, uint64_t seed, const Progress& progress) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(fmt::format("{} is not a folder. Expected is a folder of class folders with PNG or JPEG files in them.",
                            folder.string()));
  const auto train = firstFolder(folder, {"train"});
  RawDataset data;
  std::vector<Entry> training = listTraining(train.value_or(folder), data);
  std::vector<Entry> validation, test;
  if (train) {
    validation = listOther(firstFolder(folder, {"val", "valid", "validation"}), data);
    test = listOther(firstFolder(folder, {"test"}), data);
  }
  if (spec.limit > 0 && spec.limit < std::ssize(training)) {
    std::vector<Entry> drawn;
    for (const int64_t row : drawRows(std::ssize(training), spec.limit, seed, kDrawLimit))
      drawn.push_back(std::move(training[static_cast<size_t>(row)]));
    training = std::move(drawn);
  }
  Decoder decoder(spec, std::ssize(training) + std::ssize(validation) + std::ssize(test), progress);
  data.train = decoder.decode(training);
  data.validation = decoder.decode(validation);
  data.test = decoder.decode(test);
  decoder.addWarnings(data.warnings);
  return data;
}

}  // namespace scanline
