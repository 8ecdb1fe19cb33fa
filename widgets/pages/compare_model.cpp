#include "widgets/pages/compare_model.h"

#include <QFont>
#include <QPainter>
#include <QPixmap>
#include <algorithm>

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

/// Numbers stand right, with their label and with the dash of a run that has none.
QVariant alignmentOf(const CompareColumn& column) {
  const bool ofTexts =
      std::ranges::all_of(column.cells, [](const CompareCell& cell) { return std::isnan(cell.number); });
  return QVariant((ofTexts ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

}  // namespace

void CompareModel::setTable(std::vector<ComparedRun> runs, std::vector<CompareColumn> columns, int base) {
  beginResetModel();
  runs_ = std::move(runs);
  columns_ = std::move(columns);
  base_ = base;
  endResetModel();
}

void CompareModel::setPalette(const QPalette& palette) {
  palette_ = palette;
  if (runs_.empty()) return;
  emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
  emit headerDataChanged(Qt::Vertical, 0, rowCount() - 1);
}

int CompareModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int CompareModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant CompareModel::data(const QModelIndex& index, int role) const {
  const CompareColumn& column = columns_[static_cast<size_t>(index.column())];
  const CompareCell& cell = column.cells[static_cast<size_t>(index.row())];
  const bool isBest = column.best == index.row();
  switch (role) {
    case Qt::DisplayRole:
      return cell.text;
    case Qt::ToolTipRole:
      if (cell.differs)
        return tr("%1: %2, in the base run %3")
            .arg(column.label, cell.text, column.cells[static_cast<size_t>(base_)].text);
      return isBest ? tr("%1: %2, the best").arg(column.label, cell.text) : tr("%1: %2").arg(column.label, cell.text);
    case Qt::TextAlignmentRole:
      return alignmentOf(column);
    case Qt::FontRole:
      return isBest || cell.differs ? QVariant(bold()) : QVariant();
    case Qt::ForegroundRole:
      if (isBest) return Theme(palette_).good;
      return cell.differs ? QVariant(Theme(palette_).accent) : QVariant();
    default:
      return {};
  }
}

QVariant CompareModel::rowHeader(int row, int role) const {
  const RunSummary& run = runs_[static_cast<size_t>(row)].summary;
  const QString name = QString::fromStdString(run.name);
  switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
      return row == base_ && runs_.size() > 1 ? tr("%1 (base)").arg(name) : name;
    case Qt::DecorationRole:
      return dot(Theme(palette_).run(run.colour));
    case Qt::FontRole:
      return row == base_ && runs_.size() > 1 ? QVariant(bold()) : QVariant();
    default:
      return {};
  }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical)
    return role == Qt::TextAlignmentRole ? QVariant(Qt::AlignLeft | Qt::AlignVCenter) : rowHeader(section, role);
  const CompareColumn& column = columns_[static_cast<size_t>(section)];
  if (role == Qt::TextAlignmentRole) return alignmentOf(column);
  if (role == Qt::DisplayRole) return column.label;
  if (role == Qt::ToolTipRole) return column.key.isEmpty() ? column.label : tr("%1 (%2)").arg(column.label, column.key);
  return {};
}

bool CompareOrder::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const auto* model = static_cast<const CompareModel*>(sourceModel());
  const auto cell = [model](const QModelIndex& at) -> const CompareCell& {
    return model->columns()[static_cast<size_t>(at.column())].cells[static_cast<size_t>(at.row())];
  };
  const auto isNothing = [](const CompareCell& each) {
    return std::isnan(each.number) && each.text == QStringLiteral("–");
  };
  const CompareCell &a = cell(left), &b = cell(right);
  if (isNothing(a) != isNothing(b)) return (sortOrder() == Qt::AscendingOrder) == isNothing(b);
  if (std::isnan(a.number) || std::isnan(b.number)) return QString::localeAwareCompare(a.text, b.text) < 0;
  return a.number < b.number;
}

}  // namespace scanline
