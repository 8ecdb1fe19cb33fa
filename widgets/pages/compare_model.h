#pragma once

#include <QAbstractTableModel>
#include <QPalette>
#include <QSortFilterProxyModel>

#include "widgets/pages/compare_table.h"

namespace scanline {

/// The table of the Compare page: a row a run, whose name and colour stand in the vertical header, and a column a
/// result or setting.
class CompareModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  void setTable(std::vector<ComparedRun> runs, std::vector<CompareColumn> columns, int base);
  void setPalette(const QPalette& palette);
  const std::vector<CompareColumn>& columns() const { return columns_; }
  const std::vector<ComparedRun>& runs() const { return runs_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QVariant rowHeader(int row, int role) const;

  std::vector<ComparedRun> runs_;
  std::vector<CompareColumn> columns_;
  int base_ = 0;
  QPalette palette_;
};

/// Sorts by a column's numbers, else its texts; runs without a value come last either way.
class CompareOrder : public QSortFilterProxyModel {
 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
};

}  // namespace scanline
