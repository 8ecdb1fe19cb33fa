#pragma once

#include <QTableWidgetItem>
#include <optional>

namespace scanline {

/// Where a NumberItem keeps its number, for copying in full.
inline constexpr int kNumberRole = Qt::UserRole;

/// A cell of a table that sorts by its number and not by its words; those without a number come last.
class NumberItem : public QTableWidgetItem {
 public:
  NumberItem(const QString& words, std::optional<double> number) : QTableWidgetItem(words) {
    setData(kNumberRole, number ? QVariant(*number) : QVariant());
    setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  }
  bool operator<(const QTableWidgetItem& other) const override {
    const QVariant mine = data(kNumberRole), theirs = other.data(kNumberRole);
    if (!mine.isValid() || !theirs.isValid()) return mine.isValid() && !theirs.isValid();
    return mine.toDouble() < theirs.toDouble();
  }
};

}  // namespace scanline
