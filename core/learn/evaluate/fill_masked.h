#pragma once

#include "core/learn/model/gpt.h"
#include "core/run/open_model.h"

namespace scanline {

/// OpenModel::draw with a BERT that has a head: the pixels to paint are masked and filled, in request.passes passes.
/// Each pass draws the masked pixels that the model is surest of, those with the highest probability of a colour (ties
/// to the lower position), as many as make the rest of the passes equal; later passes see them. In batches.
Drawing fillMasked(const Gpt& model, const DrawRequest& request, const DrawSink& sink, const Control& control);

}  // namespace scanline
