#pragma once

#include <span>

#include "core/jobs/studio_pictures.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

// Pictures of a run's data for the window. Any thread; all throw Error and Stopped.

/// "training", "validation", "test".
QString splitWords(DataSplit split);
/// Pixels of the model's size; of data that come as tokens, as the model's colours show them.
ImageSet imagesOf(const StudioData& data, DataSplit split, std::span<const int64_t> rows, const Control& control);
/// The data set's names of classes.
QStringList classNamesOf(const StudioData& data);
/// A picture for the studio.
SourcePicture sourcePictureOf(const StudioData& data, DataSplit split, int64_t row);

}  // namespace scanline
