#pragma once

#include <cstdint>
#include <vector>

#include "widgets/images/picture_set.h"
#include "widgets/pages/data_view.h"

namespace scanline {

// The pictures of DataView.

/// Images of a split that are shown, by their places in it: the first ones, or (`ofClass` >= 0) those of a class.
std::vector<int64_t> chosenImages(const ShownSplit& split, int64_t ofClass);

/// These images, each beside itself in the palette's colours if both are wanted.
PictureSet picturesOf(const ShownData& data, const ShownSplit& split, const std::vector<int64_t>& chosen, bool original,
                      bool quantised);

}  // namespace scanline
