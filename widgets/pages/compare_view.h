#pragma once

#include <QWidget>

#include "widgets/pages/compare_rows.h"

class QCheckBox;
class QComboBox;
class QPushButton;
class QTableView;

namespace scanline {

class CompareModel;

/// The Compare page: a column a ticked run, its results and the settings in which the runs differ. Ctrl+C copies the
/// table as tab-separated text.
class CompareView : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(QWidget* parent = nullptr);

  /// The base run stays chosen while it is among them.
  void setRuns(std::vector<ComparedRun> runs);
  RunId base() const { return base_; }
  void setBase(RunId run);
  bool showsAll() const;
  QString tsv() const;
  void copy() const;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void shareWidth();
  int baseIndex() const;

  std::vector<ComparedRun> runs_;
  RunId base_;
  CompareModel* model_;
  QComboBox* baseBox_;
  QCheckBox* all_;
  QPushButton* copy_;
  QTableView* table_;
};

}  // namespace scanline
