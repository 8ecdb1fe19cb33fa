#pragma once

#include <QStyledItemDelegate>

namespace scanline {

/// Rows with a little room around their words. A style sheet of the view's own would keep the colours of the theme in
/// which it was made.
class RoomyRows : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    return QStyledItemDelegate::sizeHint(option, index) + QSize(8, 6);
  }
};

}  // namespace scanline
