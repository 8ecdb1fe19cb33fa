#pragma once

#include <QWidget>

#include "widgets/pages/compare_samples.h"
#include "widgets/pages/compare_table.h"

class QCheckBox;
class QComboBox;
class QHeaderView;
class QLabel;
class QModelIndex;
class QPushButton;
class QSplitter;
class QTableView;
class QToolButton;

namespace scanline {

class Chart;
class CompareModel;
class CompareOrder;
class ImageGrid;

/// The Compare page: a row a run, whose name stays in sight, with its results and the settings in which the runs
/// differ, sortable by any of them; below it their curves, probes and newest completions. Ctrl+C copies the table for
/// spreadsheets; N and Shift+N walk the settings that differ.
class CompareView : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(QWidget* parent = nullptr);

  /// The base run stays chosen while it is among them, and so does the order.
  void setRuns(std::vector<ComparedRun> runs);
  /// The newest completions of some of the runs.
  void setSamples(const ComparedPictures& samples);
  RunId base() const { return base_; }
  void setBase(RunId run);
  bool showsAll() const;
  /// In the order shown.
  QString tsv() const;

 signals:
  /// The page comes on the screen and needs its values now.
  void shown();
  void runActivated(scanline::RunId run);  ///< by a double click or Enter
  void copied(const QString& sentence);    ///< the table is on the clipboard
  void failed(const QString& sentence);    ///< a picture could not be written

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* makeBar();
  void makeTable();
  QWidget* makeCharts();
  void refresh();
  void refreshCharts();
  void fillBases();
  void fitColumns();
  void copy();
  void goToDifference(int by);
  void showMenu(const QPoint& place);
  void placeNames();
  void layOutLower();
  int baseIndex() const;
  int runAt(int row) const;  ///< index of the run in a row as sorted

  std::vector<ComparedRun> runs_;
  RunId base_;
  size_t charted_ = 0;  ///< lines in the charts
  CompareModel* model_;
  CompareOrder* order_;
  QComboBox* baseBox_;
  QCheckBox* all_;
  QToolButton *previous_, *next_;
  QPushButton* copy_;
  QLabel* hint_;
  QTableView* table_;
  QHeaderView* names_;  ///< above the names of the runs
  QSplitter* splitter_;
  QWidget* lower_;  ///< charts and pictures
  Chart *losses_, *accuracies_;
  QLabel* samplesWords_;
  ImageGrid* samples_;
};

}  // namespace scanline
