#pragma once

#include <QAbstractListModel>
#include <optional>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

/// A job and the run it works on.
struct QueueEntry {
  Job job;
  RunSummary run;
  std::optional<int64_t> estimateMs;  ///< of a waiting run, if it is known

  bool isWaiting() const { return job.state == JobState::Waiting; }
  /// Until its end once it has the processor; nullopt if unknown.
  std::optional<int64_t> remainingMs() const;
};

/// How long a queue takes, as far as that is known.
struct QueueTime {
  int64_t ms = 0;
  bool complete = true;  ///< false: some entry has no estimate, or is paused
};
QueueTime queueTime(const std::vector<QueueEntry>& entries);

/// The queue as rows, in its order. Moves are shown at once, those by dropping asked for by moveRequested; the next
/// setEntries() decides.
class QueueModel : public QAbstractListModel {
  Q_OBJECT
 public:
  explicit QueueModel(QObject* parent = nullptr);
  void setEntries(std::vector<QueueEntry> entries);
  const std::vector<QueueEntry>& entries() const { return entries_; }
  const QueueEntry& entry(int row) const { return entries_.at(static_cast<size_t>(row)); }
  std::optional<int> row(JobId job) const;

  /// Moves a waiting job so that it stands before `beforeRow` (rowCount() = last). Waiting jobs only move among
  /// themselves.
  bool move(int row, int beforeRow);
  /// Shows a waiting job `places` rows farther down, or up, as far as there are any.
  void showMoved(int row, int places);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                       const QModelIndex& parent) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                    const QModelIndex& parent) override;

 signals:
  void moveRequested(scanline::JobId job, std::optional<scanline::JobId> before);

 private:
  int firstWaiting() const;
  bool show(int row, int beforeRow);
  std::vector<QueueEntry> entries_;
};

}  // namespace scanline
