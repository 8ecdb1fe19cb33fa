#pragma once

#include <QFileDialog>
#include <QObject>
#include <memory>
#include <optional>

#include "app/studio_lane.h"
#include "app/studio_model.h"
#include "widgets/studio/studio_values.h"

class QWidget;

namespace scanline {

class EditHistory;
class ModelBar;
class RunActions;
class StudioAnswers;
class StudioComparison;
class StudioMemorised;
class StudioPainter;
class StudioPins;
class StudioSources;
class StudioTimeline;
class StudioView;

/// The Studio page: a model of the workspace is asked about a picture while the mouse moves. Its models are asked on
/// lanes of their own: one for quick answers, one for slow ones, one that draws, one for questions to several models,
/// one that searches the training pictures. UI thread.
class StudioPage : public QObject {
  Q_OBJECT
 public:
  /// `reader`: the store; `actions`: writes pins, and tells whether a run trains here.
  StudioPage(StoreThread& reader, RunActions& actions, EditHistory& edits, const EngineSource& engine, QWidget* parent);
  ~StudioPage() override;

  QWidget* page() const { return page_; }
  StudioView* view() const { return view_; }
  /// The run that is chosen in the list; none: 0.
  void setRun(RunId run);
  /// The checkpoint of `step`, or with -1 the best, of any run.
  void open(RunId run, qint64 step);
  /// The same, with a picture in that model's size and colours for the canvas.
  void open(RunId run, qint64 step, const SourcePicture& picture);
  /// These runs have changed in the store.
  void refresh(const std::vector<RunId>& changed);
  /// Stops all work and takes no more. Does not wait.
  void cancel();

 signals:
  void quickStartRequested();
  void done(const QString& sentence);
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void connectModel();
  void connectView();
  void showRun();
  void complain(const QString& sentence);
  void readOtherModels();
  void setSubject(const std::shared_ptr<const StudioSubject>& subject);
  void readChoices();
  void chooseFile(QFileDialog::FileMode mode, const QString& title);

  StoreThread& reader_;
  StudioLane quick_, slow_, drawing_, long_, search_;
  QWidget* page_;
  ModelBar* bar_;
  StudioView* view_;
  QString whyNone_;                        ///< no model is open
  std::optional<SourcePicture> awaiting_;  ///< its model
  // After the lanes, which they use until they go.
  std::unique_ptr<StudioModel> model_;
  std::unique_ptr<StudioSources> sources_;
  std::unique_ptr<StudioPainter> painter_;
  std::unique_ptr<StudioPins> pins_;
  std::unique_ptr<StudioAnswers> answers_;
  std::unique_ptr<StudioComparison> comparison_;
  std::unique_ptr<StudioTimeline> timeline_;
  std::unique_ptr<StudioMemorised> memorised_;
};

}  // namespace scanline
