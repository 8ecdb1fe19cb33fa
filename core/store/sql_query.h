#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scanline {

/// The answer to an SQL query of a user, over the views that begin with v_ (core/store/migrations.cpp).
struct SqlTable {
  /// Nothing, a whole number, a number, or a text. Of a blob, its size in words.
  using Cell = std::variant<std::monostate, int64_t, double, std::string>;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
  bool isCut = false;  ///< there are more rows than were asked for
};

/// Runs one SELECT on a connection that can read and nothing else: no writing, no pragma, no other file. At most
/// `mostRows` rows. Any thread. Throws Error with SQLite's words and the names that there are, Stopped once `stop` is
/// requested.
SqlTable askSql(const std::filesystem::path& workspace, std::string_view sql, size_t mostRows,
                const std::stop_token& stop = {});

/// The whole of a cell, as it is written into a table; `nothing` for an empty one.
std::string cellText(const SqlTable::Cell& cell, std::string_view nothing = "");
/// The table as comma-separated values, names first.
std::string csvText(const SqlTable& table);

/// The views that are meant for people: (name, columns separated by commas).
std::vector<std::pair<std::string, std::string>> sqlViews(const std::filesystem::path& workspace);

}  // namespace scanline
