#pragma once

#include <QWidget>
#include <map>
#include <optional>
#include <vector>

#include "core/base/gpus.h"
#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "widgets/forms/code_source.h"
#include "widgets/forms/data_facts.h"
#include "widgets/forms/model_source.h"
#include "widgets/forms/speeds.h"

class QButtonGroup;
class QCheckBox;
class QLabel;
class QLineEdit;
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

  /// Fills the form and shows its top. `baseName`: the settings that "changed" is measured by, in words ("quick
  /// start"); chooses the preset card if the spec is that preset's and no checkpoint is gone on from. Earlier changes
  /// that were not started can be brought back by a button.
  void setSpec(const RunSpec& spec, const QString& baseName);
  /// The same without that button: the settings go on in another form, as with another checkpoint's model.
  void adaptSpec(const RunSpec& spec, const QString& baseName);
  /// A sentence above the form about where its settings come from; empty = none. Gone with the next setSpec().
  void setNotice(const QString& sentence);
  /// A run that is there already: while the form describes it again, a sentence above it says so. Gone likewise.
  void setRepeated(const RunSpec& spec);
  /// The VQ-VAEs of the workspace, the newest first.
  void setCodeSources(std::vector<CodeSource> coders);
  /// Counts of the run that the form is filled from; set after setSpec().
  void setKnownData(std::optional<KnownData> known);
  /// The checkpoints that a run can start from, as the page offers them.
  void setSources(std::vector<ModelSource> sources);
  /// The checkpoint that the runs start from; kinds that needsModel() cannot be started without. Kept by setSpec().
  void setSource(const std::optional<ModelSource>& source);
  const std::optional<ModelSource>& source() const;
  /// For the box of data.name and the estimates.
  void setDatasets(std::vector<DatasetInfo> datasets);
  void setGpus(std::vector<Gpu> gpus);
  /// Measured speeds of training. `machine`: as in MeasuredSpeed.
  void setSpeeds(std::vector<MeasuredSpeed> speeds, const QString& machine);
  /// A data set is being fetched; `done` of `total` bytes or files, total 0 = not known.
  void setFetchProgress(const QString& dataset, const QString& doing, qint64 done, qint64 total);
  /// The fetching of `dataset` is over; `problem` empty: it is there, or it was cancelled.
  void setFetchEnded(const QString& dataset, const QString& problem);

  /// Every run that the form describes; empty while something is wrong.
  std::vector<RunSpec> specs() const;
  /// The first of them, with defaults in place of wrong settings.
  const RunSpec& described() const;
  SpecForm* form() const { return form_; }
  /// The runs are to train in a process of their own.
  bool ownProcess() const;
  /// Runs can be sent to a cluster; else that is no choice.
  void offerCluster(bool offered);
  bool onCluster() const;
  void setOwnProcess(bool own);

 signals:
  /// The next to run, before those that wait in the queue.
  void startRequested(const std::vector<RunSpec>& specs);
  void queueRequested(const std::vector<RunSpec>& specs);
  void cancelled();
  /// The person chose another checkpoint; the window answers by setSpec() with settings that fit its model.
  void sourceChosen(const std::optional<scanline::ModelSource>& source);
  /// The window asks for a file, reads it and answers by setSpec.
  void loadFileRequested();
  /// The window asks for a file and writes the spec (a sweep's first run).
  void saveFileRequested(const RunSpec& spec);
  /// Shows the data that a run of these settings would learn from.
  void dataRequested(const RunSpec& spec);
  void fetchRequested(const QString& dataset);
  void fetchCancelRequested();

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// Settings that were typed and not started.
  struct Dropped {
    RunSpec base;
    QString baseName;
    std::map<QString, QString> texts;
    std::optional<ModelSource> source;
  };

  QWidget* makePresets();
  QWidget* makeForm();
  QWidget* makeSide();
  void connectParts();
  void setTabStops();
  void choosePreset(int index);
  void keepChanges();
  void restoreDropped();
  void onFormChanged();
  void showFigures();
  void showNotice();
  void findSetting(const QString& words);
  void takeCheckpoint();
  void showNeed();
  bool canStart() const;
  void start();
  void enqueue();
  void leave();
  void applyColours();

  std::vector<DatasetInfo> datasets_;
  std::vector<MeasuredSpeed> speeds_;
  QString machine_;
  QString baseName_, noticeText_;
  RunSpec base_;
  std::optional<RunSpec> repeated_;
  std::optional<Dropped> dropped_;
  bool isKept_ = false;                           ///< the settings in the form were started, or are in dropped_ already
  QWidget *presets_ = nullptr, *side_ = nullptr;  ///< left and right of the form
  QButtonGroup* cards_;
  SourceRow* source_;
  SpecForm* form_;
  StartPanel* panel_;
  QLabel *baseLabel_, *notice_, *found_;
  QLineEdit* find_;
  QPushButton* restore_;
  QPushButton* problems_;
  QPushButton* start_;
  QPushButton* queue_;
  QCheckBox* ownProcess_;
  QCheckBox* onCluster_;
  QPushButton* save_;
  QPushButton* look_;
  QPushButton *load_, *cancel_;
};

}  // namespace scanline
