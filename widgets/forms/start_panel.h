#pragma once

#include <QDate>
#include <QWidget>
#include <map>
#include <set>
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

  /// Facts about the runs besides their settings.
  struct Known {
    std::vector<EstimateBasis> basis;  ///< of each run
    std::set<QString> wrong;           ///< settings that are not right yet: figures that depend on them are dashes
    bool isCounted = true;             ///< how many runs there are is known
    QDate measured;                    ///< day of the speeds in `basis`; invalid: there are none
    bool isOfItsShape = false;         ///< they were measured with such a model
  };
  /// `specs`: with defaults in place of settings that cannot be read; not empty.
  void setRuns(const std::vector<RunSpec>& specs, const Known& known);
  /// The figure as shown, by its label's text; for tests and screen readers.
  QString figure(const QString& label) const;

 private:
  struct Figure {
    QLabel *name, *value;
  };
  void addFigure(QGridLayout* grid, const QString& label, const QString& help);
  void setFigure(const QString& label, const QString& text);
  void showSweep(const std::vector<RunSpec>& specs, bool isCounted);

  std::map<QString, Figure> figures_;
  QLabel* note_;
  QLabel* sweepTitle_;
  QListWidget* sweep_;
};

}  // namespace scanline
