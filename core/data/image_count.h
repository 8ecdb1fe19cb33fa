#pragma once

#include <cstdint>

#include "core/spec/run_spec.h"

namespace scanline {

/// Training images that lie at dataPath(spec), before limit and split, as sizes and headers of the files tell it: a
/// CIFAR-10 with 2,000 pictures a file has 10,000. The registry's number where the files are missing or do not
/// tell it; 0 = unknown, as for folders of pictures. Opens a file at most; fast enough for a form. Any thread.
int64_t countTrainImages(const DataSpec& spec);

/// Of `images` those that a run of these settings trains on, after data.limit and the validation split; 0 of 0.
int64_t imagesTrainedOn(const DataSpec& spec, int64_t images);

}  // namespace scanline
