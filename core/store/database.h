#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <concepts>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/clock.h"
#include "core/base/passing_error.h"
#include "core/store/run_store.h"
#include "core/store/workspace_lock.h"

namespace scanline {

/// Bytes for a BLOB column. A view: the owner outlives the query.
struct Blob {
  const void* data = nullptr;
  size_t size = 0;
};

/// A prepared statement in use. Resets it when it goes, so that no read stays open. Columns count from 0.
class Query {
 public:
  /// Binds `values` to the parameters in order: numbers, text, Blob, nullptr, optionals of them. NaN becomes NULL.
  template <class... Values>
  Query(sqlite3_stmt* statement, sqlite3* connection, const std::filesystem::path& file, const Values&... values)
      : statement_(statement), connection_(connection), file_(file) {
    int index = 0;
    (bind(++index, values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// The next row; false at the end. Throws Error.
  bool next();
  bool isNull(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;  ///< NULL is NaN
  std::string text(int column) const { return std::string(blob(column)); }
  /// Valid until the next call of next().
  std::string_view blob(int column) const;

 private:
  void bind(int index, std::integral auto value) { bindInteger(index, static_cast<int64_t>(value)); }
  void bindInteger(int index, int64_t value);
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, Blob value);
  void bind(int index, std::nullptr_t);
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, nullptr);
  }

  void check(int result) const;

  sqlite3_stmt* statement_;
  sqlite3* connection_;
  const std::filesystem::path& file_;
  bool isOver_ = false;
};

/// One connection to `<workspace>/scanline.db`, set up as all of them must be, with its prepared statements. Turns
/// every SQLite::Exception into an Error with a sentence. One thread at a time.
class Database {
 public:
  /// See RunStore's constructor.
  Database(const std::filesystem::path& workspace, StoreMode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::filesystem::path& workspace() const { return workspace_; }
  bool isWritable() const { return mode_ == StoreMode::ReadWrite; }

  /// `sql` is a string literal: its statement is prepared once and kept. The same text must not be in use twice at a
  /// time.
  template <class... Values>
  Query query(const char* sql, const Values&... values) {
    return Query(prepared(sql), connection(), file_, values...);
  }
  template <class... Values>
  void execute(const char* sql, const Values&... values) {
    Query statement = query(sql, values...);
    while (statement.next()) {
    }
  }
  /// Adds to `points` what `sql` gives to its function take_point(step, value, time_ms), up to `most` of them. The
  /// function stands in its WHERE and is true of the last row that is wanted. Rows that come out, to be asked for their
  /// numbers one by one, take half as long again.
  template <class... Values>
  void takePoints(std::vector<Point>& points, size_t most, const char* sql, const Values&... values) {
    if (most == 0) return;
    beginTaking(points, most);
    query(sql, values...).next();
  }
  /// The connection itself, for SQL that people write.
  sqlite3* connection() const { return database_->getHandle(); }
  int64_t lastRow() const { return database_->getLastInsertRowid(); }
  int64_t changes() const { return database_->getChanges(); }

  /// Data that must survive a power cut at once (states, checkpoints, typed text), and data that may lose its last
  /// moments.
  enum class Durability { Full, Normal };
  /// `body` in one transaction under the workspace lock; whole or not at all. Waits for other writers as long as the
  /// patience lasts (then PassingError, Busy). Where the disk refuses it, `body` is called again, some times.
  template <class Body>
  auto write(Durability durability, Body&& body) {
    return withRetries([&] {
      const Writing writing(*this, durability);
      if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
        body();
        writing.commit();
      } else {
        auto result = body();
        writing.commit();
        return result;
      }
    });
  }
  /// See RunStore.
  void setPatience(std::chrono::milliseconds patience) { patience_ = patience; }
  /// `body`'s reads see one state of the database.
  template <class Body>
  auto read(Body&& body) {
    execute("BEGIN");
    const Reading reading{*this};
    return body();
  }
  /// Moves the log into the database as far as readers allow, and shortens its file. Never waits for them; for writers
  /// as long as `patience`, then PassingError.
  void checkpointLog(std::chrono::milliseconds patience);

 private:
  struct Writing {
    Writing(Database& database, Durability durability);
    ~Writing();
    void commit() const;
    Database& database;
    std::optional<WorkspaceLock::Held> held;
  };
  struct Reading {
    Database& database;
    ~Reading();
  };

  /// Runs a statement that the class itself needs, with SQLite's own answer.
  int run(const char* sql) const;
  sqlite3_stmt* prepared(const char* sql);
  void beginTaking(std::vector<Point>& points, size_t most);
  void openForWriting();
  void openForReading();
  /// Ours, of this version, and with a log: nothing has to be written to open it.
  bool isReady();
  void setUp();
  [[noreturn]] void fail(const SQLite::Exception& error) const;

  std::filesystem::path workspace_, file_;
  StoreMode mode_;
  std::optional<WorkspaceLock> lock_;  ///< none when reading
  std::optional<SQLite::Database> database_;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;  ///< by the literal's address
  struct Taking {
    std::vector<Point>* points = nullptr;
    size_t most = 0;      ///< that there are to be in all
  } taking_;              ///< of take_point
  bool canTake_ = false;  ///< SQL knows take_point
  Durability durability_ = Durability::Normal;
  std::chrono::milliseconds patience_ = RunStore::kPatience;
  int commitsSinceCheckpoint_ = 0;
  int pagesInLog_ = 0, pagesMoved_ = 0;  ///< as of this connection's last commit, and of its last checkpoint
};

}  // namespace scanline
