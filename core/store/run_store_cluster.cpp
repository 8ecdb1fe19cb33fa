// RunStore: runs that a cluster trains.
#include <fmt/format.h>

#include "core/store/run_store_impl.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

constexpr const char* kClusterRuns =
    "SELECT run, folder, job, taken, taken_sum, open, submitted_ms, silent_ms FROM cluster_run WHERE (?1 OR open) AND "
    "(?2 = 0 OR run = ?2) ORDER BY run";

std::vector<ClusterRun> readClusterRuns(Database& db, bool all, RunId only) {
  std::vector<ClusterRun> runs;
  for (Query query = db.query(kClusterRuns, all, only.value); query.next();)
    runs.push_back({.run = RunId{query.integer(0)},
                    .folder = query.text(1),
                    .job = query.text(2),
                    .taken = {query.integer(3), query.integer(4)},
                    .isOpen = query.integer(5) != 0,
                    .submittedMs = query.integer(6),
                    .silentSinceMs = query.integer(7)});
  return runs;
}

/// A final state lets go of a run; the cluster may begin it again.
void holdForCluster(Database& db, RunId run) {
  const ProcessIdentity cluster = clusterProcess();
  db.execute(
      "UPDATE run SET owner_pid = ?2, owner_start = ?3, owner_boot = ?4 WHERE id = ?1 AND (SELECT open FROM cluster_run "
      "WHERE run = ?1)",
      run.value, cluster.pid, cluster.startTicks, cluster.bootId);
}

}  // namespace

void RunStore::Impl::giveToCluster(RunId run) {
  requireIdle(run);
  db.execute(
      "INSERT INTO cluster_run (run) VALUES (?) ON CONFLICT (run) DO UPDATE SET open = 1, job = '', submitted_ms = 0, "
      "silent_ms = 0",
      run.value);
  changeState(run, RunState::Queued, "To be submitted to the cluster.", nowMs());
  holdForCluster(db, run);
  db.execute("DELETE FROM run_command WHERE run = ?", run.value);  // of an earlier attempt
  touch(run);
}

std::vector<ClusterRun> RunStore::clusterRuns(bool all) const {
  return readClusterRuns(impl_->db, all, RunId{});
}

std::optional<ClusterRun> RunStore::clusterRun(RunId run) const {
  const auto found = readClusterRuns(impl_->db, true, run);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

void RunStore::setClusterRun(const ClusterRun& of) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(of.run);
    impl_->db.execute(
        "INSERT OR REPLACE INTO cluster_run (run, folder, job, taken, taken_sum, open, submitted_ms, silent_ms) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        of.run.value, of.folder, of.job, of.taken.bytes, of.taken.sum, of.isOpen, of.submittedMs, of.silentSinceMs);
    if (of.isOpen)
      holdForCluster(impl_->db, of.run);
    else if (isOfCluster(impl_->owner(of.run)))
      impl_->db.execute("UPDATE run SET owner_pid = 0 WHERE id = ?", of.run.value);
    impl_->touch(of.run);
  });
}

void RunStore::appendFromCluster(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs,
                                 std::span<const TakenTo> taken) {
  while (!events.empty()) {
    const size_t count = countOfTransaction(events);
    impl_->db.write(durabilityOf(events.first(count)), [&] {
      impl_->appendWithin(run, events.first(count), timesMs.first(count));
      impl_->setTaken(run, taken[count - 1]);
      holdForCluster(impl_->db, run);
    });
    events = events.subspan(count);
    timesMs = timesMs.subspan(count);
    taken = taken.subspan(count);
  }
}

void RunStore::truncateFromCluster(RunId run, int64_t step, TakenTo taken) {
  truncateAfter(run, step);
  impl_->db.write(Durability::Full, [&] {
    impl_->setTaken(run, taken);
    impl_->touch(run);
  });
}

void RunStore::Impl::setTaken(RunId run, TakenTo taken) {
  db.execute("UPDATE cluster_run SET taken = ?, taken_sum = ?, silent_ms = 0 WHERE run = ?", taken.bytes, taken.sum,
             run.value);
}

void RunStore::setSilent(RunId run, int64_t sinceMs) {
  impl_->db.write(Durability::Normal, [&] {
    impl_->db.execute("UPDATE cluster_run SET silent_ms = ? WHERE run = ? AND open", sinceMs, run.value);
    impl_->touch(run);
  });
}

}  // namespace scanline
