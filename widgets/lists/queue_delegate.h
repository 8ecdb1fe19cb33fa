#pragma once

#include <QStyledItemDelegate>

#include "widgets/lists/queue_model.h"
#include "widgets/parts/theme.h"

namespace scanline {

/// Paints the queue: a job at work as a card with progress, times and two buttons, a waiting one as a line with one.
class QueueDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  enum class Button { Pause, Stop };

  QueueDelegate(const QueueModel& model, QObject* parent);
  void setTheme(const Theme& theme) { theme_ = theme; }

  /// Where a row's button lies; null if the row has no such button.
  QRect buttonRect(Button button, const QRect& row, const QModelIndex& index) const;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
  bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                 const QModelIndex& index) override;

 signals:
  void buttonClicked(int row, scanline::QueueDelegate::Button button);

 private:
  QString buttonText(Button button, const QueueEntry& entry) const;
  void paintButtons(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
  void paintWorking(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
  void paintWaiting(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;

  const QueueModel& model_;
  Theme theme_{QPalette()};
};

}  // namespace scanline
