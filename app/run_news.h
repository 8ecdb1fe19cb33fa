#pragma once

#include <QObject>
#include <QTimer>
#include <map>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "core/run/alerts.h"
#include "core/store/run_types.h"

namespace scanline {

/// Watches the runs of the workspace that wait or go on, whichever process has them: which one trains, which have
/// ended, and whether one of them is in trouble. Reads little, on the reader's thread, once a second while something
/// has changed. UI thread.
class RunNews : public QObject {
  Q_OBJECT
 public:
  RunNews(StoreThread& reader, QObject* parent);

  /// Looks now, and then every second.
  void start();
  void look();
  /// The run that trains, or is paused; of a search its trial.
  const std::optional<RunSummary>& training() const { return training_; }

 signals:
  /// Another one, or the same one at another step.
  void trainingChanged();
  /// A run that waited or went on does not any more.
  void ended(const RunSummary& run);
  void alerted(const RunSummary& run, const Alert& alert);

 private:
  /// Up to where the numbers of a run are known.
  struct Cursor {
    int64_t loss = -1, validation = -1, speed = -1, memory = -1;
  };
  /// The new values of a run that goes on.
  struct Numbers {
    RunId run;
    std::vector<Point> loss, validation, speed, freeMemory;
    int64_t freeBytes = -1, checkpointBytes = 0;  ///< free on the disk: -1 = not known
    int64_t allMemory = 0;                        ///< of this machine, bytes
  };
  struct Answer {
    int64_t version = 0;
    std::vector<RunSummary> active, ended;
    std::vector<Numbers> numbers;
    bool unchanged = false;
  };
  static Answer read(RunStore& store, int64_t version, const std::vector<RunId>& known,
                     const std::map<RunId, Cursor>& cursors);
  static Numbers readNumbers(RunStore& store, const RunSummary& run, Cursor cursor);
  void take(Answer answer);
  void takeNumbers(const RunSummary& run, const Numbers& numbers);
  void tellLater(RunId run);

  StoreThread& reader_;
  QTimer poll_;
  bool reading_ = false;
  int64_t version_ = -1;      ///< of the store at the last look
  std::vector<RunId> known_;  ///< those that waited or went on then
  std::map<RunId, Cursor> cursors_;
  std::map<RunId, AlertDetector> detectors_;
  std::optional<RunSummary> training_;
};

}  // namespace scanline
