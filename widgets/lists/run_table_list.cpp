// The rows of RunTable and its selection: requests, answers, and the scroll position while rows change.
#include <QHeaderView>
#include <QItemSelection>
#include <QScrollBar>
#include <algorithm>
#include <unordered_set>

#include "widgets/lists/filter_box.h"
#include "widgets/lists/group_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"

namespace scanline {

namespace {

/// Facts of so many selected runs are read ahead, for the commands that depend on them.
constexpr size_t kMostReadAhead = 2000;

bool contains(const std::vector<RunId>& runs, RunId run) {
  return std::find(runs.begin(), runs.end(), run) != runs.end();
}

/// A value as the query language writes it.
QString literal(const RunCell& value) {
  if (value.kind == RunCell::Kind::Number) return QString::number(value.number, 'g', QLocale::FloatingPointShortest);
  return QLatin1Char('"') + QString::fromStdString(value.text).remove(QLatin1Char('"')) + QLatin1Char('"');
}

}  // namespace

void RunTable::want(RunListRequest request) {
  if (request == request_) return;
  request_ = std::move(request);
  emit listRequested();
}

void RunTable::setTrashShown(bool shown) {
  RunListRequest request = request_;
  request.trash = shown;
  want(std::move(request));
}

void RunTable::setList(RunListAnswer answer) {
  if (!(answer.request == request_)) return;  // the answer to a newer one is on its way
  if (view_->isEditing() && shown_ == answer.request) {
    held_ = std::move(answer);
    return;
  }
  apply(std::move(answer));
}

void RunTable::apply(RunListAnswer answer) {
  const bool isNew = !(shown_ == answer.request);
  std::vector<RunId> asked;
  for (const RunRow& row : answer.rows) asked.push_back(row.run.id);
  model_->take(asked, answer.columns, answer.rows);

  const Anchor before = anchor();
  const int currentRow = view_->currentIndex().isValid() ? view_->currentIndex().row() : 0;
  restoring_ = true;
  const bool changed = model_->setRows(std::move(answer.list.rows));
  restoring_ = false;
  shown_ = answer.request;
  total_ = answer.list.total;
  const bool dropped = dropLost(before, currentRow);
  if (changed || dropped) showSelection();
  if (changed) {
    view_->doItemsLayout();
    if (!isNew)
      scrollBack(before);
    else if (const auto row = model_->row(current_))
      view_->scrollTo(model_->index(*row, 0), QAbstractItemView::PositionAtCenter);
    else
      view_->scrollToTop();
  }
  if (const auto row = scrollTo_.value != 0 ? model_->row(scrollTo_) : std::nullopt) {
    view_->scrollTo(model_->index(*row, 0));
    scrollTo_ = {};
  }
  filter_->setHits(model_->rowCount(), total_, request_.trash);
  describeEmptiness();
  announceSelection();
  askForGroups();
}

RunTable::Anchor RunTable::anchor() const {
  const QModelIndex top = view_->indexAt(QPoint(1, 1));
  if (!top.isValid()) return {};
  return {model_->id(top.row()), top.row(), view_->visualRect(top).top()};
}

/// The run that stood at the top stands there again; a list that was at its top stays at its top.
void RunTable::scrollBack(const Anchor& anchor) {
  if (anchor.run.value == 0 || (anchor.row == 0 && anchor.offset == 0)) return;
  const auto row = model_->row(anchor.run);
  const int at = std::min(row.value_or(anchor.row), model_->rowCount() - 1);
  if (at < 0) return;
  const int height = view_->visualRect(model_->index(at, 0)).height();
  view_->verticalScrollBar()->setValue(at * height - anchor.offset);
}

void RunTable::setRows(const std::vector<RunId>& asked, const std::vector<std::string>& columns,
                       const std::vector<RunRow>& rows) {
  model_->take(asked, columns, rows);
}

void RunTable::dropField(const std::string& field) {
  if (request_.order == field) sortBy("created", true);
  if (groupField_ == field) groupBy({});
  model_->removeField(field);
}

void RunTable::takeNews(const std::vector<RunSummary>& newer, const std::vector<RunId>& changed,
                        const std::vector<RunId>& gone) {
  for (const RunId run : changed)
    if (contains(chosen_, run) && !contains(lost_, run)) lost_.push_back(run);
  model_->outdate(changed);
  model_->takeSummaries(newer);
  if (gone.empty()) return;
  model_->forget(gone);
  std::erase_if(chosen_, [&](RunId run) { return contains(gone, run); });
  announceSelection();
}

/// Runs that went to the trash, or came out of it, leave the selection; those that the filter hides do not. If none is
/// left, the run that took the place is selected. False if nothing was lost.
bool RunTable::dropLost(const Anchor& before, int currentRow) {
  bool any = false;
  for (const RunId run : std::exchange(lost_, {})) {
    if (model_->row(run)) continue;
    const RunSummary* facts = model_->isFresh(run) ? model_->known(run) : nullptr;
    if (facts && facts->trashed == request_.trash) continue;  // the filter hides it
    std::erase(chosen_, run);
    any = true;
  }
  if (any && chosen_.empty() && model_->rowCount() > 0 && before.run.value != 0) {
    current_ = model_->id(std::min(currentRow, model_->rowCount() - 1));
    chosen_ = {current_};
  }
  return any;
}

/// The person chose other rows.
void RunTable::takeSelection() {
  if (restoring_) return;
  std::vector<std::pair<int, int>> ranges;
  for (const QItemSelectionRange& range : view_->selectionModel()->selection())
    ranges.emplace_back(range.top(), range.bottom());
  std::sort(ranges.begin(), ranges.end());
  chosen_.clear();
  int next = 0;
  for (const auto& [top, bottom] : ranges)
    for (int row = std::max(top, next); row <= bottom; ++row, next = row) chosen_.push_back(model_->id(row));
  announceSelection();
}

/// Brings the view's selection to chosen_.
void RunTable::showSelection() {
  std::vector<int> rows;
  for (const RunId run : chosen_)
    if (const auto row = model_->row(run)) rows.push_back(*row);
  std::sort(rows.begin(), rows.end());
  QItemSelection wanted;
  const int last = model_->columnCount() - 1;
  for (size_t i = 0; i < rows.size();) {
    size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    wanted.select(model_->index(rows[i], 0), model_->index(rows[end - 1], last));
    i = end;
  }
  restoring_ = true;
  auto* selection = view_->selectionModel();
  if (const auto row = model_->row(current()))
    selection->setCurrentIndex(model_->index(*row, 0), QItemSelectionModel::NoUpdate);
  selection->select(wanted, QItemSelectionModel::ClearAndSelect);
  restoring_ = false;
}

void RunTable::select(const std::vector<RunId>& runs) {
  chosen_ = runs;
  current_ = runs.empty() ? RunId{} : runs.front();
  std::optional<int> first;
  for (const RunId run : runs)
    if (const auto row = model_->row(run); row && (!first || *row < *first)) {
      first = row;
      current_ = run;
    }
  showSelection();
  if (first)
    view_->scrollTo(model_->index(*first, 0));
  else
    scrollTo_ = current_;
  std::stable_sort(chosen_.begin(), chosen_.end(), [this](RunId a, RunId b) {
    const auto x = model_->row(a), y = model_->row(b);
    return x && y ? *x < *y : x.has_value() && !y;
  });
  announceSelection();
}

void RunTable::announceSelection() {
  if (chosen_ == announced_) return;
  announced_ = chosen_;
  std::vector<RunId> unknown;
  for (const RunId run : chosen_)
    if (!model_->isFresh(run) && unknown.size() < kMostReadAhead) unknown.push_back(run);
  if (!unknown.empty()) emit rowsRequested(unknown);
  emit selectionChanged(chosen_);
}

/// Without runs that the filter hides: keys and menus of the list act on visible rows.
std::vector<RunId> RunTable::shownSelection() const {
  std::vector<RunId> runs = chosen_;
  std::erase_if(runs, [this](RunId run) { return !model_->row(run); });
  return runs;
}

/// A run whose facts have not arrived counts as one that fits: the store refuses an impossible act with a sentence.
std::vector<RunId> RunTable::selectionWhere(bool (*fits)(const RunSummary&)) const {
  std::vector<RunId> runs = shownSelection();
  std::erase_if(runs, [&](RunId run) {
    const RunSummary* facts = model_->known(run);
    return facts && !fits(*facts);
  });
  return runs;
}

void RunTable::setProposals(const QString& text, const QueryProposals& proposals) {
  filter_->setProposals(text, proposals);
}

/// Spreads are of the columns with numbers that are seen; in the list of two lines, of the results.
void RunTable::askForGroups() {
  if (groupField_.empty()) return;
  std::vector<std::string> of;
  for (int column = 0; column < model_->columnCount(); ++column) {
    const bool isResult = column == columns::BestLoss || column == columns::BestProbe;
    const bool isNumber = isResult || (column >= columns::kFixed && model_->isNumber(column));
    if (isNumber && (compact_ ? isResult : !view_->isColumnHidden(column)) && model_->fieldOf(column) != groupField_)
      of.push_back(model_->fieldOf(column));
  }
  emit groupsRequested(groupField_, of);
}

void RunTable::setGroups(const std::string& by, const std::vector<std::string>& columns,
                         const std::vector<RunGroup>& groups) {
  if (by != groupField_) return;
  QStringList fields;
  for (const std::string& column : columns) fields << QString::fromStdString(column);
  groups_->setGroups(QString::fromStdString(by), fields, groups);
  groups_->show();
}

/// The runs of a group, of those that the filter shows.
void RunTable::showGroup(const RunCell& value) {
  const QString field = QString::fromStdString(groupField_);
  const QString condition = value.kind == RunCell::Kind::Nothing ? QStringLiteral("not has(%1)").arg(field)
                                                                 : QStringLiteral("%1 = %2").arg(field, literal(value));
  const QString before = filter_->text().trimmed();
  const bool isAlternative = before.contains(QStringLiteral(" or "), Qt::CaseInsensitive);
  filter_->setText(before.isEmpty() ? condition
                   : isAlternative  ? QStringLiteral("(%1) and %2").arg(before, condition)
                                    : QStringLiteral("%1 and %2").arg(before, condition));
}

}  // namespace scanline
