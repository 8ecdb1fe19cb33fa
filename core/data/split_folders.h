#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/picture_walk.h"

namespace scanline {

enum class Split { Train, Validation, Test };

/// The split that a folder's name says, in any case of letters and with the usual words and numbers around it: train,
/// Training, seg_train, train2017; val, valid, validation, dev; test, Testing, seg_test. Nothing if it says none, or
/// two.
std::optional<Split> splitOfName(std::string_view name);

/// Where the class folders of a data set lie.
struct SplitFolders {
  std::filesystem::path train;  ///< the root itself if there are no splits
  std::optional<std::filesystem::path> validation, test;
};

/// The splits of an image folder. A folder is a split if its name says so and it holds class folders; without one for
/// training, all folders are classes. `warnings` names the folders left out. Throws Error if folders look like splits
/// but cannot be used as such: two for training, or none while there is one for tests, or pictures without classes in
/// all of them. With `valIsTest` the validation folder is the test set.
SplitFolders findSplits(const std::filesystem::path& root, bool valIsTest, PictureWalk& walk,
                        std::vector<std::string>& warnings);

}  // namespace scanline
