#pragma once

#include <memory>
#include <vector>

#include "core/run/open_model.h"
#include "core/run/paint_mask.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

/// Rows of tokens as pictures in the colours of a model; codes are decoded, which can take a while. The pictures of a
/// model without known colours are grey. Any thread. Throws Error.
std::vector<StudioPicture> studioPictures(const OpenModel& model, std::vector<std::vector<Token>> tokens);
StudioPicture studioPicture(const OpenModel& model, std::vector<Token> tokens);

/// A picture of a person's own, brought to the model's size and colours. `image`: upright. Any thread. Throws Error.
SourcePicture sourcePicture(const OpenModel& model, const Image& image, const QString& name);

}  // namespace scanline
