#include "core/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/store/migrations.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int kBusyTimeoutMs = 5000;
/// At five commits a second of a few pages each, the log stays at some megabytes.
constexpr int kCommitsPerCheckpoint = 64;

[[noreturn]] void failWith(const SQLite::Exception& error, sqlite3* connection, const fs::path& file) {
  const int systemError = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const std::string cause = systemError != 0 ? std::strerror(systemError) : error.what();
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_FULL:
      throw Error(fmt::format("{} cannot be written: the disk is full. Free some space and resume.", file.string()));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      throw Error(fmt::format(
          "{} cannot be opened for this: {}. Check the permissions of file and folder, or choose another workspace with --workspace.",
          file.string(), error.what()));
    case SQLITE_IOERR:
      throw Error(fmt::format("{} cannot be read or written: {}. Check the disk and the space left on it.",
                              file.string(), cause));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(fmt::format("{} is in use by another program that does not let go of it. Close that program.",
                              file.string()));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(fmt::format(
          "{} is damaged or no database: {}. Restore it from a copy, or choose another workspace with --workspace.",
          file.string(), error.what()));
    default:
      throw Error(fmt::format("{}: {}.", file.string(), error.what()));
  }
}

/// The write-ahead log needs memory shared by all processes, which no network file system gives.
void refuseNetworkFolder(const fs::path& workspace) {
  constexpr std::array<uint32_t, 4> kNetwork{0x6969 /*NFS*/, 0xff534d42 /*CIFS*/, 0xfe534d42 /*SMB2*/, 0x517b /*SMB*/};
  struct statfs info {};
  if (::statfs(workspace.c_str(), &info) != 0) return;
  if (std::ranges::find(kNetwork, static_cast<uint32_t>(info.f_type)) != kNetwork.end())
    throw Error(fmt::format(
        "The workspace {} lies on a network file system, where SQLite can lose data. Choose a folder on a local disk with --workspace.",
        workspace.string()));
}

}  // namespace

Query::~Query() {
  statement_.tryReset();  // reports the error of the last step again, which next() has thrown already
}

void Query::bind(int index, double value) {
  if (std::isnan(value))
    statement_.bind(index);
  else
    statement_.bind(index, value);
}

bool Query::next() {
  try {
    return statement_.executeStep();
  } catch (const SQLite::Exception& error) {
    failWith(error, connection_, file_);
  }
}

double Query::real(int column) const {
  if (isNull(column)) return std::numeric_limits<double>::quiet_NaN();
  return statement_.getColumn(column).getDouble();
}

std::string_view Query::blob(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  return {static_cast<const char*>(value.getBlob()), static_cast<size_t>(value.getBytes())};
}

Database::Database(const fs::path& workspace, StoreMode mode)
    : workspace_(fs::absolute(workspace)), file_(workspace_ / "scanline.db"), mode_(mode) {
  try {
    mode_ == StoreMode::ReadWrite ? openForWriting() : openForReading();
  } catch (const SQLite::Exception& error) {
    failWith(error, database_ ? connection() : nullptr, file_);
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("The workspace {} cannot be opened: {}.", workspace_.string(), error.code().message()));
  }
}

void Database::openForWriting() {
  std::error_code error;
  fs::create_directories(workspace_, error);
  if (error || !fs::is_directory(workspace_))
    throw Error(fmt::format("The workspace {} cannot be made: {}. Choose another folder with --workspace.",
                            workspace_.string(), error ? error.message() : "a file of that name is in the way"));
  refuseNetworkFolder(workspace_);
  lock_.emplace(workspace_);
  const WorkspaceLock::Held held(*lock_);  // two processes may create or migrate at once
  database_.emplace(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  if (sqlite3_db_readonly(connection(), "main") == 1)  // SQLite makes do with reading where it may not write
    throw Error(fmt::format(
        "{} cannot be written. Check its permissions, or choose another workspace with --workspace.", file_.string()));
  // The last connection to close would move the log into the database without our lock.
  sqlite3_db_config(connection(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (checkVersion(*database_, file_, migrations()) == 0)
    database_->exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");  // only an empty database takes them
  if (database_->execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    throw Error(fmt::format("{} cannot keep a write-ahead log where it lies. Choose a folder on a local disk.",
                            file_.string()));
  database_->exec(
      "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  migrate(*database_, file_, migrations());
}

void Database::openForReading() {
  if (!fs::exists(file_))
    throw Error(fmt::format("{} does not exist: {} is no workspace of Scanline.", file_.string(), workspace_.string()));
  refuseNetworkFolder(workspace_);
  database_.emplace(file_.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
  sqlite3_db_config(connection(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database_->exec("PRAGMA query_only = ON; PRAGMA foreign_keys = ON");
  const int64_t version = checkVersion(*database_, file_, migrations());
  if (version != migrations().back().version)
    throw Error(fmt::format("{} has the older store version {} (now {}). Open it once for writing, which updates it.",
                            file_.string(), version, migrations().back().version));
}

Database::~Database() {
  statements_.clear();
  if (!lock_ || !database_) return;
  try {
    checkpointLog();
  } catch (const Error&) {
    // The log stays and is read by whoever opens the store next; nothing is lost.
  }
}

SQLite::Statement& Database::prepared(const char* sql) try {
  const auto [place, isNew] = statements_.try_emplace(sql, *database_, sql);
  return place->second;
} catch (const SQLite::Exception& error) {
  fail(error);
}

void Database::fail(const SQLite::Exception& error) const {
  failWith(error, connection(), file_);
}

Database::Writing::Writing(Database& db, Durability durability)
    : database(db), held([&]() -> WorkspaceLock& {
        if (!db.lock_) throw Error(fmt::format("{} was opened for reading only.", db.file_.string()));
        return *db.lock_;
      }()) {
  if (durability != db.durability_) {
    db.execute(durability == Durability::Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    db.durability_ = durability;
  }
  db.execute("BEGIN IMMEDIATE");
}

Database::Writing::~Writing() {
  // After commit() no transaction is open. Otherwise something threw, and that is what gets reported.
  if (sqlite3_get_autocommit(database.connection()) == 0) database.database_->tryExec("ROLLBACK");
}

void Database::Writing::commit() const {
  database.execute("UPDATE workspace SET version = version + 1");
  database.execute("COMMIT");
  if (++database.commitsSinceCheckpoint_ < kCommitsPerCheckpoint) return;
  database.commitsSinceCheckpoint_ = 0;
  database.database_->tryExec("PRAGMA wal_checkpoint(PASSIVE)");  // if it fails, the log stays: committed is committed
}

Database::Reading::~Reading() {
  database.database_->tryExec("COMMIT");
}

void Database::checkpointLog() {
  if (!lock_) throw Error(fmt::format("{} was opened for reading only.", file_.string()));
  const WorkspaceLock::Held held(*lock_);
  try {
    database_->setBusyTimeout(0);
    database_->tryExec("PRAGMA wal_checkpoint(PASSIVE)");
    database_->tryExec("PRAGMA wal_checkpoint(TRUNCATE)");  // busy if somebody reads just now: the next one will do
    database_->setBusyTimeout(kBusyTimeoutMs);
    commitsSinceCheckpoint_ = 0;
  } catch (const SQLite::Exception& error) {
    fail(error);
  }
}

}  // namespace scanline
