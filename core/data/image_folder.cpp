#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/lfs_pointer.h"
#include "core/base/parallel.h"
#include "core/base/record_file.h"
#include "core/base/user_folders.h"
#include "core/data/background.h"
#include "core/data/image_decoders.h"
#include "core/data/picture_walk.h"
#include "core/data/readers.h"
#include "core/data/resize.h"
#include "core/data/split_folders.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNamed = 10;     ///< images that a warning or an error lists
constexpr int kNamesPerCheck = 1000;  ///< of files, some milliseconds on a local disk

/// Sums of the marks that a RecordFile keeps of its images.
enum Mark : uint8_t { kBad = 1, kTurned = 2, kTransparent = 4, kPointer = 8 };

/// The class folders of `folder` and their files. Classes without images are left out with a warning. Without any, the
/// images that lie in `folder` itself, which have no class; not of ImageNet.
std::vector<PictureEntry> listTraining(const fs::path& root, const fs::path& folder, bool needsClasses,
                                       PictureWalk& walk, RawDataset& data) {
  std::vector<PictureEntry> entries;
  for (const fs::path& sub : walk.folders(folder)) {
    const size_t before = entries.size();
    walk.collect(sub, static_cast<int32_t>(data.classNames.size()), {root, folder}, entries);
    if (entries.size() > before)
      data.classNames.push_back(sub.filename().string());
    else
      data.warnings.push_back(fmt::format("{} holds no images that can be read and is left out.", sub.string()));
  }
  if (entries.empty() && !needsClasses) walk.collect(folder, PictureEntry::kNoClass, {}, entries);
  if (entries.empty())
    throw Error(fmt::format(
        "{} has no class folders with images{}. Expected is one folder a class, such as {}, with PNG, JPEG, WebP, TIFF, GIF or BMP files in it.",
        folder.string(), needsClasses ? "" : ", and no images", (folder / "cats" / "1.png").string()));
  if (!data.classNames.empty()) walk.leaveOutPicturesIn(folder);
  return entries;
}

/// The files of another split, whose classes must be known from training.
std::vector<PictureEntry> listOther(const fs::path& root, const std::optional<fs::path>& folder, PictureWalk& walk,
                                    RawDataset& data) {
  std::vector<PictureEntry> entries;
  if (!folder) return entries;
  for (const fs::path& sub : walk.folders(*folder)) {
    const auto known = std::ranges::find(data.classNames, sub.filename().string());
    std::vector<PictureEntry> found;
    walk.collect(sub, static_cast<int32_t>(known - data.classNames.begin()), {root, *folder}, found);
    if (!found.empty() && known == data.classNames.end())
      throw Error(fmt::format("{} is a class of which there are no training images. Classes are {}.", sub.string(),
                              fmt::join(data.classNames, ", ")));
    std::ranges::move(found, std::back_inserter(entries));
  }
  walk.leaveOutPicturesIn(*folder);
  return entries;
}

/// Decodes files on all threads, straight to their final size, once: the pixels are kept in the user's cache folder
/// under a name that is made from all their inputs.
class Decoder {
 public:
  Decoder(fs::path folder, const DataSpec& spec, std::vector<PictureEntry> entries, const Control& control)
      : folder_(std::move(folder)),
        spec_(spec),
        background_(backgroundColour(spec.background)),
        entries_(std::move(entries)),
        control_(control) {}

  void decode() {
    side_ = spec_.side > 0 ? spec_.side : sideOfFirst();
    const RecordPlan plan{.file = userCacheFolder() / "images" / name(),
                          .count = std::ssize(entries_),
                          .recordBytes = 3 * side_ * side_,
                          .contents = fmt::format("the decoded images of {}", folder_.string())};
    records_ = openRecordFile(
        plan, [this](int64_t first, auto records, auto marks) { decodeChunk(first, records, marks); }, control_);
    if (const auto bad = count(kBad); isTooMany(bad)) throwTooMany(bad, count(kPointer), reasons());
  }

  /// The good images among the entries first .. end - 1. `files`, if not null, is given where each was read from.
  ImageSet images(size_t first, size_t end, std::vector<fs::path>* files) const {
    ImageSet set{.width = side_, .height = side_};
    std::vector<uint32_t> rows;
    for (size_t i = first; i < end; ++i) {
      if (records_.marks[i] & kBad) continue;
      rows.push_back(static_cast<uint32_t>(i));
      if (entries_[i].label != PictureEntry::kNoClass) set.labels.push_back(entries_[i].label);
      if (files) files->push_back(entries_[i].file);
    }
    set.count = std::ssize(rows);
    if (set.count == 0) return {};
    set.file = MappedRows(records_.mapped, 0, static_cast<size_t>(3 * side_ * side_), std::move(rows));
    return set;
  }

  void addWarnings(std::vector<std::string>& warnings) const {
    if (const auto bad = count(kBad); bad > 0)
      warnings.push_back(fmt::format("{} of {} images do not decode and are skipped. {}", bad, entries_.size(),
                                     named(reasons(), bad)));
    if (const auto turned = count(kTurned); turned > 0)
      warnings.push_back(fmt::format("Turned as the EXIF orientation in the file says: {} of {} images, such as {}.",
                                     turned, entries_.size(), first(kTurned)));
    if (const auto transparent = count(kTransparent); transparent > 0)
      warnings.push_back(fmt::format(
          "Laid over {} (data.background) because they have transparent pixels: {} of {} images, such as {}.",
          spec_.background, transparent, entries_.size(), first(kTransparent)));
  }

 private:
  /// With data.side = 0 all images must have the size of the first that decodes.
  int64_t sideOfFirst() const {
    for (const PictureEntry& entry : entries_) {
      control_.check();
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
    digest.add(fmt::format("2 {} {} {}\n", side_, static_cast<int>(spec_.resize), fmt::join(background_, " ")));
    for (const PictureEntry& entry : entries_)
      digest.add(fmt::format("{}\n{} {} {}\n", entry.file.lexically_relative(folder_).string(), entry.label,
                             entry.bytes, entry.changed));
    return digest.hex().substr(0, 32);
  }

  void decodeChunk(int64_t first, std::span<std::byte> records, std::span<uint8_t> marks) {
    const auto bytes = records.size() / marks.size();
    inParallel(std::ssize(marks), hardwareThreads(), [&](int64_t i) {
      const auto at = static_cast<size_t>(i);
      const PictureEntry& entry = entries_[static_cast<size_t>(first) + at];
      marks[at] = decodeInto(entry.file, reinterpret_cast<uint8_t*>(&records[at * bytes]));
    });
  }

  uint8_t decodeInto(const fs::path& file, uint8_t* to) {
    control_.check();  // a chunk of large pictures takes seconds
    Decoded decoded;
    try {
      decoded = decodeFile(file.string(), background_);
    } catch (const Error& error) {
      const std::scoped_lock lock(mutex_);
      if (seen_.size() < kMostNamed) seen_.emplace_back(error.what());
      const bool pointer = dynamic_cast<const LfsPointerError*>(&error) != nullptr;
      pointerCount_ += pointer;
      if (isTooMany(++badCount_)) throwTooMany(badCount_, pointerCount_, seen_);
      return static_cast<uint8_t>(pointer ? kBad | kPointer : kBad);
    }
    const Image& image = decoded.image;
    if (spec_.side == 0 && (image.width != side_ || image.height != side_))
      throw Error(fmt::format(
          "{} has {} x {} pixels, other images have {} x {}. Set data.side, and all images are brought to it.",
          file.string(), image.width, image.height, side_, side_));
    std::ranges::copy(squareTo(image, side_, spec_.resize).rgb, to);
    return static_cast<uint8_t>((decoded.turned ? kTurned : 0) | (decoded.transparent ? kTransparent : 0));
  }

  int64_t count(Mark mark) const {
    return std::ranges::count_if(records_.marks, [&](uint8_t m) { return (m & mark) != 0; });
  }
  std::string first(Mark mark) const {
    const auto found = std::ranges::find_if(records_.marks, [&](uint8_t m) { return (m & mark) != 0; });
    return entries_[static_cast<size_t>(found - records_.marks.begin())].file.string();
  }

  bool isTooMany(int64_t bad) const {
    return static_cast<double>(bad) > spec_.badImageShare * static_cast<double>(entries_.size());
  }

  [[noreturn]] void throwTooMany(int64_t bad, int64_t pointers, std::vector<std::string> reasons) const {
    if (pointers == bad)
      throw Error(fmt::format(
          "The images of {} are Git LFS pointers and not the pictures themselves ({} files so far). Run git lfs pull in their repository to fetch them.",
          folder_.string(), bad));
    std::ranges::sort(reasons);  // threads find them in any order
    throw Error(fmt::format(
        "{} of {} images do not decode so far, more than the share of {} that data.badImageShare allows. {} Repair or remove them, or raise data.badImageShare.",
        bad, entries_.size(), spec_.badImageShare, named(reasons, bad)));
  }

  static std::string named(const std::vector<std::string>& reasons, int64_t bad) {
    return fmt::format("{}{}", fmt::join(reasons, " "), bad > std::ssize(reasons) ? " And others." : "");
  }

  /// Why the first bad images are bad: decoded again, as the marks do not keep the reasons.
  std::vector<std::string> reasons() const {
    std::vector<std::string> found;
    for (size_t i = 0; i < entries_.size() && found.size() < kMostNamed; ++i)
      if (records_.marks[i] & kBad) found.push_back(reasonOf(entries_[i]));
    return found;
  }

  static std::string reasonOf(const PictureEntry& entry) {
    try {
      decodeFile(entry.file.string());  // the background makes no difference to it
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  fs::path folder_;
  const DataSpec& spec_;
  Rgb background_;
  std::vector<PictureEntry> entries_;
  const Control& control_;
  int64_t side_ = 0;
  RecordFile records_;
  std::mutex mutex_;  ///< guards all below
  int64_t badCount_ = 0;
  int64_t pointerCount_ = 0;
  std::vector<std::string> seen_;
};

}  // namespace

RawDataset readImageFolder(const fs::path& folder, const DataSpec& spec, uint64_t seed, const Control& control) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(
        fmt::format("{} is not a folder. Expected is a folder of class folders with images in them.", folder.string()));
  if (fs::directory_iterator(folder, error); error)
    throw Error(fmt::format("The folder {} cannot be listed: {}.", folder.string(), error.message()));
  RawDataset data;
  int64_t lookedAt = 0;
  PictureWalk walk([&] {
    if (++lookedAt % kNamesPerCheck == 0) control.check();
  });
  const SplitFolders splits = findSplits(folder, spec.name == "imagenet", walk, data.warnings);
  std::vector<PictureEntry> entries = listTraining(folder, splits.train, spec.name == "imagenet", walk, data);
  if (spec.limit > 0 && spec.limit < std::ssize(entries)) {
    std::vector<PictureEntry> drawn;
    for (const int64_t row : drawImages(std::ssize(entries), spec.limit, seed, kDrawLimit))
      drawn.push_back(std::move(entries[static_cast<size_t>(row)]));
    entries = std::move(drawn);
  }
  const size_t trainEnd = entries.size();
  std::ranges::move(listOther(folder, splits.validation, walk, data), std::back_inserter(entries));
  const size_t validationEnd = entries.size();
  std::ranges::move(listOther(folder, splits.test, walk, data), std::back_inserter(entries));
  const size_t testEnd = entries.size();
  std::ranges::move(walk.warnings(), std::back_inserter(data.warnings));

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
