// How the rows of RunTableModel become other rows, in changes small enough for views to keep selection and editor.
#include <algorithm>

#include "widgets/lists/run_table_model.h"

namespace scanline {

namespace {

using Rows = std::vector<RunList::Row>;

/// More rows than this between the first and the last that differ, or more batches of them, and telling views of each
/// costs more than having them start anew.
constexpr size_t kManyRows = 4096, kManyBatches = 64;
/// Rows from one that changed to the next up to which views are told of all between: they look at as many in the time
/// that being told twice takes.
constexpr int kNear = 16;

/// Stretches of rows for which `isOdd` holds, as [first, last], ascending.
template <class IsOdd>
std::vector<std::pair<int, int>> stretches(const Rows& rows, size_t first, size_t last, IsOdd&& isOdd) {
  std::vector<std::pair<int, int>> found;
  for (auto row = static_cast<int>(first); row < static_cast<int>(last); ++row) {
    if (!isOdd(rows[static_cast<size_t>(row)].run)) continue;
    if (!found.empty() && found.back().second == row - 1)
      found.back().second = row;
    else
      found.emplace_back(row, row);
  }
  return found;
}

}  // namespace

bool RunTableModel::setRows(Rows rows) {
  size_t same = 0;
  while (same < rows_.size() && same < rows.size() && rows_[same] == rows[same]) ++same;
  if (same == rows.size() && same == rows_.size()) return false;
  size_t tail = 0;
  while (tail + same < rows_.size() && tail + same < rows.size() &&
         rows_[rows_.size() - 1 - tail] == rows[rows.size() - 1 - tail])
    ++tail;
  const size_t before = rows_.size() - tail - same, after = rows.size() - tail - same;
  if (before > 0 && after > 0 && before + after > kManyRows) {
    beginResetModel();
    rows_ = std::move(rows);
    rowOf_.clear();
    endResetModel();
  } else {
    replaceRows(std::move(rows), same, tail);
  }
  return true;
}

/// The first `head` and the last `tail` rows stay.
void RunTableModel::replaceRows(Rows wanted, size_t head, size_t tail) {
  std::unordered_set<RunId, Hash> old, now;
  for (size_t row = head; row < rows_.size() - tail; ++row) old.insert(rows_[row].run);
  for (size_t row = head; row < wanted.size() - tail; ++row) now.insert(wanted[row].run);
  const auto going = stretches(rows_, head, rows_.size() - tail, [&](RunId id) { return !now.contains(id); });
  const auto coming = stretches(wanted, head, wanted.size() - tail, [&](RunId id) { return !old.contains(id); });
  if (going.size() + coming.size() > kManyBatches) {
    beginResetModel();
    rows_ = std::move(wanted);
    rowOf_.clear();
    endResetModel();
    return;
  }
  // 1. Removes rows, from the end, so that earlier row numbers hold.
  for (auto at = going.rbegin(); at != going.rend(); ++at) {
    beginRemoveRows({}, at->first, at->second);
    rows_.erase(rows_.begin() + at->first, rows_.begin() + at->second + 1);
    rowOf_.clear();
    endRemoveRows();
  }
  // 2. Sorts the rows that stay.
  Rows kept(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(head));
  std::copy_if(wanted.begin() + static_cast<std::ptrdiff_t>(head), wanted.end() - static_cast<std::ptrdiff_t>(tail),
               std::back_inserter(kept), [&](const RunList::Row& row) { return old.contains(row.run); });
  kept.insert(kept.end(), wanted.end() - static_cast<std::ptrdiff_t>(tail), wanted.end());
  if (kept != rows_) reorderRows(kept);
  // 3. Inserts new rows, from the start, so that each stretch stands where it belongs.
  for (const auto& [first, last] : coming) {
    beginInsertRows({}, first, last);
    rows_.insert(rows_.begin() + first, wanted.begin() + first, wanted.begin() + last + 1);
    rowOf_.clear();
    endInsertRows();
  }
}

void RunTableModel::reorderRows(const Rows& kept) {
  emit layoutAboutToBeChanged({}, VerticalSortHint);
  const QModelIndexList before = persistentIndexList();
  std::vector<RunId> runs;
  for (const auto& index : before) runs.push_back(id(index.row()));
  rows_ = kept;
  rowOf_.clear();
  QModelIndexList now;
  for (qsizetype i = 0; i < before.size(); ++i)
    now << index(row(runs[static_cast<size_t>(i)]).value_or(-1), before[i].column());
  changePersistentIndexList(before, now);
  emit layoutChanged({}, VerticalSortHint);
}

/// By stretches of rows: a view looks at every row of what it is told, and of 100,000 that is a tenth of a second.
void RunTableModel::announce(const std::vector<RunId>& changed) {
  if (rows_.empty()) return;
  std::vector<int> places;
  for (const RunId id : changed)
    if (const auto at = row(id)) places.push_back(*at);
  std::ranges::sort(places);
  const int last = columnCount() - 1;
  std::vector<std::pair<int, int>> found;
  for (const int place : places)
    if (!found.empty() && place <= found.back().second + kNear)
      found.back().second = place;
    else
      found.emplace_back(place, place);
  for (const auto& [first, end] : found) emit dataChanged(index(first, 0), index(end, last));
}

}  // namespace scanline
