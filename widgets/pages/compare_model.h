#pragma once

#include <QAbstractTableModel>
#include <QPalette>

#include "widgets/pages/compare_rows.h"

namespace scanline {

/// The table of the Compare page: labels in column 0, then a column a run.
class CompareModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  /// Columns keep their widths while the number of runs stays.
  void setTable(std::vector<ComparedRun> runs, std::vector<CompareRow> rows, int base);
  void setPalette(const QPalette& palette);
  const std::vector<CompareRow>& rows() const { return rows_; }
  const std::vector<ComparedRun>& runs() const { return runs_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<ComparedRun> runs_;
  std::vector<CompareRow> rows_;
  int base_ = 0;
  QPalette palette_;
};

}  // namespace scanline
