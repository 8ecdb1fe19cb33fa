// RunStore: faults of a workspace, and how they are mended.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>

#include "core/store/run_store_impl.h"

namespace scanline {

namespace fs = std::filesystem;
using Durability = Database::Durability;

namespace {

struct Found {
  RunId run;
  std::string name, uuid;
};

/// Queued, but no job holds them. One that a living process made is on its way into the queue.
std::vector<Found> lostFromQueue(Database& db) {
  std::vector<Found> lost;
  Query query = db.query(
      "SELECT id, name, uuid, owner_pid, owner_start, owner_boot FROM run WHERE state = 'queued' AND trashed = 0 AND NOT "
      "EXISTS (SELECT 1 FROM job WHERE job.run = run.id AND job.state IN ('waiting', 'running', 'paused')) ORDER BY id");
  while (query.next())
    if (!isAlive({query.integer(3), query.integer(4), query.text(5)}))
      lost.push_back({RunId{query.integer(0)}, query.text(1), query.text(2)});
  return lost;
}

std::vector<Found> halfDeleted(Database& db) {
  std::vector<Found> runs;
  Query query = db.query("SELECT id, name, uuid FROM run WHERE trashed = 1 AND detail = ? ORDER BY id", kBeingDeleted);
  while (query.next()) runs.push_back({RunId{query.integer(0)}, query.text(1), query.text(2)});
  return runs;
}

/// A process is just about to make a run of it, see NewFolder.
bool isBeingMade(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool isFree = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  ::close(descriptor);
  return !isFree;
}

std::vector<fs::path> foldersOfNoRun(Database& db) {
  std::vector<fs::path> folders;
  std::error_code error;  // no runs yet: no folder
  for (fs::directory_iterator at(db.workspace() / "runs", error), end; !error && at != end; at.increment(error))
    if (at->is_directory(error) && !isBeingMade(at->path())) folders.push_back(at->path());
  // Asked for after the folders were listed and found free: a run that was made meanwhile has its row by now.
  std::set<std::string> known;
  for (Query query = db.query("SELECT uuid FROM run"); query.next();) known.insert(query.text(0));
  std::erase_if(folders, [&](const fs::path& folder) { return known.contains(folder.filename().string()); });
  std::ranges::sort(folders);
  return folders;
}

}  // namespace

std::vector<std::string> RunStore::verify() const {
  Database& db = impl_->db;
  std::vector<std::string> faults;
  for (Query query = db.query("PRAGMA quick_check"); query.next();)
    if (std::string line = query.text(0); line != "ok") faults.push_back(std::move(line));
  for (Query query = db.query("PRAGMA foreign_key_check"); query.next();)
    faults.push_back(fmt::format("A row of {} belongs to nothing.", query.text(0)));
  for (const Found& run : lostFromQueue(db))
    faults.push_back(fmt::format("The run \"{}\" ({}) is shown as queued, but is not in the queue.", run.name,
                                 run.uuid.substr(0, 8)));
  for (const Found& run : halfDeleted(db))
    faults.push_back(
        fmt::format("The deletion of the run \"{}\" ({}) did not come to its end.", run.name, run.uuid.substr(0, 8)));
  for (const auto& [pin, run] : impl_->damagedPins())
    faults.push_back(
        fmt::format("The pinned drawing number {} of the run \"{}\" is damaged.", pin.value, this->run(run).name));
  for (const fs::path& folder : foldersOfNoRun(db))
    faults.push_back(fmt::format("The folder {} belongs to no run.", folder.string()));
  return faults;
}

std::vector<std::string> RunStore::repair() {
  Database& db = impl_->db;
  std::vector<std::string> done;
  for (const Found& run : lostFromQueue(db)) {
    db.write(Durability::Full, [&] {
      const JobId job = impl_->addJob(run.run, !checkpoints(run.run).empty());
      db.execute("UPDATE job SET state = 'paused' WHERE id = ?", job.value);
    });
    done.push_back(fmt::format("The run \"{}\" ({}) is in the queue again, held. Resume or stop it there.", run.name,
                               run.uuid.substr(0, 8)));
  }
  for (const Found& run : halfDeleted(db)) {
    purge(run.run);
    done.push_back(fmt::format("The run \"{}\" ({}) is deleted.", run.name, run.uuid.substr(0, 8)));
  }
  for (const auto& [pin, run] : impl_->damagedPins()) {
    const std::string name = this->run(run).name;
    unpin(pin);
    done.push_back(
        fmt::format("The damaged drawing number {} of the run \"{}\" is no longer pinned.", pin.value, name));
  }
  for (const fs::path& folder : foldersOfNoRun(db)) {
    const fs::path lost = workspace() / "lost" / folder.filename();
    std::error_code error;
    fs::create_directories(lost.parent_path(), error);
    if (!error) fs::rename(folder, lost, error);
    if (error)
      throwSystemError(error.value(),
                       fmt::format("{} cannot be moved to {}: {}.", folder.string(), lost.string(), error.message()));
    done.push_back(fmt::format("The folder {} was moved to {}. Delete it if nothing in it is of use.", folder.string(),
                               lost.string()));
  }
  return done;
}

}  // namespace scanline
