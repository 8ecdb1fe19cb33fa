#include "core/store/store_copy.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/store/database.h"
#include "core/store/migrations.h"
#include "core/store/workspace_lock.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStoreFile = "scanline.db";
constexpr int kCopyTimeoutMs = 20'000;

/// Page by page, as they are at one moment.
void copyPages(sqlite3* from, SQLite::Database& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.getHandle(), "main", from, "main");
  if (backup == nullptr) throw SQLite::Exception(to.getHandle());
  sqlite3_backup_step(backup, -1);
  if (const int result = sqlite3_backup_finish(backup); result != SQLITE_OK)
    throw SQLite::Exception(to.getHandle(), result);
}

template <class Work>
auto inSentences(const fs::path& file, Work work) {
  try {
    return work();
  } catch (const SQLite::Exception& problem) {
    throw Error(fmt::format("The store cannot be copied by way of {}: {}.", file.string(), problem.what()));
  }
}

}  // namespace

void refuseMirror(const fs::path& workspace) {
  std::error_code ignored;
  if (fs::exists(workspace / kMirrorFile, ignored))
    throw Error(
        fmt::format("{} is a mirror of another machine's workspace: it can be read, and changes when it is "
                    "refreshed. Change runs on their own machine.",
                    workspace.string()));
}

void copyStore(const fs::path& workspace, const fs::path& file) {
  Database store(workspace, StoreMode::ReadOnly);
  std::error_code ignored;
  fs::remove(file, ignored);
  inSentences(file, [&] {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    copyPages(store.connection(), copy);
    copy.exec("PRAGMA journal_mode = DELETE");  // one file is all of it
  });
}

std::vector<ProcessIdentity> processesOfCopy(const fs::path& file) {
  return inSentences(file, [&] {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE);
    checkVersion(copy, file, migrations());
    copy.exec("PRAGMA journal_mode = DELETE");
    std::vector<ProcessIdentity> processes;
    SQLite::Statement all(copy, "SELECT DISTINCT owner_pid, owner_start, owner_boot FROM run WHERE owner_pid > 0");
    while (all.executeStep())
      processes.push_back({all.getColumn(0).getInt64(), all.getColumn(1).getInt64(), all.getColumn(2).getString()});
    return processes;
  });
}

void takeStoreCopy(const fs::path& file, const fs::path& mirror, std::span<const ProcessIdentity> alive) {
  inSentences(file, [&] {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE, kCopyTimeoutMs);
    migrate(copy, file, migrations());
    const ProcessIdentity elsewhere = processElsewhere();
    SQLite::Statement mark(copy,
                           "UPDATE run SET owner_pid = ?, owner_start = ?, owner_boot = ? WHERE owner_pid = ? AND "
                           "owner_start = ? AND owner_boot = ?");
    for (const ProcessIdentity& each : alive) {
      SQLite::bind(mark, elsewhere.pid, elsewhere.startTicks, elsewhere.bootId, each.pid, each.startTicks, each.bootId);
      mark.exec();
      mark.reset();
    }
    WorkspaceLock lock(mirror);
    const WorkspaceLock::Held held(lock, WorkspaceLock::Clock::now() + std::chrono::milliseconds(kCopyTimeoutMs));
    SQLite::Database store((mirror / kStoreFile).string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                           kCopyTimeoutMs);
    sqlite3_db_config(store.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const bool isNew = store.execAndGet("PRAGMA page_count").getInt64() == 0;
    if (isNew) store.exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    store.exec("PRAGMA wal_autocheckpoint = 0");
    copyPages(copy.getHandle(), store);
    sqlite3_wal_checkpoint_v2(store.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  });
}

}  // namespace scanline
