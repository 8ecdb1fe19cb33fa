#pragma once

#include <QDialog>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "core/store/disk_use.h"
#include "core/store/retention.h"

class QLabel;
class QPushButton;
class QSpinBox;
class QTreeWidget;

namespace scanline {

class RunActions;

/// The space that the workspace takes: by run and kind of file, and how much a rule for checkpoints would give back,
/// which a person can have done. Files are looked at on a thread that nothing waits for. UI thread.
class DiskDialog : public QDialog {
  Q_OBJECT
 public:
  DiskDialog(StoreThread& reader, RunActions& actions, QWidget* parent);

 signals:
  void runRequested(scanline::RunId run);  ///< double click or Enter: show it
  void emptyTrashRequested();
  void pruned(qint64 checkpoints, qint64 bytes);

 public slots:
  /// Looks again.
  void refresh();

 private:
  struct Found {
    std::optional<DiskUse> use;  ///< none: the files were not looked at again
    std::vector<PrunedRun> plan;
    int64_t cacheBytes = 0;  ///< of core/jobs/feature_cache.h
  };
  QWidget* makeRule();
  RetentionRule rule() const;
  /// Reads which checkpoints the rule would remove, and after refresh() the sizes of the files, too.
  void read();
  void showFiles(const DiskUse& use);
  void describePlan();
  void askToPrune();
  void prune();

  StoreThread& reader_;
  RunActions& actions_;
  QTreeWidget* runs_;
  QLabel* totals_;
  QSpinBox *best_, *every_;
  QLabel *planned_, *cache_;
  QPushButton *prune_, *emptyTrash_;
  std::vector<PrunedRun> plan_;
  bool isReading_ = false, isStale_ = false;  ///< stale: something has changed since the reading began
  bool looksAtFiles_ = false;                 ///< with the next reading; their sizes do not depend on the rule
};

}  // namespace scanline
