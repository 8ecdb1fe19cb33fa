#pragma once

#include <QWidget>
#include <vector>

#include "core/store/run_list.h"

class QLabel;
class QTreeWidget;

namespace scanline {

/// The runs of the list by the value of a field: how many share it, and mean and deviation of some columns.
class GroupPanel : public QWidget {
  Q_OBJECT
 public:
  explicit GroupPanel(QWidget* parent);

  /// `fields`: that the spreads are of, in their order.
  void setGroups(const QString& by, const QStringList& fields, const std::vector<RunGroup>& groups);

 signals:
  /// The runs of a group are wanted in the list.
  void groupActivated(const scanline::RunCell& value);
  void closed();

 private:
  QString copied() const;

  QLabel* title_;
  QTreeWidget* table_;
  std::vector<RunGroup> groups_;
};

}  // namespace scanline
