#include "widgets/studio/checkpoint_box.h"

#include <QComboBox>
#include <algorithm>

namespace scanline {

void fillCheckpoints(QComboBox& box, std::span<const StudioCheckpoint> checkpoints, qint64 step) {
  box.clear();
  for (const StudioCheckpoint& each : checkpoints) box.addItem(each.words, each.step);
  box.setCurrentIndex(std::max(0, box.findData(step)));
  box.setVisible(!checkpoints.empty());
}

}  // namespace scanline
