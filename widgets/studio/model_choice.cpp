#include "widgets/studio/model_choice.h"

#include <QComboBox>
#include <QSignalBlocker>
#include <algorithm>

namespace scanline {

void fillModels(QComboBox& box, const QString& first, const std::vector<ModelChoice>& choices) {
  const QSignalBlocker quiet(&box);
  const QString before = box.currentData().toString();
  box.clear();
  if (!first.isEmpty()) box.addItem(first, QString());
  for (const ModelChoice& choice : choices) {
    box.addItem(choice.name, choice.key);
    box.setItemData(box.count() - 1, choice.name, Qt::ToolTipRole);
  }
  box.setCurrentIndex(std::max(0, box.findData(before)));
}

}  // namespace scanline
