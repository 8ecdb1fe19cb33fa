#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/control.h"
#include "core/data/image.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// A data set as a run uses it: one size, split, labelled.
struct Dataset {
  ImageSet train;       ///< the training images left after the validation split, or all with data.foldValidation
  ImageSet validation;  ///< held out by seed, or the folder's own `val`/`valid`; the test images with foldValidation
  ImageSet test;        ///< the official test images; count 0 if the set has none
  /// Source of the crops of data.augment = imagenet, if that is more than `train`: the training images as they come,
  /// or their files. At most one is not empty, and it has the rows of `train`.
  ImageSet trainSource;
  std::vector<std::filesystem::path> trainFiles;
  std::vector<std::string> classNames;
  std::vector<std::string> warnings;  ///< sentences: images that did not decode, an EXIF turn that was ignored, ...
};

/// Facts of a data set that are known before it is read.
struct DatasetInfo {
  std::string_view name;         ///< "cifar10"
  std::string_view title;        ///< "CIFAR-10"
  std::string_view description;  ///< the files that it consists of, and the meaning of path
  bool needsPath = true;
  int64_t side = 0;            ///< of the images as they come; 0 = any
  int64_t trainImages = 0;     ///< before the split, 0 = unknown
  int64_t classes = 0;         ///< 0 = unknown
  bool needsSide = false;      ///< images are of any size, so data.side must be given
  bool comesAsTokens = false;  ///< there are no pixels: see readTokenDataset()
};
const std::vector<DatasetInfo>& datasetRegistry();

/// Where `scanline-cli data fetch` puts a data set, and where it is looked for if data.path is empty.
std::filesystem::path fetchedFolder(std::string_view name);
/// spec.path, or the fetched data set's folder if that is empty and the folder is there.
std::filesystem::path dataPath(const DataSpec& spec);

/// Reads, resizes (spec.side, spec.resize) and splits by seed. Reports images. Throws Stopped, Error as the readers do,
/// and Error if the set comes as tokens. Any thread; can take minutes, and hours for the first reading of a large image
/// folder.
Dataset loadDataset(const DataSpec& spec, uint64_t seed, const Control& control = {});

/// Where the bundled digits lie: SCANLINE_DATA_DIR in the environment, else beside the program, else where it was
/// built. Throws Error naming the places looked at.
std::string bundledFile(std::string_view name);

}  // namespace scanline
