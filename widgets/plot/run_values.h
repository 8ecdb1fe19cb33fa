#pragma once

#include <QColor>
#include <QString>
#include <QStringList>
#include <memory>
#include <set>
#include <vector>

#include "widgets/plot/axis_scale.h"

class QPainter;
class QPoint;
class QRect;

namespace scanline {

struct Theme;

/// Numbers of many runs, for charts whose points are runs: a row each run, a column each field.
struct RunValues {
  struct Column {
    QString name;                ///< of the field: "lr", "best(validation/loss)"
    std::vector<double> values;  ///< [runs]; NaN: the run has none. Of a field of texts: places in `texts`
    QStringList texts;           ///< the different texts, sorted; empty for numbers
  };
  std::vector<qint64> runs;  ///< ids
  QStringList names;         ///< [runs]
  std::vector<Column> columns;

  size_t size() const { return runs.size(); }
  int column(const QString& name) const;       ///< -1: there is none
  QString text(int column, size_t row) const;  ///< "3e-4"; "–" for a value that is not there
  std::vector<qint64> idsOf(const std::vector<size_t>& rows) const;
};
using SharedRunValues = std::shared_ptr<const RunValues>;

/// Runs that are marked in a chart: the one that the window shows, and those that are ticked.
struct MarkedRuns {
  qint64 chosen = 0;
  std::set<qint64> ticked;
  bool operator==(const MarkedRuns&) const = default;
};

/// Colours by a column: heat colours for numbers, run colours for texts, the accent for none (column < 0).
class RunColouring {
 public:
  RunColouring() = default;
  RunColouring(const RunValues& values, int column);

  QColor colour(size_t row, const Theme& theme) const;
  bool isScale() const { return column_ && column_->texts.isEmpty(); }
  const AxisScale& scale() const { return scale_; }  ///< logarithmic where the values span two decades
  const RunValues::Column* column() const { return column_; }

 private:
  const RunValues::Column* column_ = nullptr;
  AxisScale scale_;
};

/// A run's name and some of its values in a small frame beside `at`, inside `area`.
void paintRunTip(QPainter& painter, const QRect& area, const QPoint& at, const RunValues& values, size_t row,
                 const std::vector<int>& columns, const Theme& theme);
/// A tip as one line, for screen readers.
QString runTipText(const RunValues& values, size_t row, const std::vector<int>& columns);

}  // namespace scanline
