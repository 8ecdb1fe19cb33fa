#pragma once

#include "core/learn/evaluate/drawn_rows.h"
#include "core/run/open_model.h"

namespace scanline {

/// OpenModel::draw with an autoregressive model that has a head: position after position in raster order, with a cache
/// of keys and values; candidates in chunks where the caches of all would take too much memory. Given pixels are
/// advanced with the given token; those before the first drawn one are one pass for all.
///
/// Conditioned: particles are weighted at each given pixel after a drawn one by its probability at temperature 1, and
/// resampled where the effective sample size falls below half of them while there is more to draw; one is chosen by
/// weight at the end. Temperature, top-k and top-p shape the colours that are proposed, and enter no weight.
/// Where the model keeps prompts, drawings that begin with one go on from it, bit for bit as if they had seen it.
Drawing drawPixels(const DrawingModel& model, const DrawRequest& request, const DrawSink& sink, const Control& control);

/// Sees the given pixels before the first drawn one, and keeps them for drawings (OpenModel::prepare). The request was
/// checked (checkDrawRequest).
void prepareDrawing(const DrawingModel& model, const DrawRequest& request, const Control& control);

}  // namespace scanline
