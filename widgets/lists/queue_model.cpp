#include "widgets/lists/queue_model.h"

#include <QMimeData>
#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

QString mimeType() {
  return QStringLiteral("application/x-scanline-job");
}

bool sameJobs(const std::vector<QueueEntry>& a, const std::vector<QueueEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.job.id == y.job.id; });
}

}  // namespace

std::optional<int64_t> QueueEntry::remainingMs() const {
  if (!isWaiting()) return text::remainingMs(run);
  if (run.secondsPerStep > 0)  // a run that goes on has a speed of its own
    return std::llround(static_cast<double>(std::max<int64_t>(0, run.steps - run.step)) * run.secondsPerStep * 1000);
  return estimateMs;
}

QueueTime queueTime(const std::vector<QueueEntry>& entries) {
  QueueTime time;
  for (const auto& entry : entries) {
    const auto ms = entry.remainingMs();
    time.ms += ms.value_or(0);
    time.complete = time.complete && ms.has_value();
  }
  return time;
}

QueueModel::QueueModel(QObject* parent) : QAbstractListModel(parent) {}

void QueueModel::setEntries(std::vector<QueueEntry> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.isWaiting() != b.isWaiting() ? b.isWaiting() : a.job.position < b.job.position;
  });
  if (sameJobs(entries, entries_)) {
    entries_ = std::move(entries);
    if (!entries_.empty()) emit dataChanged(index(0), index(static_cast<int>(entries_.size()) - 1));
    return;
  }
  beginResetModel();
  entries_ = std::move(entries);
  endResetModel();
}

std::optional<int> QueueModel::row(JobId job) const {
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [job](const auto& entry) { return entry.job.id == job; });
  return at == entries_.end() ? std::nullopt : std::optional(static_cast<int>(at - entries_.begin()));
}

int QueueModel::firstWaiting() const {
  return static_cast<int>(std::find_if(entries_.begin(), entries_.end(), [](const auto& e) { return e.isWaiting(); }) -
                          entries_.begin());
}

bool QueueModel::show(int row, int beforeRow) {
  const int rows = rowCount();
  if (row < 0 || row >= rows || !entry(row).isWaiting()) return false;
  beforeRow = std::clamp(beforeRow, firstWaiting(), rows);
  if (beforeRow == row || beforeRow == row + 1) return false;
  beginMoveRows({}, row, row, {}, beforeRow);
  const auto at = entries_.begin();
  if (beforeRow > row)
    std::rotate(at + row, at + row + 1, at + beforeRow);
  else
    std::rotate(at + beforeRow, at + row, at + row + 1);
  endMoveRows();
  return true;
}

bool QueueModel::move(int row, int beforeRow) {
  if (!show(row, beforeRow)) return false;
  const int now = beforeRow > row ? std::min(beforeRow, rowCount()) - 1 : std::max(beforeRow, firstWaiting());
  emit moveRequested(entry(now).job.id, now + 1 < rowCount() ? std::optional(entry(now + 1).job.id) : std::nullopt);
  return true;
}

void QueueModel::showMoved(int row, int places) {
  show(row, places < 0 ? row + places : row + places + 1);
}

int QueueModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

QVariant QueueModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const QueueEntry& of = entry(index.row());
  const QString name = QString::fromStdString(of.run.name);
  switch (role) {
    case Qt::DisplayRole:
      return name;
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole: {
      QStringList words{name, text::stateName(of.run.state), text::progressText(of.run)};
      if (of.job.ownProcess) words << tr("in a process of its own");
      return words.join(QStringLiteral(", "));
    }
    default:
      return {};
  }
}

Qt::ItemFlags QueueModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::ItemIsDropEnabled;  // between rows, never onto one
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
  if (entry(index.row()).isWaiting()) flags |= Qt::ItemIsDragEnabled;
  return flags;
}

QStringList QueueModel::mimeTypes() const {
  return {mimeType()};
}

QMimeData* QueueModel::mimeData(const QModelIndexList& indexes) const {
  auto* data = new QMimeData;
  if (!indexes.isEmpty())
    data->setData(mimeType(), QByteArray::number(qlonglong(entry(indexes.first().row()).job.id.value)));
  return data;
}

bool QueueModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int, int,
                                 const QModelIndex& parent) const {
  return action == Qt::MoveAction && !parent.isValid() && data->hasFormat(mimeType());
}

bool QueueModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                              const QModelIndex& parent) {
  if (!canDropMimeData(data, action, row, column, parent)) return false;
  const auto from = this->row(JobId{data->data(mimeType()).toLongLong()});
  return from && move(*from, row < 0 ? rowCount() : row);
}

}  // namespace scanline
