#pragma once

#include <QTableWidgetItem>
#include <optional>

#include "widgets/parts/table_copy.h"

namespace scanline {

/// A cell of a table that sorts by its number and not by its words, and is copied in full; those without a number come
/// last.
class NumberItem : public QTableWidgetItem {
 public:
  NumberItem(const QString& words, std::optional<double> number) : QTableWidgetItem(words) {
    setData(kCopiedNumberRole, number ? QVariant(*number) : QVariant());
    setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  }
  bool operator<(const QTableWidgetItem& other) const override {
    const QVariant mine = data(kCopiedNumberRole), theirs = other.data(kCopiedNumberRole);
    if (!mine.isValid() || !theirs.isValid()) return mine.isValid() && !theirs.isValid();
    return mine.toDouble() < theirs.toDouble();
  }
};

}  // namespace scanline
