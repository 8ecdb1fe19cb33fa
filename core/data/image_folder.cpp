#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/record_file.h"
#include "core/base/user_folders.h"
#include "core/data/image_decoders.h"
#include "core/data/image_file.h"
#include "core/data/readers.h"
#include "core/data/resize.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNamed = 10;  ///< images that a warning or an error lists

/// An image file and its class, and what tells it from a later file of the same name.
struct Entry {
  fs::path file;
  int32_t label = 0;
  uint64_t bytes = 0;
  int64_t changed = 0;
};

/// What a RecordFile notes of an image.
enum Mark : uint8_t { kGood = 0, kBad = 1, kTurned = 2 };

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

/// Image files at any depth. Links to folders are not followed: they may lead round in circles.
void collect(const fs::path& folder, int32_t label, std::vector<Entry>& entries) {
  std::error_code error;
  for (const auto& entry : contents(folder)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) collect(entry.path(), label, entries);
    if (entry.is_regular_file(error) && isPictureName(entry.path()))
      entries.push_back({entry.path(), label, entry.file_size(error),
                         static_cast<int64_t>(entry.last_write_time(error).time_since_epoch().count())});
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
    throw Error(fmt::format(
        "{} has no class folders with images. Expected is one folder a class, such as {}, with PNG or JPEG files in it; put the images into such folders, one will do.",
        folder.string(), (folder / "cats" / "1.png").string()));
  return entries;
}

/// The files of another split, whose classes must be known from training.
std::vector<Entry> listOther(const std::optional<fs::path>& folder, RawDataset& data) {
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
  if (entries.empty())
    data.warnings.push_back(fmt::format(
        "{} has no class folders with images, so it is left out. If its images lie side by side, put each into the folder of its class.",
        folder->string()));
  return entries;
}

/// Decodes files on all threads, straight to their final size, once: what comes out is kept in the user's cache folder
/// under a name that is made from all that decides it.
class Decoder {
 public:
  Decoder(fs::path folder, const DataSpec& spec, std::vector<Entry> entries, const Control& control)
      : folder_(std::move(folder)), spec_(spec), entries_(std::move(entries)), control_(control) {}

  void decode() {
    side_ = spec_.side > 0 ? spec_.side : sideOfFirst();
    const RecordPlan plan{.file = userCacheFolder() / "images" / name(),
                          .count = std::ssize(entries_),
                          .recordBytes = 3 * side_ * side_,
                          .contents = fmt::format("the decoded images of {}", folder_.string())};
    records_ = openRecordFile(
        plan, [this](int64_t first, auto records, auto marks) { decodeChunk(first, records, marks); }, control_);
    if (const auto bad = std::ranges::count(records_.marks, kBad); isTooMany(bad)) throwTooMany(bad, reasons());
  }

  /// The good images among the entries first .. end - 1. `files`, if not null, is given where each was read from.
  ImageSet images(size_t first, size_t end, std::vector<fs::path>* files) const {
    ImageSet set{.width = side_, .height = side_};
    std::vector<uint32_t> rows;
    for (size_t i = first; i < end; ++i) {
      if (records_.marks[i] == kBad) continue;
      rows.push_back(static_cast<uint32_t>(i));
      set.labels.push_back(entries_[i].label);
      if (files) files->push_back(entries_[i].file);
    }
    set.count = std::ssize(rows);
    if (set.count == 0) return {};
    set.file = MappedRows(records_.mapped, 0, static_cast<size_t>(3 * side_ * side_), std::move(rows));
    return set;
  }

  void addWarnings(std::vector<std::string>& warnings) const {
    if (const auto bad = std::ranges::count(records_.marks, kBad); bad > 0)
      warnings.push_back(fmt::format("{} of {} images do not decode and are skipped. {}", bad, entries_.size(),
                                     named(reasons(), bad)));
    if (const auto turned = std::ranges::count(records_.marks, kTurned); turned > 0) {
      const auto first = static_cast<size_t>(std::ranges::find(records_.marks, kTurned) - records_.marks.begin());
      warnings.push_back(fmt::format("{} images carry an EXIF turn, which is not applied; the first is {}.", turned,
                                     entries_[first].file.string()));
    }
  }

 private:
  /// With data.side = 0 all images must have the size of the first that decodes.
  int64_t sideOfFirst() const {
    for (const Entry& entry : entries_) {
      Image image;
      try {
        image = decodeFile(entry.file.string()).image;
      } catch (const Error&) {
        continue;  // counted when its turn comes
      }
      if (image.width != image.height)
        throw Error(fmt::format(
            "{} has {} x {} pixels; models see squares. Set data.side, and all images are cropped and resized to it.",
            entry.file.string(), image.width, image.height));
      return image.width;
    }
    throw Error(fmt::format("None of {} images decodes. The first: {}", entries_.size(), reasonOf(entries_[0])));
  }

  std::string name() const {
    Digest digest("sha256");
    digest.add(fmt::format("1 {} {}\n", side_, static_cast<int>(spec_.resize)));
    for (const Entry& entry : entries_)
      digest.add(fmt::format("{}\n{} {} {}\n", entry.file.lexically_relative(folder_).string(), entry.label,
                             entry.bytes, entry.changed));
    return digest.hex().substr(0, 32);
  }

  void decodeChunk(int64_t first, std::span<std::byte> records, std::span<uint8_t> marks) {
    const auto bytes = records.size() / marks.size();
    inParallel(std::ssize(marks), hardwareThreads(), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      const Entry& entry = entries_[static_cast<size_t>(first) + at];
      marks[at] = decodeInto(entry.file, reinterpret_cast<uint8_t*>(&records[at * bytes]));
    });
  }

  uint8_t decodeInto(const fs::path& file, uint8_t* to) {
    Decoded decoded;
    try {
      decoded = decodeFile(file.string());
    } catch (const Error& error) {
      const std::scoped_lock lock(mutex_);
      if (seen_.size() < kMostNamed) seen_.emplace_back(error.what());
      if (isTooMany(++badCount_)) throwTooMany(badCount_, seen_);
      return kBad;
    }
    const Image& image = decoded.image;
    if (spec_.side == 0 && (image.width != side_ || image.height != side_))
      throw Error(fmt::format(
          "{} has {} x {} pixels, other images have {} x {}. Set data.side, and all images are brought to it.",
          file.string(), image.width, image.height, side_, side_));
    std::ranges::copy(squareTo(image, side_, spec_.resize).rgb, to);
    return decoded.turned ? kTurned : kGood;
  }

  bool isTooMany(int64_t bad) const {
    return static_cast<double>(bad) > spec_.badImageShare * static_cast<double>(entries_.size());
  }

  [[noreturn]] void throwTooMany(int64_t bad, std::vector<std::string> reasons) const {
    std::ranges::sort(reasons);  // threads meet them in any order
    throw Error(fmt::format(
        "{} of {} images do not decode so far, more than the share of {} that data.badImageShare allows. {} Repair or remove them, or raise data.badImageShare.",
        bad, entries_.size(), spec_.badImageShare, named(reasons, bad)));
  }

  static std::string named(const std::vector<std::string>& reasons, int64_t bad) {
    return fmt::format("{}{}", fmt::join(reasons, " "), bad > std::ssize(reasons) ? " And others." : "");
  }

  /// Why the first bad images are bad: asked again, since only that they are is kept.
  std::vector<std::string> reasons() const {
    std::vector<std::string> found;
    for (size_t i = 0; i < entries_.size() && found.size() < kMostNamed; ++i)
      if (records_.marks[i] == kBad) found.push_back(reasonOf(entries_[i]));
    return found;
  }

  static std::string reasonOf(const Entry& entry) {
    try {
      decodeFile(entry.file.string());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  fs::path folder_;
  const DataSpec& spec_;
  std::vector<Entry> entries_;
  const Control& control_;
  int64_t side_ = 0;
  RecordFile records_;
  std::mutex mutex_;  ///< guards all below
  int64_t badCount_ = 0;
  std::vector<std::string> seen_;
};

/// The folder's splits by their names.
struct Splits {
  std::optional<fs::path> train, validation, test;
};

Splits splitsOf(const fs::path& folder, bool valIsTest) {
  Splits splits{.train = firstFolder(folder, {"train"})};
  if (!splits.train) return splits;
  auto val = firstFolder(folder, {"val", "valid", "validation"});
  splits.test = firstFolder(folder, {"test"});
  (valIsTest ? splits.test : splits.validation) = std::move(val);
  return splits;
}

}  // namespace

RawDataset readImageFolder(const fs::path& folder, const DataSpec& spec, uint64_t seed, const Control& control) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(fmt::format("{} is not a folder. Expected is a folder of class folders with PNG or JPEG files in them.",
                            folder.string()));
  const Splits splits = splitsOf(folder, spec.name == "imagenet");
  RawDataset data;
  std::vector<Entry> entries = listTraining(splits.train.value_or(folder), data);
  if (spec.limit > 0 && spec.limit < std::ssize(entries)) {
    std::vector<Entry> drawn;
    for (const int64_t row : drawImages(std::ssize(entries), spec.limit, seed, kDrawLimit))
      drawn.push_back(std::move(entries[static_cast<size_t>(row)]));
    entries = std::move(drawn);
  }
  const size_t trainEnd = entries.size();
  std::ranges::move(listOther(splits.validation, data), std::back_inserter(entries));
  const size_t validationEnd = entries.size();
  std::ranges::move(listOther(splits.test, data), std::back_inserter(entries));
  const size_t testEnd = entries.size();

  Decoder decoder(folder, spec, std::move(entries), control);
  decoder.decode();
  const bool again = spec.augment == Augment::Imagenet;
  data.train = decoder.images(0, trainEnd, again ? &data.trainFiles : nullptr);
  data.validation = decoder.images(trainEnd, validationEnd, again ? &data.validationFiles : nullptr);
  data.test = decoder.images(validationEnd, testEnd, nullptr);
  decoder.addWarnings(data.warnings);
  return data;
}

}  // namespace scanline
