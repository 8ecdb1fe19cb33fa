// scanline-cli sql: questions in SQL, which can only read.
#include <fmt/format.h>

#include "core/store/sql_query.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/text_table.h"

namespace scanline {
namespace {

nlohmann::ordered_json cellJson(const SqlTable::Cell& cell) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::monostate>)
          return nlohmann::ordered_json();
        else
          return nlohmann::ordered_json(value);
      },
      cell);
}

class SqlCommand : public Command {
 public:
  explicit SqlCommand(CLI::App& app)
      : Command(app, "sql", "Ask a workspace in SQL, which can only read; without a question, list its views") {
    addWorkspaceOption();
    verb().add_option("SELECT", sql_, "'SELECT name, best_loss FROM v_run ORDER BY best_loss LIMIT 5'");
    verb().add_flag("--csv", csv_, "Print comma-separated values");
    verb().add_option("--limit", limit_, "At most so many rows")->check(CLI::PositiveNumber)->capture_default_str();
  }

  int run() override {
    const auto folder = existingWorkspace();
    if (sql_.empty()) return views(folder);
    const SqlTable table = askSql(folder, sql_, static_cast<size_t>(limit_));
    if (json())
      printAsJson(table);
    else if (csv_)
      fmt::print("{}", csvText(table));
    else
      printAsTable(table);
    if (table.isCut) fmt::print(stderr, "These are the first {} rows; --limit gives more.\n", limit_);
    return kDone;
  }

 private:
  int views(const std::filesystem::path& folder) const {
    for (const auto& [name, columns] : sqlViews(folder)) fmt::print("{}: {}\n", name, columns);
    return kDone;
  }

  static void printAsJson(const SqlTable& table) {
    auto rows = nlohmann::ordered_json::array();
    for (const auto& row : table.rows) {
      nlohmann::ordered_json object = nlohmann::ordered_json::object();
      for (size_t i = 0; i < row.size(); ++i) object[table.columns[i]] = cellJson(row[i]);
      rows.push_back(std::move(object));
    }
    printJson(rows);
  }

  static void printAsTable(const SqlTable& table) {
    std::vector<std::vector<std::string>> lines{table.columns};
    std::vector<bool> right(table.columns.size(), true);
    for (const auto& row : table.rows) {
      auto& line = lines.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        line.push_back(cellText(row[i], "-"));
        if (std::holds_alternative<std::string>(row[i])) right[i] = false;
      }
    }
    fmt::print("{}", textTable(lines, right));
  }

  std::string sql_;
  bool csv_ = false;
  int64_t limit_ = 1000;
};

}  // namespace

std::unique_ptr<Command> makeSqlCommand(CLI::App& app) {
  return std::make_unique<SqlCommand>(app);
}

}  // namespace scanline
