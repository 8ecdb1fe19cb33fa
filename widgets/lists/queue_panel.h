#pragma once

#include <QWidget>

#include "widgets/lists/queue_model.h"

class QLabel;
class QListView;
class QMenu;
class QToolButton;

namespace scanline {

class QueueDelegate;

/// The running and the waiting jobs: progress, times, the end of the queue; pause, stop, and another order by drag or
/// Alt+Up/Down.
class QueuePanel : public QWidget {
  Q_OBJECT
 public:
  explicit QueuePanel(QWidget* parent = nullptr);
  /// Waiting, running and paused jobs in any order; selection and focus stay with their jobs.
  void setEntries(const std::vector<QueueEntry>& entries);

 signals:
  void pauseRequested(scanline::RunId run);
  void resumeRequested(scanline::RunId run);
  void stopRequested(scanline::RunId run);  ///< a waiting run leaves the queue
  /// Put a waiting job before another, or last.
  void moveRequested(scanline::JobId job, std::optional<scanline::JobId> before);
  /// Move it by a place, down (1) or up (-1). Asked for also where none is shown: of keys that follow each other fast
  /// the later ones may meet an order that was read before the earlier ones held.
  void moveByRequested(scanline::JobId job, int places);
  void holdChanged(bool held);
  void runActivated(scanline::RunId run);  ///< double click or Enter: show it

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  bool handleKey(int key, Qt::KeyboardModifiers modifiers);
  void pauseOrResume(int row);
  void stop(int row);
  void moveBy(int places);
  void showMenu(const QPoint& place);
  void describe();
  void applyTheme();

  QueueModel* model_;
  QueueDelegate* delegate_;
  QLabel* summary_;
  QLabel* nothing_;
  QToolButton* hold_;
  QListView* view_;
};

}  // namespace scanline
