#pragma once

#include <QWidget>
#include <map>
#include <vector>

#include "widgets/forms/estimates.h"

class QGridLayout;
class QLabel;
class QListWidget;

namespace scanline {

/// "Before you start": the cost of the runs of the form, and which runs a sweep makes.
class StartPanel : public QWidget {
  Q_OBJECT
 public:
  explicit StartPanel(QWidget* parent = nullptr);

  /// No runs = the form is not valid: figures become dashes. `basis` answers for each run's data set.
  void setRuns(const std::vector<RunSpec>& specs, const std::vector<EstimateBasis>& basis);
  /// The figure as shown, by its label's text; for tests and screen readers.
  QString figure(const QString& label) const;

 private:
  QLabel* addFigure(QGridLayout* grid, const QString& label, const QString& help);

  std::map<QString, QLabel*> figures_;
  QLabel* note_;
  QLabel* sweepTitle_;
  QListWidget* sweep_;
};

}  // namespace scanline
