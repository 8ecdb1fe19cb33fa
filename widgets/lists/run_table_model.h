#pragma once

#include <QAbstractTableModel>
#include <QCollator>
#include <QStringList>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

/// The runs as rows: filtered, sorted and ticked. It filters and sorts itself, since a proxy maps every row anew on
/// each update and gets slow at ten thousand rows. New values arrive as differences, so selection, editor and scroll
/// position stay. Trials of a learning-rate search stand below it, whatever the order is.
class RunTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, State, Kind, Dataset, Model, Progress, BestLoss, BestProbe, Tags, Created, kColumns };

  explicit RunTableModel(QObject* parent = nullptr);

  /// All runs of the workspace, in any order, trashed ones too if they are to be seen at times.
  void setRuns(const std::vector<RunSummary>& runs);
  /// Words that must all occur in name, data set, kind, state or tags; "state:", "data:", "kind:", "tag:" and "name:"
  /// look in one of them, "parent:" in the name of the run that one comes from. Case does not matter.
  void setFilter(const QString& text);
  /// Shows the trash instead of the runs.
  void setTrashShown(bool shown);
  bool isTrashShown() const { return trashShown_; }

  const RunSummary& run(int row) const;
  std::optional<int> row(RunId id) const;
  /// Whether the row is a trial that stands below its search.
  bool isTrialRow(int row) const;
  /// Runs that are there, before the filter.
  int total() const;

  /// Ticked runs, ascending ids, whether the filter shows them or not.
  std::vector<RunId> overlay() const { return {overlay_.begin(), overlay_.end()}; }
  void setOverlay(const std::vector<RunId>& runs);
  bool isOverlaid(RunId run) const { return overlay_.contains(run); }
  void setOverlaid(const std::vector<RunId>& runs, bool on);

  int sortColumn() const { return sortColumn_; }
  Qt::SortOrder sortOrder() const { return sortOrder_; }
  static QString columnTitle(int column);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  /// EditRole renames: shown at once, and asked for by renameRequested; the next setRuns() decides. CheckStateRole
  /// ticks.
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  void sort(int column, Qt::SortOrder order) override;

 signals:
  void overlayChanged(const std::vector<scanline::RunId>& runs);
  void renameRequested(scanline::RunId run, const QString& name);

 private:
  struct Entry {
    RunSummary run;
    QStringList fields;  ///< the texts that the filter looks through
  };
  struct Hash {
    size_t operator()(RunId id) const { return std::hash<int64_t>{}(id.value); }
  };

  bool matches(const Entry& entry) const;
  const RunSummary* parentOf(const RunSummary& run) const;
  /// The search below which a run stands; or the run itself.
  const RunSummary* rootOf(const RunSummary& run) const;
  bool before(const RunSummary& a, const RunSummary& b) const;
  std::vector<RunId> wantedRows() const;
  void refresh();
  void showRows(const std::vector<RunId>& wanted);
  void reorderRows(const std::vector<RunId>& kept);
  void numberRows();
  void announce(const std::vector<RunId>& changed);

  std::unordered_map<RunId, Entry, Hash> entries_;
  std::vector<RunId> shown_;                    ///< a row each
  std::unordered_map<RunId, int, Hash> rowOf_;  ///< inverse of shown_
  std::set<RunId> overlay_;
  QStringList filter_;
  bool trashShown_ = false;
  int sortColumn_ = Created;
  Qt::SortOrder sortOrder_ = Qt::DescendingOrder;
  QCollator collator_;  ///< "run 10" after "run 9"
};

}  // namespace scanline
