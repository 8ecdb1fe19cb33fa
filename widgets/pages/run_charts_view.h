#pragma once

#include <QWidget>
#include <array>
#include <vector>

#include "core/store/run_list.h"
#include "widgets/pages/correlation_table.h"
#include "widgets/plot/run_values.h"

class QAction;
class QCheckBox;
class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace scanline {

class ParallelChart;
class PointChart;
class SegmentedControl;
class SettingMap;

/// Charts whose points are runs: a result against a setting, parallel coordinates, a heat map of two settings, and the
/// rank correlation of every setting with a result. It says which fields it shows, and is given their values.
class RunChartsView : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { Points, Parallel, Map, Correlation };
  static constexpr size_t kMostTicked = 100;  ///< runs that one brush ticks at most

  explicit RunChartsView(QWidget* parent = nullptr);

  /// All fields that can be chosen. Choices that are still there stay.
  void setFields(const std::vector<RunField>& fields);
  /// Of the chosen fields, and of every setting that varies.
  void setValues(SharedRunValues values);
  void setCorrelations(const std::vector<FieldCorrelation>& correlations);
  void setMarked(const MarkedRuns& marked);
  /// Runs are being read: so many of `total`. total 0: it is over.
  void setProgress(qint64 done, qint64 total);
  void setEmptyText(const QString& text);

  Kind kind() const;
  void setKind(Kind kind);
  QString result() const;           ///< the field of the y axis, of the correlations, of the map's values
  QStringList shownFields() const;  ///< all that the boxes and the axes name
  /// Those of them that are no settings: summaries and facts, whose values have to be asked for.
  QStringList chosenFields() const;
  /// Choices of kind and fields, for the settings.
  QByteArray saveChoices() const;
  void restoreChoices(const QByteArray& choices);

 signals:
  /// Other fields are chosen, so other values may be needed.
  void fieldsChanged();
  void runRequested(qint64 run);
  void runToggled(qint64 run);
  /// To be ticked, instead of those that are or with them.
  void tickRequested(const std::vector<qint64>& runs, bool add);
  void failed(const QString& sentence);

 private:
  QWidget* makeToolbar();
  QComboBox* makeFieldBox(const char* name, const QString& help);
  QCheckBox* makeSwitch(const char* name, const QString& text, const QString& help);
  void connectCharts();
  void chooseDefaults();
  void applyFields();
  void applyKind();
  void fillAxesMenu();
  std::vector<int> parallelColumns() const;
  void showNote();
  void tick(const std::vector<qint64>& runs, bool add);
  int column(const QComboBox* box) const;

  std::vector<RunField> fields_;
  SharedRunValues values_;
  QStringList axes_;         ///< of the parallel coordinates, as a person chose them
  bool axesChosen_ = false;  ///< else those that vary most
  QString remark_;           ///< on the result of the last brush
  QString progress_;

  SegmentedControl* kinds_;
  std::array<QLabel*, 3> captions_{};
  std::array<QWidget*, 2> rows_{};  ///< of the toolbar, which break where there is no room
  QComboBox *result_ = nullptr, *setting_ = nullptr, *third_ = nullptr;
  QCheckBox *logResult_ = nullptr, *logSetting_ = nullptr, *logThird_ = nullptr, *means_ = nullptr;
  QToolButton* axesButton_ = nullptr;
  QMenu* axesMenu_ = nullptr;
  QStackedWidget* charts_;
  PointChart* points_;
  ParallelChart* parallel_;
  SettingMap* map_;
  CorrelationTable* correlations_;
  QLabel* note_;
  QPushButton* tickBrushed_;
};

}  // namespace scanline
