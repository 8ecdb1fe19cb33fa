#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "tests/widgets/lists/sample_runs.h"
#include "widgets/lists/run_table.h"

namespace scanline {

/// Answers the requests of a RunTable from a vector, at once: runs whose names hold all words of the filter, the newest
/// first, or by name, loss or "lr".
class FakeRuns {
 public:
  explicit FakeRuns(RunTable& table) : table_(table) {
    QObject::connect(&table, &RunTable::listRequested, &table, [this] { answer(); });
    QObject::connect(&table, &RunTable::rowsRequested, &table, [this](const std::vector<RunId>& runs) {
      ++pagesRead;
      if (!silent) table_.setRows(runs, table_.columns(), rows(runs));
    });
  }

  /// Other runs, all of which count as changed if they differ.
  void set(std::vector<RunSummary> runs) {
    std::map<RunId, const RunSummary*> before;
    for (const RunSummary& run : runs_) before[run.id] = &run;
    std::vector<RunId> changed, gone;
    for (const RunSummary& run : runs) {
      const auto old = before.extract(run.id);
      if (!old || !(*old.mapped() == run)) changed.push_back(run.id);
    }
    for (const auto& [run, facts] : before) gone.push_back(run);
    runs_ = std::move(runs);
    table_.takeNews({}, changed, gone);
    answer();
  }
  const std::vector<RunSummary>& runs() const { return runs_; }

  RunListAnswer list(const RunListRequest& request) const {
    RunListAnswer answer{request, {}, table_.columns(), {}};
    std::vector<RunSummary> found;
    for (const RunSummary& run : runs_) {
      if (run.trashed != request.trash) continue;
      ++answer.list.total;
      if (fits(run, request.where.text())) found.push_back(run);
    }
    std::ranges::stable_sort(found, [&](const RunSummary& a, const RunSummary& b) {
      const RunSummary &x = request.descending ? b : a, &y = request.descending ? a : b;
      if (request.order == "name") return x.name < y.name;
      if (request.order == "loss") return x.bestLoss.value_or(9) < y.bestLoss.value_or(9);
      return x.createdMs < y.createdMs;
    });
    for (const RunSummary& run : found)
      answer.list.rows.push_back({run.id, run.parent && std::ranges::any_of(found, [&](const RunSummary& other) {
                                            return other.id == run.parent && other.kind == RunKind::Search;
                                          })});
    answer.list.version = 1;
    for (size_t row = 0; row < std::min<size_t>(64, found.size()); ++row) answer.rows.push_back(rowOf(found[row]));
    return answer;
  }
  void answer() {
    ++listsMade;
    if (!silent) table_.setList(list(table_.request()));
  }
  std::vector<RunRow> rows(const std::vector<RunId>& runs) const {
    std::vector<RunRow> rows;
    for (const RunId id : runs)
      if (const auto run = std::ranges::find(runs_, id, &RunSummary::id); run != runs_.end())
        rows.push_back(rowOf(*run));
    return rows;
  }

  bool silent = false;  ///< the store is slow: nothing is answered
  int listsMade = 0, pagesRead = 0;
  std::function<RunCell(const RunSummary&, const std::string&)> cell = [](const RunSummary&, const std::string&) {
    return RunCell{};
  };

 private:
  static bool fits(const RunSummary& run, const std::string& words) {
    for (const QString& word : QString::fromStdString(words).split(' ', Qt::SkipEmptyParts))
      if (!QString::fromStdString(run.name).contains(word, Qt::CaseInsensitive)) return false;
    return true;
  }
  RunRow rowOf(const RunSummary& run) const {
    RunRow row{run, {}};
    for (const std::string& column : table_.columns()) row.cells.push_back(cell(run, column));
    return row;
  }

  RunTable& table_;
  std::vector<RunSummary> runs_;
};

}  // namespace scanline
