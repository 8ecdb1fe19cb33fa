#pragma once

#include <QString>
#include <vector>

class QComboBox;

namespace scanline {

/// A checkpoint of a run, or an imported model, that a panel can ask for.
struct ModelChoice {
  QString key;   ///< names it to the outside; not empty
  QString name;  ///< "cifar10-small, step 2 000"
  bool operator==(const ModelChoice&) const = default;
};

/// Fills a box with `first`, which stands for no model (empty = left out), and the choices, with the key as each one's
/// data. The choice stays if it is among them, else the first entry is chosen. Emits nothing.
void fillModels(QComboBox& box, const QString& first, const std::vector<ModelChoice>& choices);

}  // namespace scanline
