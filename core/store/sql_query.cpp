#include "core/store/sql_query.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "core/base/control.h"
#include "core/formats/csv.h"
#include "core/store/database.h"

namespace scanline {

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// The actions that a statement may take, asked while it is compiled.
int allow(void*, int action, const char*, const char* name, const char*, const char*) {
  if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
  const std::string_view function = name != nullptr ? name : "";
  return action == SQLITE_FUNCTION && function != "load_extension" ? SQLITE_OK : SQLITE_DENY;
}

/// Nothing but blanks, comments and semicolons.
bool isNothing(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("--")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i).starts_with("/*")) {
      const size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else if (text[i] == ';' || static_cast<unsigned char>(text[i]) <= ' ') {
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

SqlTable::Cell cellOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB:
      return fmt::format("({} bytes)", sqlite3_column_bytes(statement, column));
    default:
      return std::monostate();
  }
}

/// For the end of a sentence about a name that there is not.
std::string viewNames(Database& db) {
  std::string names;
  for (Query query = db.query("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name"); query.next();)
    names += (names.empty() ? "" : ", ") + query.text(0);
  return names;
}

[[noreturn]] void fail(Database& db, int code) {
  sqlite3* connection = db.connection();
  const std::string words = sqlite3_errmsg(connection);
  sqlite3_set_authorizer(connection, nullptr, nullptr);
  if (code == SQLITE_AUTH) throw Error("Only reading is possible here: one SELECT, over the tables of this workspace.");
  const bool isName = words.starts_with("no such");
  throw Error(fmt::format("{}.{}", words, isName ? fmt::format(" The views are {}.", viewNames(db)) : std::string()));
}

}  // namespace

SqlTable askSql(const std::filesystem::path& workspace, std::string_view sql, size_t mostRows,
                const std::stop_token& stop) {
  Database db(workspace, StoreMode::ReadOnly);
  sqlite3* connection = db.connection();
  if (isNothing(sql))
    throw Error("There is nothing to ask. Write a SELECT, such as SELECT name, best_loss FROM v_run.");
  sqlite3_set_authorizer(connection, allow, nullptr);
  sqlite3_stmt* prepared = nullptr;
  const char* rest = nullptr;
  const int size = static_cast<int>(std::min<size_t>(sql.size(), 1000000));
  const int code = sqlite3_prepare_v2(connection, sql.data(), size, &prepared, &rest);
  const Statement statement(prepared);
  if (code != SQLITE_OK) fail(db, code);
  if (statement == nullptr || sqlite3_stmt_readonly(statement.get()) == 0)
    throw Error("Only reading is possible here: one SELECT, over the tables of this workspace.");
  if (!isNothing(sql.substr(static_cast<size_t>(rest - sql.data()))))
    throw Error("Only one statement can be asked at a time.");
  constexpr int kStepsBetweenLooks = 10000;
  sqlite3_progress_handler(
      connection, kStepsBetweenLooks,
      [](void* token) { return static_cast<const std::stop_token*>(token)->stop_requested() ? 1 : 0; },
      const_cast<std::stop_token*>(&stop));

  SqlTable table;
  const int columns = sqlite3_column_count(statement.get());
  for (int i = 0; i < columns; ++i) table.columns.emplace_back(sqlite3_column_name(statement.get(), i));
  for (;;) {
    const int step = sqlite3_step(statement.get());
    if (step == SQLITE_DONE) break;
    if (step == SQLITE_INTERRUPT) throw Stopped();
    if (step != SQLITE_ROW) fail(db, step);
    if (table.rows.size() == mostRows) {
      table.isCut = true;
      break;
    }
    auto& row = table.rows.emplace_back();
    for (int i = 0; i < columns; ++i) row.push_back(cellOf(statement.get(), i));
  }
  sqlite3_progress_handler(connection, 0, nullptr, nullptr);
  return table;
}

std::string cellText(const SqlTable::Cell& cell, std::string_view nothing) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return std::string(nothing);
}

std::string csvText(const SqlTable& table) {
  std::string text;
  for (size_t i = 0; i < table.columns.size(); ++i) text += (i > 0 ? "," : "") + csvCell(table.columns[i]);
  text += '\n';
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + csvCell(cellText(row[i]));
    text += '\n';
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> sqlViews(const std::filesystem::path& workspace) {
  Database db(workspace, StoreMode::ReadOnly);
  std::vector<std::pair<std::string, std::string>> views;
  for (Query query = db.query("SELECT view.name, (SELECT group_concat(name, ', ') FROM pragma_table_info(view.name)) "
                              "FROM sqlite_master AS view WHERE view.type = 'view' ORDER BY view.name");
       query.next();)
    views.emplace_back(query.text(0), query.text(1));
  return views;
}

}  // namespace scanline
