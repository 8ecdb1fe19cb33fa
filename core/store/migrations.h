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

/// Copies a store of an older version, but an empty one, to `<file>.version-<its version>.backup`. A read of the
/// database, and as long as that takes. Throws as migrate() does.
void backUp(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps);

/// Brings `database` to the last version in one transaction. The caller holds the workspace lock, is outside a
/// transaction, and has called backUp(). Throws Error (see checkVersion) or SQLite::Exception; the store is then as
/// before.
void migrate(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps);

}  // namespace scanline
