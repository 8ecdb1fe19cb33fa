#pragma once

#include <QObject>
#include <atomic>
#include <filesystem>
#include <memory>

#include "core/store/run_types.h"

class QWidget;

namespace scanline {

class CompleteDialog;
class JobPool;
class StoreThread;
struct CompletedPictures;
struct PictureCompletion;

/// Lets a person complete pictures of their own with the model of a run: finds its checkpoint on the reader's thread,
/// shows a dialog, and draws on the pool's light lane, beside whatever trains. UI thread.
class PictureCompleter : public QObject {
  Q_OBJECT
 public:
  PictureCompleter(StoreThread& reader, JobPool& pool, QWidget* window);
  ~PictureCompleter() override;

  /// With the checkpoint of `step`, or with -1 the best.
  void open(RunId run, qint64 step);

 signals:
  void failed(const QString& sentence);

 private:
  void show(const QString& words, const std::filesystem::path& checkpoint);
  void draw(PictureCompletion wanted);
  void showPictures(const CompletedPictures& done, qint64 tookMs);
  void cancel();

  StoreThread& reader_;
  JobPool& pool_;
  QWidget* window_;
  CompleteDialog* dialog_ = nullptr;
  std::filesystem::path checkpoint_;
  std::shared_ptr<std::atomic<bool>> wanted_;  ///< shared with the lane: false once nobody waits for what it draws
};

}  // namespace scanline
