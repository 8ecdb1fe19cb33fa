#pragma once

#include <QString>
#include <vector>

#include "core/run/events.h"
#include "core/tokens/palette.h"
#include "widgets/images/picture_set.h"

namespace scanline {

/// The completions of a run at its newest step.
struct ComparedSamples {
  QString name;  ///< of the run
  SampleSet set;
  Palette palette;
};

struct ComparedPictures {
  PictureSet pictures;
  QString words;  ///< about runs that are left out; empty = none is
};

/// A row a run: the first completion of each of the first prompts, below their originals where all runs have the same.
/// Runs whose pictures have another size than the first one's are left out, and said. Throws Error as
/// completionPictures() does.
ComparedPictures comparedPictures(const std::vector<ComparedSamples>& runs);

}  // namespace scanline
