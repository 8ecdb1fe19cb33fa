#include "widgets/lists/run_table_model.h"

#include <algorithm>

#include "core/store/field_unit.h"
#include "widgets/parts/run_text.h"

namespace scanline {

using namespace columns;

namespace {

/// By counting, where the ids lie close enough together: an order by other values takes ten times as long to sort.
void sortById(std::vector<std::pair<RunId, int>>& rows) {
  if (rows.empty()) return;
  const auto [least, greatest] = std::ranges::minmax_element(rows, {}, &std::pair<RunId, int>::first);
  const int64_t first = least->first.value;
  const auto range = static_cast<uint64_t>(greatest->first.value) - static_cast<uint64_t>(first);
  if (range >= 8 * rows.size()) return std::sort(rows.begin(), rows.end());
  std::vector<int> rowOf(range + 1, -1);
  for (const auto& [run, row] : rows) rowOf[static_cast<size_t>(run.value - first)] = row;
  size_t at = 0;
  for (size_t id = 0; id < rowOf.size(); ++id)
    if (rowOf[id] >= 0) rows[at++] = {RunId{first + static_cast<int64_t>(id)}, rowOf[id]};
}

}  // namespace

RunTableModel::RunTableModel(QObject* parent) : QAbstractTableModel(parent) {
  asking_.setSingleShot(true);
  asking_.callOnTimeout(this, [this] { ask(); });
}

std::optional<int> RunTableModel::row(RunId run) const {
  if (rowOf_.size() != rows_.size()) {
    rowOf_.clear();
    rowOf_.reserve(rows_.size());
    for (size_t row = 0; row < rows_.size(); ++row) rowOf_.emplace_back(rows_[row].run, static_cast<int>(row));
    sortById(rowOf_);
  }
  const auto at = std::lower_bound(rowOf_.begin(), rowOf_.end(), std::pair{run, 0});
  return at == rowOf_.end() || at->first != run ? std::nullopt : std::optional(at->second);
}

const RunSummary* RunTableModel::run(int row) const {
  const auto at = entries_.find(id(row));
  if (at == entries_.end() || at->second.stale) want(row);
  if (at == entries_.end()) return nullptr;
  at->second.used = ++clock_;
  return &at->second.row.run;
}

const RunSummary* RunTableModel::known(RunId run) const {
  const auto at = entries_.find(run);
  return at == entries_.end() ? nullptr : &at->second.row.run;
}

bool RunTableModel::isFresh(RunId run) const {
  const auto at = entries_.find(run);
  return at != entries_.end() && !at->second.oldFacts;
}

bool RunTableModel::isWanting(RunId run) const {
  const auto at = entries_.find(run);
  return at == entries_.end() || at->second.stale;
}

bool RunTableModel::sharesName(const RunSummary& run) const {
  const auto at = names_.find(run.name);
  return at != names_.end() && at->second > 1;
}

RunTableModel::Entry& RunTableModel::entry(RunId run) {
  auto [at, isNew] = entries_.try_emplace(run);
  if (isNew) ++names_[at->second.row.run.name];
  at->second.used = ++clock_;
  return at->second;
}

void RunTableModel::drop(RunId run) {
  const auto at = entries_.find(run);
  if (at == entries_.end()) return;
  if (const auto name = names_.find(at->second.row.run.name); --name->second == 0) names_.erase(name);
  entries_.erase(at);
}

/// The rows that were not looked at for the longest time go, a quarter at once.
void RunTableModel::keepFew() {
  if (entries_.size() <= kMostKept) return;
  std::vector<std::pair<int64_t, RunId>> byUse;
  byUse.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) byUse.emplace_back(entry.used, id);
  const auto going = static_cast<std::ptrdiff_t>(entries_.size() - kMostKept * 3 / 4);
  std::nth_element(byUse.begin(), byUse.begin() + going, byUse.end());
  for (auto at = byUse.begin(); at != byUse.begin() + going; ++at) drop(at->second);
}

void RunTableModel::take(const std::vector<RunId>& asked, const std::vector<std::string>& fields,
                         const std::vector<RunRow>& rows) {
  for (const RunId run : asked) asked_.erase(run);
  const bool haveCells = fields == fieldNames();
  std::vector<RunId> changed;
  for (const RunRow& row : rows) {
    const bool isNew = !entries_.contains(row.run.id);
    Entry& of = entry(row.run.id);
    const bool same = !isNew && of.row.run == row.run && (!haveCells || of.row.cells == row.cells);
    of.oldFacts = false;
    of.stale = !haveCells;
    if (same) continue;
    if (of.row.run.name != row.run.name) {
      if (const auto name = names_.find(of.row.run.name); --name->second == 0) names_.erase(name);
      ++names_[row.run.name];
    }
    of.row.run = row.run;
    if (haveCells) of.row.cells = row.cells;
    changed.push_back(row.run.id);
  }
  keepFew();
  announce(changed);
}

void RunTableModel::takeSummaries(const std::vector<RunSummary>& runs) {
  std::vector<RunId> changed;
  for (const RunSummary& run : runs) {
    const bool isNew = !entries_.contains(run.id);
    Entry& of = entry(run.id);
    of.oldFacts = false;
    of.stale = !fields_.empty() && (of.stale || isNew || !(of.row.run == run));  // its cells may differ
    if (!isNew && of.row.run == run) continue;
    if (of.row.run.name != run.name) {
      if (const auto name = names_.find(of.row.run.name); --name->second == 0) names_.erase(name);
      ++names_[run.name];
    }
    of.row.run = run;
    changed.push_back(run.id);
  }
  keepFew();
  announce(changed);
}

void RunTableModel::outdate(const std::vector<RunId>& runs) {
  std::vector<RunId> old;
  for (const RunId run : runs)
    if (const auto at = entries_.find(run); at != entries_.end()) {
      at->second.oldFacts = at->second.stale = true;
      old.push_back(run);
    }
  announce(old);  // views that show them look again, and so ask
}

void RunTableModel::forget(const std::vector<RunId>& runs) {
  for (const RunId run : runs) drop(run);
  if (std::erase_if(overlay_, [&](RunId id) { return std::find(runs.begin(), runs.end(), id) != runs.end(); }) > 0)
    emit overlayChanged(overlay());
}

void RunTableModel::want(int row) const {
  if (asked_.contains(id(row))) return;
  wantedPages_.insert(row / kPage);
  if (!asking_.isActive()) asking_.start(0);
}

/// The pages that were looked at, and their neighbours, so that scrolling meets rows that are there.
void RunTableModel::ask() {
  std::set<int> pages;
  for (const int page : std::exchange(wantedPages_, {})) pages.insert({page - 1, page, page + 1});
  std::vector<RunId> runs;
  for (const int page : pages)
    for (int row = std::max(0, page * kPage); row < std::min<int>(rowCount(), (page + 1) * kPage); ++row)
      if (isWanting(id(row)) && asked_.insert(id(row)).second) runs.push_back(id(row));
  if (!runs.empty()) emit rowsRequested(runs);
}

void RunTableModel::setOverlay(const std::vector<RunId>& runs) {
  std::set<RunId> wanted(runs.begin(), runs.end());
  if (wanted == overlay_) return;
  std::vector<RunId> changed;
  std::set_symmetric_difference(wanted.begin(), wanted.end(), overlay_.begin(), overlay_.end(),
                                std::back_inserter(changed));
  overlay_ = std::move(wanted);
  announce(changed);
  emit overlayChanged(overlay());
}

void RunTableModel::setOverlaid(const std::vector<RunId>& runs, bool on) {
  std::set<RunId> wanted = overlay_;
  for (const RunId run : runs) on ? void(wanted.insert(run)) : void(wanted.erase(run));
  setOverlay({wanted.begin(), wanted.end()});
}

std::vector<std::string> RunTableModel::fieldNames() const {
  std::vector<std::string> names;
  for (const RunField& field : fields_) names.push_back(field.name);
  return names;
}

void RunTableModel::addField(const RunField& field) {
  if (columnOf(field.name) >= 0) return;
  beginInsertColumns({}, columnCount(), columnCount());
  fields_.push_back(field);
  fields_.back().unit = unitOfField(field.name);  // a saved layout has none
  for (auto& [id, entry] : entries_) {
    entry.row.cells.resize(fields_.size());
    entry.stale = true;
  }
  endInsertColumns();
}

void RunTableModel::removeField(const std::string& name) {
  const auto at = std::ranges::find(fields_, name, &RunField::name);
  if (at == fields_.end()) return;
  const auto place = at - fields_.begin();
  const int column = kFixed + static_cast<int>(place);
  beginRemoveColumns({}, column, column);
  fields_.erase(at);
  for (auto& [id, entry] : entries_)
    if (std::ssize(entry.row.cells) > place) entry.row.cells.erase(entry.row.cells.begin() + place);
  endRemoveColumns();
}

std::string RunTableModel::fieldOf(int column) const {
  return column < kFixed ? field(column) : fields_.at(static_cast<size_t>(column - kFixed)).name;
}

int RunTableModel::columnOf(const std::string& field) const {
  if (const int fixed = columns::columnOf(field); fixed >= 0) return fixed;
  const auto at = std::ranges::find(fields_, field, &RunField::name);
  return at == fields_.end() ? -1 : kFixed + static_cast<int>(at - fields_.begin());
}

bool RunTableModel::isNumber(int column) const {
  return column < kFixed ? alignsRight(column) : fields_.at(static_cast<size_t>(column - kFixed)).number;
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int RunTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kFixed + static_cast<int>(fields_.size());
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const int column = index.column();
  if (role == Qt::CheckStateRole)
    return column == Name ? QVariant(isOverlaid(id(index.row())) ? Qt::Checked : Qt::Unchecked) : QVariant();
  if (role == Qt::TextAlignmentRole)
    return QVariant((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole)
    return {};
  const RunSummary* of = run(index.row());
  if (!of) return role == Qt::AccessibleTextRole ? QVariant(tr("Reading…")) : QVariant();
  if (role == Qt::ToolTipRole) return toolTip(*of, of->parent ? known(*of->parent) : nullptr, column);
  if (role == Qt::AccessibleTextRole && column == Name)
    return tr("%1, %2, %3").arg(cellText(*of, Name), cellText(*of, State), text::outcome(*of));
  if (column < kFixed) return cellText(*of, column);
  const auto& cells = entries_.at(of->id).row.cells;
  const auto cell = static_cast<size_t>(column - kFixed);
  return cell < cells.size() ? cellText(cells[cell], fields_[cell].unit) : QString();
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid) || index.column() != Name) return false;
  const RunId run = id(index.row());
  if (role == Qt::CheckStateRole) {
    setOverlaid({run}, value.toInt() == Qt::Checked);
    return true;
  }
  const RunSummary* of = known(run);
  const QString name = value.toString().simplified();
  if (role != Qt::EditRole || !of || name.isEmpty() || name == QString::fromStdString(of->name)) return false;
  RunSummary renamed = *of;
  renamed.name = name.toStdString();
  takeSummaries({renamed});
  emit renameRequested(run, name);
  return true;
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const RunField* chosen = section < kFixed ? nullptr : &fields_[static_cast<size_t>(section - kFixed)];
  if (role == Qt::DisplayRole) return chosen ? QString::fromStdString(chosen->name) : title(section);
  if (role == Qt::TextAlignmentRole)
    return QVariant((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole)
    return chosen ? QString::fromStdString(chosen->key + ": " + chosen->description) : headerTip(section);
  return {};
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
  if (index.column() == Name) flags |= Qt::ItemIsEditable | Qt::ItemIsUserCheckable;
  return flags;
}

void RunTableModel::sort(int column, Qt::SortOrder order) {
  if (column >= 0 && column < columnCount()) emit sortRequested(column, order);
}

}  // namespace scanline
