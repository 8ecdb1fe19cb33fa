#pragma once

#include <QWidget>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

class QLabel;
class QTreeWidget;

namespace scanline {

/// The checkpoints of a run with step, loss, size and why each is kept.
class CheckpointsPage : public QWidget {
  Q_OBJECT
 public:
  explicit CheckpointsPage(QWidget* parent = nullptr);
  /// `folder`: the run's, absolute; files are relative to it. `resume`: from where the run goes on, or empty. `kind`:
  /// of the run.
  void setCheckpoints(const std::vector<CheckpointRow>& rows, const QString& folder, const QString& resume,
                      RunKind kind);

 signals:
  void forkRequested(qint64 step);
  void nextRequested(qint64 step, scanline::RunKind kind);
  void completeRequested(qint64 step);
  void showFileRequested(const QString& path);

 private:
  void showMenu(const QPoint& place);
  QLabel* total_;
  QTreeWidget* list_;
};

}  // namespace scanline
