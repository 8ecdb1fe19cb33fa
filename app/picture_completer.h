#pragma once

#include <QObject>
#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/store/run_types.h"

class QWidget;

namespace scanline {

class CompleteDialog;
class RunActions;
class StoreThread;
struct CompletedPictures;
struct PictureCompletion;

/// Lets a person complete pictures of their own with the model of a run: finds its checkpoint on the reader's thread,
/// shows a dialog, and draws on the pool's light lane, beside a training. UI thread.
class PictureCompleter : public QObject {
  Q_OBJECT
 public:
  PictureCompleter(StoreThread& reader, RunActions& actions, QWidget* window);
  ~PictureCompleter() override;

  /// With the checkpoint of `step`, or with -1 the best.
  void open(RunId run, qint64 step);
  /// Gives up the drawing that goes on.
  void cancel();

 signals:
  void failed(const QString& sentence);

 private:
  /// A run and what of it can paint.
  struct Model {
    RunId run;
    QString name;
    std::vector<CheckpointRow> checkpoints;
    std::filesystem::path folder;
    int64_t step = 0;  ///< of the one that paints
  };
  void show(const Model& model);
  std::filesystem::path file() const;
  void draw(PictureCompletion wanted);
  void showPictures(const CompletedPictures& done, qint64 tookMs);

  StoreThread& reader_;
  RunActions& actions_;
  QWidget* window_;
  CompleteDialog* dialog_ = nullptr;
  Model model_;
  std::shared_ptr<std::atomic<bool>> wanted_;  ///< shared with the lane: false once the drawing was given up
};

}  // namespace scanline
