#pragma once

#include <QStringList>
#include <QTableWidget>
#include <optional>
#include <vector>

#include "core/run/events.h"

namespace scanline {

/// How many pictures there are of a class, and how many of them a probe recognises.
struct ClassAccuracy {
  int64_t images = 0, right = 0;
  double share() const { return images > 0 ? double(right) / double(images) : 0; }
};
/// [classes], of a confusion matrix as in ProbeResult.
std::vector<ClassAccuracy> classAccuracies(int64_t classes, const std::vector<ConfusionCell>& confusion);

/// The accuracy of a probe class by class, and by how much it differs from another probe's. Sorts by any column; the
/// class that is recognised least comes first until a person sorts otherwise. Copy takes the whole table.
class ClassAccuracyTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit ClassAccuracyTable(QWidget* parent = nullptr);

  /// `other`: of the probe to compare with, with as many classes; empty: none. Names may be fewer than classes (numbers
  /// then stand in).
  void setClasses(const std::vector<ClassAccuracy>& classes, const std::vector<ClassAccuracy>& other,
                  const QStringList& names);

 signals:
  /// A row was double-clicked, or Enter was pressed on it.
  void classChosen(int label);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void choose(int row);
};

}  // namespace scanline
