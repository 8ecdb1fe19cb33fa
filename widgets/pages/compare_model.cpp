#include "widgets/pages/compare_model.h"

#include <QFont>
#include <QPainter>
#include <QPixmap>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

/// A run's colour as a dot; drawn at four times its size, so that it is sharp at every scale factor.
QPixmap dot(const QColor& colour) {
  QPixmap pixmap(48, 48);
  pixmap.setDevicePixelRatio(4);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  painter.drawEllipse(QRectF(1, 1, 10, 10));
  return pixmap;
}

QFont bold() {
  QFont font;
  font.setBold(true);
  return font;
}

}  // namespace

void CompareModel::setTable(std::vector<ComparedRun> runs, std::vector<CompareRow> rows, int base) {
  beginResetModel();
  runs_ = std::move(runs);
  rows_ = std::move(rows);
  base_ = base;
  endResetModel();
}

void CompareModel::setPalette(const QPalette& palette) {
  palette_ = palette;
  if (rows_.empty()) return;
  emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
  emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

int CompareModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CompareModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() || runs_.empty() ? 0 : static_cast<int>(runs_.size()) + 1;
}

QVariant CompareModel::data(const QModelIndex& index, int role) const {
  const auto& row = rows_[static_cast<size_t>(index.row())];
  const int run = index.column() - 1;
  const bool heading = row.kind == CompareRow::Kind::Heading;
  switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
      if (run < 0) return role == Qt::ToolTipRole && !row.key.isEmpty() ? row.key : row.label;
      return heading ? QVariant() : row.values[run];
    case Qt::TextAlignmentRole:
      return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::FontRole:
      if (heading) return bold();
      return run >= 0 && (row.best == run || row.differs[static_cast<size_t>(run)]) ? QVariant(bold()) : QVariant();
    case Qt::ForegroundRole:
      if (heading) return QVariant();
      if (run < 0) return Theme(palette_).mutedText;
      return row.best == run ? QVariant(Theme(palette_).good) : QVariant();
    case Qt::BackgroundRole:
      return !heading && run >= 0 && row.differs[static_cast<size_t>(run)] ? QVariant(Theme(palette_).selection)
                                                                           : QVariant();
    default:
      return {};
  }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  if (section == 0) return {};
  const auto& run = runs_[static_cast<size_t>(section - 1)];
  const QString name = QString::fromStdString(run.summary.name);
  if (role == Qt::DisplayRole) return section - 1 == base_ ? tr("%1 (base)").arg(name) : name;
  if (role == Qt::ToolTipRole) return name;
  if (role == Qt::DecorationRole) return dot(Theme(palette_).run(run.summary.colour));
  return {};
}

}  // namespace scanline
