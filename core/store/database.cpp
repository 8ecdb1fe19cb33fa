#include "core/store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <thread>

#include "core/store/migrations.h"
#include "core/store/network_folder.h"
#include "core/store/store_copy.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// Of reads, which wait for others only where a log is recovered.
constexpr int kBusyTimeoutMs = 5000;
/// How long a program of another kind is waited for at a time while the workspace lock is held, which keeps up ours.
constexpr int kBusySliceMs = 20;
/// The log is moved into the database after so many commits, or pages in it: a few MB, which take no half a second.
constexpr int kCommitsPerCheckpoint = 64;
constexpr int kPagesPerCheckpoint = 1000;
/// One thread at a time uses a connection, so SQLite need not lock it anew for each number of each row.
constexpr int kOpenForReading = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
/// When the store is closed, the next one to open it can do the work as well.
constexpr std::chrono::milliseconds kPatienceAtEnd(50);

[[noreturn]] void failWith(const SQLite::Exception& error, sqlite3* connection, const fs::path& file) {
  using enum PassingError::Cause;
  const int systemError = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  const std::string cause = systemError != 0 ? std::strerror(systemError) : error.what();
  const bool isFull = systemError == ENOSPC || systemError == EDQUOT;
  switch (const int code = error.getErrorCode() & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
      if (isFull || code == SQLITE_FULL)
        throw PassingError(
            NoSpace, fmt::format("{} cannot be written: the disk is full. Free some space on it.", file.string()));
      if (code == SQLITE_IOERR)
        throw PassingError(Fault,
                           fmt::format("{} cannot be read or written: {}. Check the disk and the space left on it.",
                                       file.string(), cause));
      [[fallthrough]];
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw PassingError(
          Fault,
          fmt::format(
              "{} cannot be opened for this: {}. Check the permissions of file and folder, or choose another workspace.",
              file.string(), error.what()));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw PassingError(Busy,
                         fmt::format("{} is in use by another program that does not let go of it. Close that program.",
                                     file.string()));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(fmt::format("{} is damaged or no database: {}. Restore it from a copy, or choose another workspace.",
                              file.string(), error.what()));
    default:
      throw Error(fmt::format("{}: {}.", file.string(), error.what()));
  }
}

/// The write-ahead log needs memory shared by all processes, which no network file system gives.
void refuseNetworkFolder(const fs::path& workspace) {
  if (const auto type = networkFileSystem(workspace))
    throw Error(fmt::format(
        "The workspace {} lies on a network file system ({}), where SQLite can lose data. Choose a folder on a local disk.",
        workspace.string(), *type));
}

/// A folder in which this person may write nothing, and whose log is empty: an archive, or another user's runs.
bool nobodyWrites(const fs::path& workspace, const fs::path& file) {
  if (::faccessat(AT_FDCWD, workspace.c_str(), W_OK, AT_EACCESS) == 0) return false;
  std::error_code error;
  const auto logged = fs::file_size(file.string() + "-wal", error);
  return error || logged == 0;
}

/// As a URI wants it.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      text += c;
  }
  return text;
}

}  // namespace

// SQLite's own functions, as a list of 100,000 runs reads that many rows.

Query::~Query() {
  sqlite3_reset(statement_);  // reports the error of the last step again, which next() has thrown already
}

void Query::check(int result) const {
  if (result != SQLITE_OK) failWith(SQLite::Exception(connection_, result), connection_, file_);
}

void Query::bindInteger(int index, int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}

void Query::bind(int index, double value) {
  check(std::isnan(value) ? sqlite3_bind_null(statement_, index) : sqlite3_bind_double(statement_, index, value));
}

void Query::bind(int index, std::string_view value) {
  check(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Query::bind(int index, Blob value) {
  check(sqlite3_bind_blob64(statement_, index, value.data, value.size, SQLITE_TRANSIENT));
}

void Query::bind(int index, std::nullptr_t) {
  check(sqlite3_bind_null(statement_, index));
}

bool Query::next() {
  if (isOver_) return false;  // another step would begin anew
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  isOver_ = true;
  if (result != SQLITE_DONE) check(result);
  return false;
}

bool Query::isNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Query::real(int column) const {
  return isNull(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(statement_, column);
}

std::string_view Query::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes, bytes != nullptr ? static_cast<size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

Database::Database(const fs::path& workspace, StoreMode mode)
    : workspace_(fs::absolute(workspace)), file_(workspace_ / "scanline.db"), mode_(mode) {
  withRetries([&] {
    try {
      mode_ == StoreMode::ReadWrite ? openForWriting() : openForReading();
    } catch (const SQLite::Exception& error) {
      failWith(error, database_ ? connection() : nullptr, file_);
    } catch (const fs::filesystem_error& error) {
      throw Error(fmt::format("The workspace {} cannot be opened: {}.", workspace_.string(), error.code().message()));
    }
  });
}

void Database::openForWriting() {
  refuseMirror(workspace_);
  std::error_code error;
  fs::create_directories(workspace_, error);
  if (error || !fs::is_directory(workspace_))
    throwSystemError(error.value(),
                     fmt::format("The workspace {} cannot be made: {}. Choose another folder.", workspace_.string(),
                                 error ? error.message() : "a file of that name is in the way"));
  refuseNetworkFolder(workspace_);
  lock_.emplace(workspace_);
  database_.emplace(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  if (sqlite3_db_readonly(connection(), "main") == 1)  // SQLite makes do with reading where it may not write
    throw Error(
        fmt::format("{} cannot be written. Check its permissions, or choose another workspace.", file_.string()));
  // The last connection to close would move the log into the database without our lock.
  sqlite3_db_config(connection(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (!isReady()) setUp();
  database_->exec(
      "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY");
  sqlite3_wal_hook(
      connection(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &pagesInLog_);
}

bool Database::isReady() {
  return checkVersion(*database_, file_, migrations()) == migrations().back().version &&
         database_->execAndGet("PRAGMA journal_mode").getString() == "wal";
}

void Database::setUp() {
  backUp(*database_, file_, migrations());  // takes a while for a large store, so before the lock
  const WorkspaceLock::Held held(*lock_, Clock::now() + patience_);  // two processes may create or migrate at once
  if (checkVersion(*database_, file_, migrations()) == 0)
    database_->exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");  // only an empty database takes them
  if (database_->execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    throw Error(fmt::format("{} cannot keep a write-ahead log where it lies. Choose a folder on a local disk.",
                            file_.string()));
  migrate(*database_, file_, migrations());
}

void Database::openForReading() {
  if (!fs::exists(file_))
    throw Error(fmt::format("{} does not exist: {} is no workspace of Scanline.", file_.string(), workspace_.string()));
  if (nobodyWrites(workspace_, file_)) {
    // Nothing can be put beside the file, so there is no shared memory; and nobody changes it meanwhile.
    const std::string uri = "file:" + escaped(file_.string()) + "?immutable=1";
    database_.emplace(uri, kOpenForReading | SQLite::OPEN_URI, kBusyTimeoutMs);
  } else {
    refuseNetworkFolder(workspace_);
    database_.emplace(file_.string(), kOpenForReading, kBusyTimeoutMs);
  }
  sqlite3_db_config(connection(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database_->exec("PRAGMA query_only = ON; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000");
  const int64_t version = checkVersion(*database_, file_, migrations());
  if (version != migrations().back().version)
    throw Error(fmt::format("{} has the older store version {} (now {}). Open it once for writing, which updates it.",
                            file_.string(), version, migrations().back().version));
}

Database::~Database() {
  statements_.clear();
  if (!lock_ || !database_) return;
  try {
    checkpointLog(kPatienceAtEnd);
  } catch (const Error&) {
    // The log stays, and the next process that opens the store reads it; nothing is lost.
  }
}

sqlite3_stmt* Database::prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (statement != nullptr) return statement.get();
  sqlite3_stmt* made = nullptr;
  const int result = sqlite3_prepare_v3(connection(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  statement.reset(made);
  if (result != SQLITE_OK) fail(SQLite::Exception(connection(), result));
  return made;
}

void Database::beginTaking(std::vector<Point>& points, size_t most) {
  taking_ = {&points, points.size() + std::min(most, points.max_size() - points.size())};
  if (canTake_) return;
  const auto take = [](sqlite3_context* context, int, sqlite3_value** values) {
    const Taking& taking = *static_cast<const Taking*>(sqlite3_user_data(context));
    double value = sqlite3_value_double(values[1]);  // of NULL, 0
    if (value == 0 && sqlite3_value_type(values[1]) == SQLITE_NULL) value = std::numeric_limits<double>::quiet_NaN();
    try {
      taking.points->push_back({sqlite3_value_int64(values[0]), value, sqlite3_value_int64(values[2])});
      sqlite3_result_int(context, taking.points->size() >= taking.most ? 1 : 0);
    } catch (const std::bad_alloc&) {  // SQLite stands in between
      sqlite3_result_error_nomem(context);
    }
  };
  const int result = sqlite3_create_function(connection(), "take_point", 3, SQLITE_UTF8 | SQLITE_DIRECTONLY, &taking_,
                                             take, nullptr, nullptr);
  if (result != SQLITE_OK) fail(SQLite::Exception(connection(), result));
  canTake_ = true;
}

void Database::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Database::fail(const SQLite::Exception& error) const {
  failWith(error, connection(), file_);
}

int Database::run(const char* sql) const {
  return sqlite3_exec(connection(), sql, nullptr, nullptr, nullptr);
}

Database::Writing::Writing(Database& db, Durability durability) : database(db) {
  if (!db.lock_) throw Error(fmt::format("{} was opened for reading only.", db.file_.string()));
  if (durability != db.durability_) {
    db.execute(durability == Durability::Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    db.durability_ = durability;
  }
  const auto deadline = Clock::now() + db.patience_;
  for (;;) {
    held.emplace(*db.lock_, deadline);
    db.database_->setBusyTimeout(kBusySliceMs);
    const int result = db.run("BEGIN IMMEDIATE");
    db.database_->setBusyTimeout(kBusyTimeoutMs);
    if (result == SQLITE_OK) return;
    // A program of another kind writes. It does not stand in our line, so our lock is not kept meanwhile.
    held.reset();
    if ((result & 0xff) != SQLITE_BUSY || Clock::now() >= deadline) db.fail(SQLite::Exception(db.connection(), result));
    std::this_thread::sleep_for(std::chrono::milliseconds(kBusySliceMs));
  }
}

Database::Writing::~Writing() {
  // After commit() no transaction is open. Otherwise something threw, and that exception is reported.
  if (sqlite3_get_autocommit(database.connection()) == 0) database.database_->tryExec("ROLLBACK");
}

void Database::Writing::commit() const {
  database.execute("UPDATE workspace SET version = version + 1");
  database.execute("COMMIT");
  // A log that began anew has fewer pages than at the last checkpoint.
  database.pagesMoved_ = std::min(database.pagesMoved_, database.pagesInLog_);
  if (++database.commitsSinceCheckpoint_ < kCommitsPerCheckpoint &&
      database.pagesInLog_ - database.pagesMoved_ < kPagesPerCheckpoint)
    return;
  database.commitsSinceCheckpoint_ = 0;
  database.pagesMoved_ = database.pagesInLog_;
  database.run("PRAGMA wal_checkpoint(PASSIVE)");  // if it fails, the log stays: committed is committed
}

Database::Reading::~Reading() {
  database.database_->tryExec("COMMIT");
}

void Database::checkpointLog(std::chrono::milliseconds patience) {
  if (!lock_) throw Error(fmt::format("{} was opened for reading only.", file_.string()));
  const WorkspaceLock::Held held(*lock_, Clock::now() + patience);
  database_->setBusyTimeout(0);
  run("PRAGMA wal_checkpoint(PASSIVE)");
  run("PRAGMA wal_checkpoint(TRUNCATE)");  // fails while another process reads: the next one will do
  database_->setBusyTimeout(kBusyTimeoutMs);
  commitsSinceCheckpoint_ = pagesMoved_ = 0;
}

}  // namespace scanline
