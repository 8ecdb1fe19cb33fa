#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/statistics.h"
#include "core/store/run_query_grammar.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/run_json.h"
#include "experiments/cli/run_report.h"
#include "experiments/cli/terminal.h"
#include "experiments/cli/text_table.h"

namespace scanline {
namespace {

using Line = std::vector<std::string>;

/// As a person reads it, by the field's unit.
std::string columnText(const QueryField& field, const RunCell& cell) {
  if (cell.kind == RunCell::Kind::Nothing) return "-";
  if (cell.kind == RunCell::Kind::Text) return cell.text.empty() ? "-" : cell.text;
  switch (field.type) {
    case QueryField::Type::Share:
      return fmt::format("{:.1f} %", 100 * cell.number);
    case QueryField::Type::Duration:
    case QueryField::Type::Age:
      return durationText(cell.number);
    case QueryField::Type::Time:
      return timeText(static_cast<int64_t>(cell.number));
    case QueryField::Type::Bool:
      return cell.number != 0 ? "true" : "false";
    default:
      return std::abs(cell.number) < 1e15 && cell.number == std::round(cell.number)
                 ? fmt::format("{:.0f}", cell.number)
                 : fmt::format("{:.6g}", cell.number);
  }
}

nlohmann::ordered_json cellJson(const QueryField& field, const RunCell& cell) {
  if (cell.kind == RunCell::Kind::Nothing) return nullptr;
  if (cell.kind == RunCell::Kind::Text) return cell.text;
  if (field.type == QueryField::Type::Bool) return cell.number != 0;
  return cell.number;
}

/// A fine-tuned classifier has an accuracy, too, but no layer was probed.
std::string accuracyText(const RunSummary& run) {
  if (!run.bestAccuracy) return "-";
  return fmt::format("{:.1f} % ({})", 100 * *run.bestAccuracy,
                     run.bestLayer ? fmt::format("layer {}", *run.bestLayer) : "classifier");
}

Line lineOf(const RunSummary& run) {
  return {run.uuid.substr(0, 8),
          run.name,
          std::string(stateName(run.state)),
          std::string(nameOf(run.kind)),
          run.dataset.empty() ? "-" : run.dataset,
          run.parameters > 0 ? countText(run.parameters) : "-",
          takesSteps(run) && run.steps > 0 ? fmt::format("{}/{}", run.step, run.steps) : "-",
          run.bestLoss ? fmt::format("{:.4f}", *run.bestLoss) : "-",
          accuracyText(run),
          timeText(run.createdMs)};
}

/// The problem of a question, under its place.
std::string pointedOut(const std::string& text, const QueryError& error) {
  const std::string before = text.substr(0, error.at), marked = text.substr(error.at, error.length);
  return fmt::format("{}\n  {}\n  {}{}", error.what(), text, std::string(static_cast<size_t>(textWidth(before)), ' '),
                     std::string(static_cast<size_t>(std::max(1, textWidth(marked))), '^'));
}

/// For CLI11's check(): a mistake counts as wrong usage.
std::string questionMistake(const std::string& text) {
  try {
    const RunQuery question(text);
  } catch (const QueryError& error) {
    return pointedOut(text, error);
  }
  return {};
}
std::string fieldMistake(const std::string& text) {
  try {
    queryField(text);
  } catch (const QueryError& error) {
    return pointedOut(text, error);
  }
  return {};
}

class RunsCommand : public Command {
 public:
  explicit RunsCommand(CLI::App& app) : Command(app, "runs", "List the runs of a workspace, newest first") {
    addWorkspaceOption();
    verb().add_flag("--all", withTrashed_, "Also those in the trash");
    verb()
        .add_option(
            "--where", where_,
            "Only those: words, or 'lr < 1e-3 and best(probe) > 0.8 and not tag:bad' (help page Asking for runs)")
        ->type_name("QUESTION")
        ->check(questionMistake);
    verb()
        .add_option("--sort", sort_, "By a setting, fact or summary: lr, 'best(probe)', 'last(train/loss)'")
        ->type_name("FIELD")
        ->check(fieldMistake);
    verb().add_flag("--reverse", isReversed_, "With --sort: the largest first");
    verb()
        .add_option("--columns", columns_, "Fields to show, instead of the usual columns")
        ->delimiter(',')
        ->type_name("FIELD,...")
        ->check(fieldMistake);
    verb()
        .add_option("--group", group_,
                    "Instead of runs: how many share each value of a field, and mean and deviation "
                    "of the columns [loss, accuracy]")
        ->type_name("FIELD")
        ->check(fieldMistake);
    verb().add_option("--limit", limit_, "Show at most so many")->check(CLI::PositiveNumber);
  }

  int run() override {
    if (sort_.empty() && isReversed_) throw Error("--reverse needs --sort FIELD.");
    if (isNewFolder()) return noRuns();
    const RunStore store = openForReading(existingWorkspace());
    for (const std::string& column : columns_) fields_.push_back(queryField(column));
    RunListRequest request{.where = RunQuery(where_), .flat = !sort_.empty()};
    if (!sort_.empty()) {
      request.order = sort_;
      request.descending = isReversed_;
    }
    return group_.empty() ? list(store, request) : groups(store, request);
  }

 private:
  /// Of which nothing has to be said but that there are no runs yet. A path that was mistyped is something else.
  bool isNewFolder() const {
    std::error_code error;
    if (std::filesystem::is_empty(workspace(), error) && !error) return true;
    return !hasWorkspaceOption() && !std::filesystem::exists(workspace() / "scanline.db", error);
  }

  int noRuns() const {
    if (json())
      printJson(nlohmann::ordered_json::array());
    else
      fmt::print("There are no runs in {} yet. Start one: scanline-cli train quick-start\n", workspace().string());
    return kDone;
  }

  int list(const RunStore& store, RunListRequest request) const {
    RunList found = store.list(request);
    std::vector<RunId> ids;
    for (const RunList::Row& row : found.rows) ids.push_back(row.run);
    if (withTrashed_) {
      request.trash = true;
      const RunList trash = store.list(request);
      for (const RunList::Row& row : trash.rows) ids.push_back(row.run);
      found.total += trash.total;
    }
    if (found.total == 0) return noRuns();
    const size_t hits = ids.size();
    if (limit_ > 0 && hits > static_cast<size_t>(limit_)) ids.resize(static_cast<size_t>(limit_));
    const auto rows = store.rows(ids, columns_);
    if (json()) {
      auto all = nlohmann::ordered_json::array();
      for (const RunRow& row : rows) {
        all.push_back(toJson(row.run));
        for (size_t i = 0; i < fields_.size(); ++i)
          all.back()["columns"][columns_[i]] = cellJson(fields_[i], row.cells[i]);
      }
      printJson(all);
      return kDone;
    }
    if (rows.empty()) {
      fmt::print("None of the {} runs is meant by {}\n", found.total, where_);
      return kDone;
    }
    print(rows);
    if (rows.size() < hits) fmt::print("{} of {} runs; --limit {} was given\n", rows.size(), hits, limit_);
    return kDone;
  }

  void print(const std::vector<RunRow>& rows) const {
    std::vector<Line> lines{
        {"run", "name", "state", "kind", "data", "size", "step", "best loss", "accuracy", "created"}};
    if (!fields_.empty()) {
      lines.front().resize(2);
      lines.front().insert(lines.front().end(), columns_.begin(), columns_.end());
    }
    for (const RunRow& row : rows) {
      Line line = lineOf(row.run);
      if (!fields_.empty()) line.resize(2);
      for (size_t i = 0; i < fields_.size(); ++i) line.push_back(columnText(fields_[i], row.cells[i]));
      lines.push_back(std::move(line));
    }
    fmt::print("{}", textTable(lines));
  }

  int groups(const RunStore& store, const RunListRequest& request) {
    if (columns_.empty()) {
      columns_ = {"loss", "accuracy"};
      for (const std::string& column : columns_) fields_.push_back(queryField(column));
    }
    const QueryField by = queryField(group_);
    const auto groups = store.groups(request, group_, columns_);
    if (json()) {
      auto all = nlohmann::ordered_json::array();
      for (const RunGroup& group : groups) {
        nlohmann::ordered_json entry{{group_, cellJson(by, group.value)}, {"runs", group.count}};
        for (size_t i = 0; i < fields_.size(); ++i) {
          const RunGroup::Spread& spread = group.spreads[i];
          if (spread.count == 0)
            entry[columns_[i]] = nullptr;
          else
            entry[columns_[i]] = {{"runs", spread.count},
                                  {"mean", spread.mean},
                                  {"deviation", spread.deviation},
                                  {"min", spread.min},
                                  {"max", spread.max}};
        }
        all.push_back(std::move(entry));
      }
      printJson(all);
      return kDone;
    }
    std::vector<Line> lines{{group_, "runs"}};
    for (const std::string& column : columns_) lines.front().push_back(column + " (mean, deviation, runs)");
    for (const RunGroup& group : groups) {
      Line line{columnText(by, group.value), fmt::format("{}", group.count)};
      for (size_t i = 0; i < fields_.size(); ++i) line.push_back(spreadText(fields_[i], group.spreads[i]));
      lines.push_back(std::move(line));
    }
    fmt::print("{}", textTable(lines));
    return kDone;
  }

  static std::string spreadText(const QueryField& field, const RunGroup::Spread& spread) {
    return spread.count == 0 ? "-" : fmt::format("{} ({})", meanText(field, spread), spread.count);
  }

  static std::string meanText(const QueryField& field, const RunGroup::Spread& spread) {
    using Type = QueryField::Type;
    if (field.type == Type::Bool) return fmt::format("{:.1f} %", 100 * spread.mean);  // of runs where it is true
    const std::string mean = columnText(field, {RunCell::Kind::Number, spread.mean, {}});
    if (spread.count == 1) return mean;
    switch (field.type) {
      case Type::Share:
        return shareSpreadText(spread.mean, spread.deviation);
      case Type::Duration:
      case Type::Age:
        return fmt::format("{} \u00b1 {}", mean, durationText(spread.deviation));
      case Type::Time:
        return fmt::format("{} \u00b1 {}", mean, durationText(spread.deviation / 1000));
      default:
        return scanline::spreadText(spread.mean, spread.deviation);
    }
  }

  bool withTrashed_ = false, isReversed_ = false;
  std::string where_, sort_, group_;
  std::vector<std::string> columns_;
  std::vector<QueryField> fields_;
  int64_t limit_ = 0;
};

}  // namespace

std::unique_ptr<Command> makeRunsCommand(CLI::App& app) {
  return std::make_unique<RunsCommand>(app);
}

}  // namespace scanline
