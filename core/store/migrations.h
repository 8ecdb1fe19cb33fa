#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace SQLite {
class Database;
}

namespace scanline {

/// One numbered change of the schema. Once released it is never edited; a new one is added instead.
struct Migration {
  int64_t version = 0;  ///< the store's version after it, counted from 1 without gaps
  const char* sql = "";
  void (*convert)(SQLite::Database& database) = nullptr;  ///< for rows that SQL cannot change; runs behind `sql`
};

/// "Scan" in ASCII: marks a SQLite file as ours (PRAGMA application_id).
inline constexpr int64_t kApplicationId = 0x5363616e;

/// All of them, ascending.
std::span<const Migration> migrations();

/// Checks that `database` is ours and not newer than the last of `steps`, and returns its version; 0 = empty.
/// Throws Error with a sentence that names `file`.
int64_t checkVersion(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps);

/// Brings `database` to the last version in one transaction. A store that holds something is first copied to
/// `<file>.version-<old>.backup`. The caller holds the workspace lock and is outside a transaction. Throws Error (see
/// checkVersion) or SQLite::Exception; the store is then as before.
void migrate(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps);

}  // namespace scanline
