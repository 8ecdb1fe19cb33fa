#pragma once

#include <span>

#include "widgets/studio/studio_values.h"

class QComboBox;

namespace scanline {

/// The checkpoints of a run to choose from, with the step of each as its data; that of `step` is chosen, else the
/// first. Without any, the box is hidden. Emits no activated.
void fillCheckpoints(QComboBox& box, std::span<const StudioCheckpoint> checkpoints, qint64 step);

}  // namespace scanline
