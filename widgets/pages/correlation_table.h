#pragma once

#include <QTableWidget>
#include <vector>

namespace scanline {

/// How much a setting and a result go together over many runs.
struct FieldCorrelation {
  QString field;
  double rho = 0;    ///< Spearman's rank correlation, -1..1
  qint64 count = 0;  ///< runs that have both
  bool operator==(const FieldCorrelation&) const = default;
};

/// Settings with a bar each, to the left for a result that falls with the setting, to the right for one that rises; the
/// strongest first, until a person sorts by another column. Enter or a double click asks for the chart of a setting.
/// Copy takes the whole table.
class CorrelationTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit CorrelationTable(QWidget* parent = nullptr);

  void setCorrelations(const std::vector<FieldCorrelation>& correlations);

 signals:
  void fieldChosen(const QString& field);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
};

}  // namespace scanline
