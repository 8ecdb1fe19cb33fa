#pragma once

#include <QAbstractTableModel>
#include <QTimer>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/store/run_list.h"
#include "core/store/run_types.h"
#include "widgets/lists/run_columns.h"

namespace scanline {

/// A window onto the ordered list of all rows: it holds the id of every row, and the values of a few thousand rows that
/// were looked at last. Values that are missing are asked for, a page at once, when a view looks at them. The order and
/// the choice of rows are the store's. Rows change in steps small enough for views to keep selection and editor.
class RunTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  static constexpr int kPage = 64;                 ///< rows that are asked for at once
  static constexpr size_t kMostKept = 40 * kPage;  ///< rows whose values are kept

  explicit RunTableModel(QObject* parent = nullptr);

  /// False if they are the rows that are shown already.
  bool setRows(std::vector<RunList::Row> rows);
  /// Values that arrived for `asked`. Their cells belong to the columns of `fields`; of other columns, cells are asked
  /// for again.
  void take(const std::vector<RunId>& asked, const std::vector<std::string>& fields, const std::vector<RunRow>& rows);
  /// Newer facts of some runs.
  void takeSummaries(const std::vector<RunSummary>& runs);
  /// The values known of these runs are old: shown until newer ones arrive.
  void outdate(const std::vector<RunId>& runs);
  /// These runs are gone for good.
  void forget(const std::vector<RunId>& runs);

  RunId id(int row) const { return rows_[static_cast<size_t>(row)].run; }
  std::optional<int> row(RunId run) const;
  /// The facts of a row; null if they have not arrived, in which case they are asked for. Valid until the next change.
  const RunSummary* run(int row) const;
  /// The facts of any run, if they are known; never asks.
  const RunSummary* known(RunId run) const;
  /// The facts are known, and not older than the last change that was told.
  bool isFresh(RunId run) const;
  /// Another run with known facts has this name.
  bool sharesName(const RunSummary& run) const;
  /// Whether the row is a trial that stands below its search.
  bool isTrialRow(int row) const { return rows_[static_cast<size_t>(row)].trial; }

  /// The fields that have a column, after the fixed ones.
  const std::vector<RunField>& fields() const { return fields_; }
  std::vector<std::string> fieldNames() const;
  void addField(const RunField& field);
  void removeField(const std::string& name);
  /// The field of a column, fixed or chosen.
  std::string fieldOf(int column) const;
  /// The column of a field, or -1.
  int columnOf(const std::string& field) const;
  bool isNumber(int column) const;  ///< painted at the right

  /// Ticked runs, ascending ids, whether they are in the list or not.
  std::vector<RunId> overlay() const { return {overlay_.begin(), overlay_.end()}; }
  void setOverlay(const std::vector<RunId>& runs);
  bool isOverlaid(RunId run) const { return overlay_.contains(run); }
  void setOverlaid(const std::vector<RunId>& runs, bool on);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  /// EditRole renames: shown at once, and asked for by renameRequested; the next facts decide. CheckStateRole ticks.
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  /// Asks by sortRequested().
  void sort(int column, Qt::SortOrder order) override;

 signals:
  void rowsRequested(const std::vector<scanline::RunId>& runs);
  void sortRequested(int column, Qt::SortOrder order);
  void overlayChanged(const std::vector<scanline::RunId>& runs);
  void renameRequested(scanline::RunId run, const QString& name);

 private:
  struct Entry {
    RunRow row;
    bool oldFacts = false;     ///< the run has changed since
    bool stale = false;        ///< newer facts or cells are wanted when it is seen
    mutable int64_t used = 0;  ///< when it was looked at last
  };
  struct Hash {
    size_t operator()(RunId id) const { return std::hash<int64_t>{}(id.value); }
  };

  Entry& entry(RunId run);
  void drop(RunId run);
  void keepFew();
  bool isWanting(RunId run) const;
  void want(int row) const;
  void ask();
  void announce(const std::vector<RunId>& changed);
  void replaceRows(std::vector<RunList::Row> rows, size_t first, size_t last);
  void reorderRows(const std::vector<RunList::Row>& kept);

  std::vector<RunList::Row> rows_;
  mutable std::vector<std::pair<RunId, int>> rowOf_;  ///< by id; empty until it is needed
  std::unordered_map<RunId, Entry, Hash> entries_;
  std::unordered_map<std::string, int> names_;  ///< how many known runs have the name
  std::vector<RunField> fields_;
  std::set<RunId> overlay_;
  mutable std::set<int> wantedPages_;
  std::unordered_set<RunId, Hash> asked_;  ///< and not answered yet
  mutable QTimer asking_;
  mutable int64_t clock_ = 0;
};

}  // namespace scanline
