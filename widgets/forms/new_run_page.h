#pragma once

#include <QWidget>
#include <map>
#include <optional>
#include <vector>

#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "widgets/forms/model_source.h"

class QButtonGroup;
class QLabel;
class QPushButton;

namespace scanline {

class SourceRow;
class SpecForm;
class StartPanel;

/// The New run page: presets, the form, and the cost of the run. Enter starts; the first wrong field gets the focus.
class NewRunPage : public QWidget {
  Q_OBJECT
 public:
  explicit NewRunPage(QWidget* parent = nullptr);

  /// Fills the form. `baseName`: the settings that "changed" is measured by, in words ("quick start"); chooses the
  /// preset card if the spec is that preset's.
  void setSpec(const RunSpec& spec, const QString& baseName);
  /// The checkpoints that a run can start from, as the page offers them.
  void setSources(std::vector<ModelSource> sources);
  /// The checkpoint that the runs start from; kinds that needsModel() cannot be started without. Kept by setSpec().
  void setSource(const std::optional<ModelSource>& source);
  const std::optional<ModelSource>& source() const;
  /// For the box of data.name and the estimates.
  void setDatasets(std::vector<DatasetInfo> datasets);
  /// 10^9 operations a second that training has reached on this machine; 0 = not measured.
  void setThroughput(double gflops);

  /// Every run that the form describes; empty while something is wrong.
  std::vector<RunSpec> specs() const;
  /// The first of them, with defaults in place of wrong settings.
  const RunSpec& described() const;
  SpecForm* form() const { return form_; }

 signals:
  /// Run now, before those that wait in the queue.
  void startRequested(const std::vector<RunSpec>& specs);
  void queueRequested(const std::vector<RunSpec>& specs);
  void cancelled();
  /// The person chose another checkpoint; the window answers by setSpec() with settings that fit its model.
  void sourceChosen(const std::optional<scanline::ModelSource>& source);
  /// The window asks for a file, reads it and answers by setSpec.
  void loadFileRequested();
  /// The window asks for a file and writes the spec (a sweep's first run).
  void saveFileRequested(const RunSpec& spec);
  /// The images that such a run would learn from are to be shown.
  void dataRequested(const RunSpec& spec);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QWidget* makePresets();
  QWidget* makeForm();
  QWidget* makeSide();
  void choosePreset(int index);
  void restoreDropped();
  void onFormChanged();
  void takeCheckpoint();
  void showNeed();
  bool canStart() const;
  void start();
  void applyColours();

  std::vector<DatasetInfo> datasets_;
  double gflops_ = 0;
  QString baseName_;
  RunSpec base_;
  RunSpec droppedBase_;
  QString droppedName_;
  std::map<QString, QString> dropped_;            ///< texts that choosing a preset threw away
  QWidget *presets_ = nullptr, *side_ = nullptr;  ///< left and right of the form
  QButtonGroup* cards_;
  SourceRow* source_;
  SpecForm* form_;
  StartPanel* panel_;
  QLabel* baseLabel_;
  QPushButton* restore_;
  QPushButton* problems_;
  QPushButton* start_;
  QPushButton* queue_;
  QPushButton* save_;
  QPushButton* look_;
};

}  // namespace scanline
