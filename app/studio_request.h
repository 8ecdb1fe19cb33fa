#pragma once

#include <optional>

#include "core/run/open_model.h"

namespace scanline {

class QuestionPanel;
class StudioView;

/// Half of the cores for a drawing while a run trains in this process; else as many threads as it asks for.
void shareCores(DrawRequest& request, bool isTraining);

/// One candidate of the view's picture under its mask, for panels that compare models. Nothing where there is none to
/// draw; `panel` then says why. `hasModel`: one is open. UI thread.
std::optional<DrawRequest> requestOfOne(const StudioView& view, bool hasModel, bool isTraining, QuestionPanel& panel);

}  // namespace scanline
