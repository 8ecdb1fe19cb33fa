// How the rows of RunTableModel become other rows, in changes small enough for views to keep selection and scroll
// position.
#include <algorithm>

#include "widgets/lists/run_table_model.h"

namespace scanline {

namespace {

/// More batches of rows than this, and telling views of each costs more than having them start anew.
constexpr int kManyBatches = 64;

/// Stretches of rows for which `isOdd` holds, as [first, last], ascending.
template <class IsOdd>
std::vector<std::pair<int, int>> stretches(const std::vector<RunId>& rows, IsOdd&& isOdd) {
  std::vector<std::pair<int, int>> found;
  for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
    if (!isOdd(rows[static_cast<size_t>(row)])) continue;
    if (!found.empty() && found.back().second == row - 1)
      found.back().second = row;
    else
      found.emplace_back(row, row);
  }
  return found;
}

}  // namespace

void RunTableModel::showRows(const std::vector<RunId>& wanted) {
  if (wanted == shown_) return;
  const std::set<RunId> after(wanted.begin(), wanted.end());
  const auto going = stretches(shown_, [&](RunId id) { return !after.contains(id); });
  const auto coming = stretches(wanted, [&](RunId id) { return !rowOf_.contains(id); });
  if (going.size() + coming.size() > kManyBatches) {
    beginResetModel();
    shown_ = wanted;
    numberRows();
    endResetModel();
    return;
  }

  // 1. What goes, from the end, so that earlier row numbers hold.
  for (auto at = going.rbegin(); at != going.rend(); ++at) {
    beginRemoveRows({}, at->first, at->second);
    shown_.erase(shown_.begin() + at->first, shown_.begin() + at->second + 1);
    numberRows();
    endRemoveRows();
  }
  // 2. What stays, in its new order.
  std::vector<RunId> kept;
  std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(kept), [&](RunId id) { return rowOf_.contains(id); });
  if (kept != shown_) reorderRows(kept);
  // 3. What comes, from the start, so that each stretch stands where it belongs.
  for (const auto& [first, last] : coming) {
    beginInsertRows({}, first, last);
    shown_.insert(shown_.begin() + first, wanted.begin() + first, wanted.begin() + last + 1);
    numberRows();
    endInsertRows();
  }
}

void RunTableModel::reorderRows(const std::vector<RunId>& kept) {
  emit layoutAboutToBeChanged({}, VerticalSortHint);
  const QModelIndexList before = persistentIndexList();
  std::vector<RunId> runs;
  for (const auto& index : before) runs.push_back(shown_[static_cast<size_t>(index.row())]);
  shown_ = kept;
  numberRows();
  QModelIndexList now;
  for (qsizetype i = 0; i < before.size(); ++i)
    now << index(rowOf_.at(runs[static_cast<size_t>(i)]), before[i].column());
  changePersistentIndexList(before, now);
  emit layoutChanged({}, VerticalSortHint);
}

void RunTableModel::numberRows() {
  rowOf_.clear();
  for (size_t row = 0; row < shown_.size(); ++row) rowOf_[shown_[row]] = static_cast<int>(row);
}

void RunTableModel::announce(const std::vector<RunId>& changed) {
  if (shown_.empty()) return;
  if (changed.size() > kManyBatches) {
    emit dataChanged(index(0, 0), index(static_cast<int>(shown_.size()) - 1, kColumns - 1));
    return;
  }
  for (const RunId id : changed)
    if (const auto at = row(id)) emit dataChanged(index(*at, 0), index(*at, kColumns - 1));
}

}  // namespace scanline
