#pragma once

#include <QObject>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "app/studio_lane.h"
#include "core/store/run_types.h"

namespace scanline {

/// A model that is open, and where it comes from. A value.
struct StudioSubject {
  std::shared_ptr<const OpenModel> model;
  RunDetails run;              ///< no id: a file that belongs to no run of this workspace
  int64_t step = 0;            ///< of the checkpoint
  std::filesystem::path file;  ///< or a folder of another program
};

/// Which model the studio asks: that of the chosen run, of another one that is kept, or a file. Reads checkpoints on
/// the reader's thread and opens one on the lane; a model is opened when it is `wanted`, not before. UI thread.
class StudioModel : public QObject {
  Q_OBJECT
 public:
  StudioModel(StoreThread& reader, StudioLane& lane, QObject* parent);
  ~StudioModel() override;

  /// The run that is chosen in the list; none: 0. It is shown unless another one is kept.
  void follow(RunId run);
  /// Whether the model stays when another run is chosen.
  bool isKept() const { return kept_; }
  void setKept(bool kept);
  /// The checkpoint of `step`, or with -1 the best. Kept, if the run is not the one chosen in the list.
  void open(RunId run, int64_t step);
  /// A checkpoint file or a model's folder of another program; kept.
  void openFile(const std::filesystem::path& file);
  /// Another checkpoint of the same run.
  void chooseStep(int64_t step);
  /// The run may have changed: its name, its checkpoints.
  void refresh();
  /// Whether it is looked at; only then models are opened.
  void setWanted(bool wanted);

  const RunDetails& run() const { return run_; }
  /// Null until it is open.
  const std::shared_ptr<const StudioSubject>& subject() const { return subject_; }
  /// Why no checkpoint of the run can be asked; empty if one can.
  QString whyNone() const;
  /// The step that is asked, or will be.
  int64_t step() const { return step_; }

 signals:
  /// Name, checkpoints, or the step that will be asked.
  void runChanged();
  void loading();
  void opened();
  /// There is none, and why.
  void unavailable(const QString& sentence);

 private:
  void show(RunId run, int64_t step);
  void take(RunDetails run, int64_t step);
  void load();
  void forget();

  StoreThread& reader_;
  StudioLane& lane_;
  RunId followed_, shown_;
  bool kept_ = false, wanted_ = false;
  bool isStale_ = false;     ///< shown_ is to be opened once it is looked at
  bool hasChanged_ = false;  ///< in the store, since it was read
  int64_t wantedStep_ = -1, step_ = 0;
  int64_t request_ = 0;  ///< answers of older readings are dropped
  RunDetails run_;
  std::filesystem::path file_;  ///< that is open, or is being opened
  std::shared_ptr<const StudioSubject> subject_;
};

/// "step 600 · 1.308 nats · best"
QString checkpointWords(const CheckpointRow& row);

}  // namespace scanline
