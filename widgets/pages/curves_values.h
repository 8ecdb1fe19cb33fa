#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/plot/chart_types.h"

class QComboBox;
class QLabel;
class QTableWidget;

namespace scanline {

/// The values of all runs and series at the crosshair, as a table that sorts by any column and copies as numbers; with
/// the difference to a run of one's choice.
class CurvesValues : public QWidget {
  Q_OBJECT

 public:
  struct Row {
    int64_t run = 0;
    QString runName, series;
    double x = 0;  ///< of the point that is nearest to the crosshair
    double value = 0, raw = 0;
    TickText text = TickText::Number;
    bool operator==(const Row&) const = default;
  };
  explicit CurvesValues(QWidget* parent);

  /// `place`: the crosshair in words; empty: there is none, and the last values stay.
  void setRows(std::vector<Row> rows, const QString& place, const QString& xName, TickText xText);
  /// Those that differences can be taken to; the first is taken by itself.
  void setRuns(const std::vector<ChartRun>& runs);
  /// All rows in the order shown, or the chosen ones: separated by tabs, in the C locale, with a header.
  QString copied() const;

 private:
  void fill();
  std::optional<double> difference(const Row& row) const;
  int64_t base() const;

  std::vector<Row> rows_;
  QString xName_;
  TickText xText_ = TickText::Steps;
  QLabel* place_;
  QComboBox* base_;
  QTableWidget* table_;
};

}  // namespace scanline
