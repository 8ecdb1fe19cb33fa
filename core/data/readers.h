#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.h"

namespace scanline {

/// The result of a reader: training images and, if the source has them, its own held-out and test images.
struct RawDataset {
  ImageSet train, validation, test;
  std::vector<std::string> classNames, warnings;
  /// Where each training and each held-out image was read from, if data.augment reads it again; else empty.
  std::vector<std::filesystem::path> trainFiles, validationFiles;
};

// One reader a format, each in a file of its own. They check every size against the file before they allocate, and
// throw Error naming the file, the found and the expected value, and the remedy.

/// UCI optical digits, CSV (plain or .gz): 64 values of 0..16 and a label a row. Values are spread over 0..255.
RawDataset readDigits(const std::filesystem::path& file);
/// CIFAR-10 binary batches: folder with data_batch_1..5.bin and test_batch.bin.
RawDataset readCifar10(const std::filesystem::path& folder);
/// CIFAR-100 binary version: folder with train.bin and test.bin. Labels are the 100 fine ones.
RawDataset readCifar100(const std::filesystem::path& folder);
/// STL-10 binary version: folder with train_X.bin and train_y.bin, and the same for test. The 100,000 images without
/// labels are left alone, and so are the ten folds.
RawDataset readStl10(const std::filesystem::path& folder);
/// IDX (MNIST, Fashion-MNIST), plain or .gz: folder with the four usual files; without the two test files there is no
/// test set. Labels run 0 .. classNames.size() - 1.
RawDataset readIdx(const std::filesystem::path& folder, std::span<const std::string_view> classNames);
/// Folder of class folders, or of splits with class folders (see split_folders.h), or of pictures alone, which have no
/// classes and no labels: pictures of any size that readImage() reads, found by ending or content, each brought to
/// spec.side by spec.resize: once, into a file of the user's cache folder, where the images are then read. Of ImageNet
/// (spec.name "imagenet") val/ is the test set. All that is left out, turned or laid over spec.background is said in
/// warnings. Up to spec.badImageShare of undecodable images are skipped and named there; more throw. Of the training
/// images spec.limit are drawn by seed before any is decoded.
RawDataset readImageFolder(const std::filesystem::path& folder, const DataSpec& spec, uint64_t seed,
                           const Control& control);

/// Arrays of a user's own: a .npz, a folder of .npy files or a .npy file with its classes beside it (file_labels.npy,
/// file_y.npy, labels.npy or y.npy). Arrays are found by their names: images, x, x_train, ...; labels, y, y_train, ...;
/// x_val, y_val; x_test, y_test. Images are [N, H, W], [N, H, W, 1], [N, H, W, 3] or [N, 3, H, W]; whole numbers
/// 0..255, zeros and ones, or fractions within 0..1 or -1..1, which a warning then says. Classes are whole numbers or
/// one-hot rows, and those that occur are the classes; without them there are none. Classes may also be texts; a list
/// of texts called class_names, classes, label_names, target_names or names gives their names. Other arrays are
/// not read.
RawDataset readNpyImages(const std::filesystem::path& path);

/// The images of spec.name from spec.path, by the reader that the registry names. Throws Error on an unknown name.
RawDataset readRaw(const DataSpec& spec, uint64_t seed, const Control& control);

/// `wanted` different numbers of 0 .. count - 1, ascending, drawn by seed. `draw` keeps draws for different uses apart.
std::vector<int64_t> drawImages(int64_t count, int64_t wanted, uint64_t seed, uint64_t draw);
/// Which of the `count` training images of a source go where: data.limit of them, and of these, if `holdOut`, the
/// validation share to `validation`. Throws Error if there are too few.
struct SplitRows {
  std::vector<int64_t> train, validation;
};
SplitRows splitRows(int64_t count, bool holdOut, const DataSpec& spec, uint64_t seed);
/// Throws Error, if data.foldValidation is set, unless there are test images.
void ensureFoldable(const DataSpec& spec, int64_t testImages);
inline constexpr uint64_t kDrawLimit = 0;       ///< data.limit
inline constexpr uint64_t kDrawValidation = 1;  ///< data.validationShare

}  // namespace scanline
