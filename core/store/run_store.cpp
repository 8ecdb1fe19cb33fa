#include "core/store/run_store.h"

#include <fmt/format.h>

#include <limits>

#include "core/run/rescue.h"
#include "core/store/run_store_impl.h"

namespace scanline {

namespace fs = std::filesystem;
using Durability = Database::Durability;

RunStore::RunStore(const fs::path& workspace, StoreMode mode) : impl_(std::make_unique<Impl>(workspace, mode)) {}
RunStore::~RunStore() = default;
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;

const fs::path& RunStore::workspace() const {
  return impl_->db.workspace();
}

fs::path RunStore::folder(RunId run) const {
  const fs::path folder = workspace() / "runs" / impl_->uuid(run);
  if (!impl_->db.isWritable()) return folder;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throwSystemError(error.value(), fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
  return folder;
}

void RunStore::Impl::require(RunId run) {
  state(run);
}

RunState RunStore::Impl::state(RunId run) {
  Query query = db.query("SELECT state FROM run WHERE id = ?", run.value);
  if (!query.next()) throw Error(fmt::format("There is no run number {} in {}.", run.value, db.workspace().string()));
  return valueOf<RunState>(kRunStateNames, query.text(0));
}

std::string RunStore::Impl::uuid(RunId run) {
  Query query = db.query("SELECT uuid FROM run WHERE id = ?", run.value);
  if (!query.next()) throw Error(fmt::format("There is no run number {} in {}.", run.value, db.workspace().string()));
  return query.text(0);
}

void RunStore::Impl::touch(RunId run) {
  db.execute("UPDATE run SET version = (SELECT version FROM workspace) + 1 WHERE id = ?", run.value);
}

void RunStore::Impl::touchChildren(RunId run) {
  db.execute("UPDATE run SET version = (SELECT version FROM workspace) + 1 WHERE parent = ?", run.value);
}

void RunStore::rename(RunId run, std::string_view name) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET name = ? WHERE id = ?", name, run.value);
    impl_->touch(run);
    impl_->touchChildren(run);
  });
}

void RunStore::setStep(RunId run, int64_t step) {
  impl_->db.write(Durability::Normal, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET step = ? WHERE id = ?", step, run.value);
    impl_->touch(run);
  });
}

void RunStore::setNote(RunId run, std::string_view note) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET note = ? WHERE id = ?", note, run.value);
    impl_->touch(run);
  });
}

void RunStore::setTags(RunId run, const std::vector<std::string>& tags) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("DELETE FROM tag WHERE run = ?", run.value);
    for (const std::string& tag : tags)
      impl_->db.execute("INSERT OR IGNORE INTO tag (run, name) VALUES (?, ?)", run.value, tag);
    impl_->touch(run);
  });
}

void RunStore::setTrashed(const std::vector<RunId>& runs, bool trashed) {
  impl_->db.write(Durability::Full, [&] {
    for (const RunId run : runs) {
      if (impl_->isRunning(run)) throw Error("A run that goes on cannot be moved to the trash. Stop it first.");
      if (trashed) impl_->setJobAside(run);
      impl_->db.execute("UPDATE run SET trashed = ? WHERE id = ?", trashed, run.value);
      if (!trashed) impl_->rejoinQueue(run);
      impl_->touch(run);
    }
  });
}

void RunStore::purge(RunId run) {
  const fs::path files = workspace() / "runs" / impl_->uuid(run);
  const auto ofCluster = clusterRun(run);
  impl_->db.write(Durability::Full, [&] {
    const bool isOwnImport = impl_->state(run) == RunState::Importing && impl_->owner(run) == impl_->self;
    if (impl_->isRunning(run) && !isOwnImport) throw Error("A run that goes on cannot be deleted. Stop it first.");
    impl_->leaveQueue(run);
    impl_->db.execute("UPDATE run SET trashed = 1, detail = ? WHERE id = ?", kBeingDeleted, run.value);
    impl_->touch(run);
  });
  impl_->removeRows(run);
  std::error_code error;
  for (const fs::path& rescued : rescueFolders(files)) fs::remove_all(rescued, error);
  // Its folder on the shared disk, which is named after it.
  if (ofCluster && fs::path(ofCluster->folder).filename() == files.filename()) fs::remove_all(ofCluster->folder, error);
  fs::remove_all(files, error);
  if (error)
    throw Error(fmt::format("The run is deleted, but its files in {} are not: {}. Delete that folder by hand.",
                            files.string(), error.message()));
}

/// The large tables first, some rows at a time; the run itself takes the rest along.
void RunStore::Impl::removeRows(RunId run) {
  std::vector<int64_t> series;
  for (Query query = db.query("SELECT id FROM series WHERE run = ?", run.value); query.next();)
    series.push_back(query.integer(0));
  for (const int64_t id : series) removeInSlices(kRemoveLatestPoints, id, std::numeric_limits<int64_t>::min());
  removeInSlices(
      "DELETE FROM confusion WHERE run = ?1 AND step IN (SELECT step FROM confusion WHERE run = ?1 LIMIT 16)",
      run.value);
  removeInSlices("DELETE FROM sample_set WHERE id IN (SELECT id FROM sample_set WHERE run = ? LIMIT 16)", run.value);
  removeInSlices("DELETE FROM pin WHERE id IN (SELECT id FROM pin WHERE run = ? LIMIT 64)", run.value);
  removeInSlices("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE run = ? LIMIT 10000)", run.value);
  db.write(Durability::Full, [&] {
    touchChildren(run);
    db.execute("UPDATE workspace SET removed_version = version + 1");
    db.execute("DELETE FROM run WHERE id = ?", run.value);  // ON DELETE CASCADE
  });
  // The space goes back to the disk.
  for (int64_t before = -1, free = 0;; before = free) {
    free = db.write(Durability::Normal, [&] {
      db.execute("PRAGMA incremental_vacuum(1000)");
      Query query = db.query("PRAGMA freelist_count");
      return query.next() ? query.integer(0) : 0;
    });
    if (free == 0 || free == before) break;
  }
}

void RunStore::checkpointLog() {
  constexpr std::chrono::seconds kWhenIdle(1);
  try {
    impl_->db.checkpointLog(kWhenIdle);
  } catch (const PassingError&) {
    // The log stays, and a process that has the time moves it.
  }
}

void RunStore::setPatience(std::chrono::milliseconds patience) {
  impl_->db.setPatience(patience);
}

void RunStore::Impl::addLog(RunId run, LogLine::Level level, std::string_view text, int64_t timeMs) {
  db.execute("INSERT INTO event (run, attempt, time_ms, level, text) SELECT id, attempt, ?, ?, ? FROM run WHERE id = ?",
             timeMs, nameOf(kLevelNames, level), text, run.value);
}

void RunStore::Impl::changeState(RunId run, RunState state, std::string_view detail, int64_t timeMs) {
  const RunState old = this->state(run);
  const bool over = !isActive(state) && state != RunState::Queued;
  db.execute(R"sql(
    UPDATE run SET state = ?2, detail = ?3, updated_ms = max(updated_ms, ?4),
      active_ms = active_ms + CASE WHEN active_since_ms > 0 THEN max(0, ?4 - active_since_ms) ELSE 0 END,
      active_since_ms = CASE WHEN ?5 THEN ?4 ELSE 0 END,
      started_ms = CASE WHEN started_ms = 0 AND ?6 THEN ?4 ELSE started_ms END,
      ended_ms = CASE WHEN ?7 THEN ?4 ELSE 0 END,
      owner_pid = CASE WHEN ?7 THEN 0 ELSE owner_pid END
    WHERE id = ?1)sql",
             run.value, nameOf(kRunStateNames, state), detail, timeMs, isWorking(state), isActive(state), over);
  if (state == old) return;
  std::string text(nameOf(kRunStateNames, state));
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!detail.empty()) text += fmt::format(": {}", detail);
  const auto level = state == RunState::Failed        ? LogLine::Level::Error
                     : state == RunState::Interrupted ? LogLine::Level::Warning
                                                      : LogLine::Level::Info;
  addLog(run, level, text, timeMs);
}

}  // namespace scanline
