// RunStore: the queue of jobs, and the process that runs each.
#include <fmt/format.h>

#include "core/store/run_store_impl.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

constexpr std::array<std::string_view, 4> kCommandNames{"pause", "resume", "stop", "stop with checkpoint"};

constexpr bool isOpen(JobState state) {
  return state == JobState::Waiting || state == JobState::Running || state == JobState::Paused;
}

Job jobOf(const Query& query) {
  return {JobId{query.integer(0)}, RunId{query.integer(1)}, valueOf<JobState>(kJobStateNames, query.text(2)),
          query.integer(3),        query.integer(4) != 0,   query.integer(5) != 0};
}

ProcessIdentity ownerOf(const Query& query, int column) {
  return {query.integer(column), query.integer(column + 1), query.text(column + 2)};
}

}  // namespace

ProcessIdentity RunStore::Impl::owner(RunId run) {
  Query query = db.query("SELECT owner_pid, owner_start, owner_boot FROM run WHERE id = ?", run.value);
  return query.next() ? ownerOf(query, 0) : ProcessIdentity{};
}

bool RunStore::Impl::isRunning(RunId run) {
  const ProcessIdentity holder = owner(run);
  return (isHeld(state(run)) && isAlive(holder)) || isOfCluster(holder);
}

void RunStore::Impl::takeOwnership(RunId run) {
  if (isHeld(state(run))) {
    const ProcessIdentity current = owner(run);
    if (current == self) return;
    if (isAlive(current)) throw Error(fmt::format("Process {} runs this already. Stop it there first.", current.pid));
  }
  db.execute(
      "UPDATE run SET owner_pid = ?, owner_start = ?, owner_boot = ?, attempt = attempt + 1, pace_at_ms = -1 WHERE id "
      "= ?",
      self.pid, self.startTicks, self.bootId, run.value);
  changeState(run, RunState::Preparing, "", nowMs());
  db.execute("DELETE FROM run_command WHERE run = ?", run.value);  // of an earlier attempt
  touch(run);
}

void RunStore::own(RunId run) {
  impl_->db.write(Durability::Full, [&] { impl_->takeOwnership(run); });
}

std::vector<RunId> RunStore::Impl::deadImports() {
  std::vector<RunId> dead;
  Query query = db.query("SELECT id, owner_pid, owner_start, owner_boot FROM run WHERE state = 'importing'");
  while (query.next())
    if (!isAlive(ownerOf(query, 1))) dead.push_back(RunId{query.integer(0)});
  return dead;
}

std::vector<RunId> RunStore::markInterrupted() {
  Database& db = impl_->db;
  const auto deadRuns = [&] {
    std::vector<RunId> dead;
    Query query = db.query(
        "SELECT id, owner_pid, owner_start, owner_boot FROM run "
        "WHERE state IN ('preparing', 'running', 'paused', 'stopping')");
    while (query.next())
      if (!isAlive(ownerOf(query, 1))) dead.push_back(RunId{query.integer(0)});
    return dead;
  };
  const auto deadJobs = [&] {
    std::vector<JobId> dead;
    Query query = db.query(
        "SELECT id, owner_pid, owner_start, owner_boot FROM job "
        "WHERE state IN ('waiting', 'running', 'paused') AND owner_pid != 0");  // waiting: reserved
    while (query.next())
      if (!isAlive(ownerOf(query, 1))) dead.push_back(JobId{query.integer(0)});
    return dead;
  };
  for (const RunId run : impl_->deadImports()) {
    try {
      purge(run);
    } catch (const Error&) {  // another process was faster, or the disk refuses: the next start tries again
    }
  }
  if (deadRuns().empty() && deadJobs().empty()) return {};  // asked often: writes only if there is something to write

  return db.write(Durability::Full, [&] {
    std::vector<RunId> runs = deadRuns();  // again, under the lock: another process may have done it meanwhile
    const std::vector<JobId> jobs = deadJobs();
    for (const JobId job : jobs)
      if (Query query = db.query("SELECT run FROM job WHERE id = ? AND state = 'waiting'", job.value); query.next())
        runs.push_back(RunId{query.integer(0)});
    for (const RunId run : runs) {
      int64_t lastSign = 0;
      if (Query query = db.query("SELECT updated_ms FROM run WHERE id = ?", run.value); query.next())
        lastSign = query.integer(0);
      impl_->changeState(run, RunState::Interrupted, kDiedUnseen, lastSign);
      impl_->touch(run);
    }
    for (const JobId job : jobs)
      db.execute(
          "UPDATE job SET ended_ms = ?2, state = CASE (SELECT state FROM run WHERE id = job.run) "
          "WHEN 'finished' THEN 'done' WHEN 'stopped' THEN 'cancelled' ELSE 'failed' END WHERE id = ?1",
          job.value, nowMs());
    return runs;
  });
}

std::vector<RunId> RunStore::markDied(const ProcessIdentity& process, std::string_view how) {
  markInterrupted();
  Database& db = impl_->db;
  return db.write(Durability::Full, [&] {
    std::vector<RunId> runs;
    // A search's trial has no job; it was in the same hands.
    for (Query query = db.query(
             "SELECT id FROM run WHERE state = 'interrupted' AND detail = ?4 AND (id IN (SELECT run FROM job WHERE "
             "owner_pid = ?1 AND owner_start = ?2 AND owner_boot = ?3) OR parent IN (SELECT run FROM job JOIN "
             "run AS search ON search.id = job.run WHERE search.kind = 'search' AND job.owner_pid = ?1 AND "
             "job.owner_start = ?2 AND job.owner_boot = ?3)) ORDER BY id",
             process.pid, process.startTicks, process.bootId, kDiedUnseen);
         query.next();)
      runs.push_back(RunId{query.integer(0)});
    for (const RunId run : runs) {
      db.execute("UPDATE run SET detail = ? WHERE id = ?", how, run.value);
      impl_->addLog(run, LogLine::Level::Warning, how, nowMs());
      impl_->touch(run);
    }
    return runs;
  });
}

JobId RunStore::enqueue(RunId run, bool resume, QueuePlace place) {
  markInterrupted();  // the job of a process that died would count as still in the queue
  return impl_->db.write(Durability::Full, [&] { return impl_->queueAll(std::span(&run, 1), resume, place).front(); });
}

void RunStore::Impl::requireIdle(RunId run) {
  if (isOfCluster(owner(run))) throw Error("A cluster has this run. Stop it there first.");
  if (isRunning(run)) throw Error("This run goes on already.");
  bool queued = false, trashed = false;
  if (Query query = db.query("SELECT trashed, EXISTS (SELECT 1 FROM job WHERE run = ?1 AND state IN ('waiting', "
                             "'running', 'paused')) FROM run WHERE id = ?1",
                             run.value);
      query.next()) {
    trashed = query.integer(0) != 0;
    queued = query.integer(1) != 0;
  }
  if (queued) throw Error("This run is in the queue already.");
  if (trashed) throw Error("This run is in the trash. Restore it first.");
}

JobId RunStore::Impl::addJob(RunId run, bool resume) {
  requireIdle(run);
  db.execute(
      "INSERT INTO job (run, state, position, resume, created_ms) "
      "VALUES (?, 'waiting', (SELECT coalesce(max(position), 0) + 1 FROM job), ?, ?)",
      run.value, resume, nowMs());
  const JobId job{db.lastRow()};
  changeState(run, RunState::Queued, "", nowMs());
  db.execute("UPDATE run SET owner_pid = 0 WHERE id = ?", run.value);  // from now on the queue's
  touch(run);
  return job;
}

std::vector<JobId> RunStore::Impl::queueAll(std::span<const RunId> runs, bool resume, QueuePlace place) {
  std::vector<JobId> jobs;
  for (const RunId run : runs) {
    if (place.onCluster) {
      giveToCluster(run);
      jobs.emplace_back();
      continue;
    }
    jobs.push_back(addJob(run, resume));
    if (place.ownProcess) db.execute("UPDATE run SET own_process = ? WHERE id = ?", *place.ownProcess, run.value);
  }
  if (place.first && !place.onCluster)
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) moveFirst(*job);
  return jobs;
}

void RunStore::Impl::moveFirst(JobId job) {
  std::optional<int64_t> first;
  if (Query query = db.query("SELECT min(position) FROM job WHERE state = 'waiting' AND id != ?", job.value);
      query.next() && !query.isNull(0))
    first = query.integer(0);
  if (!first) return;
  db.execute("UPDATE job SET position = position + 1 WHERE position >= ?", *first);
  db.execute("UPDATE job SET position = ? WHERE id = ?", *first, job.value);
}

void RunStore::setJobState(JobId job, JobState state) {
  impl_->db.write(Durability::Full, [&] {
    impl_->db.execute(
        "UPDATE job SET state = ?, ended_ms = ? WHERE id = ? AND state IN ('waiting', 'running', 'paused')",
        nameOf(kJobStateNames, state), isOpen(state) ? 0 : nowMs(), job.value);
  });
}

bool RunStore::holdJob(RunId run, bool held) {
  return impl_->db.write(Durability::Full, [&] {
    // A job that was held before it started has no owner.
    impl_->db.execute("UPDATE job SET state = ? WHERE run = ? AND state = ? AND owner_pid = 0",
                      held ? "paused" : "waiting", run.value, held ? "waiting" : "paused");
    const bool changed = impl_->db.changes() > 0;
    if (changed) impl_->touch(run);
    return changed;
  });
}

bool RunStore::cancelJob(RunId run) {
  return impl_->db.write(Durability::Full, [&] { return impl_->leaveQueue(run); });
}

bool RunStore::Impl::leaveQueue(RunId run) {
  db.execute(
      "UPDATE job SET state = 'cancelled', ended_ms = ? WHERE run = ? AND (state = 'waiting' OR (state = 'paused' AND "
      "owner_pid = 0))",
      nowMs(), run.value);
  if (db.changes() == 0) return false;
  changeState(run, RunState::Stopped, "Taken out of the queue.", nowMs());
  touch(run);
  return true;
}

void RunStore::Impl::setJobAside(RunId run) {
  // The two states are none of JobState: nothing but the trash has to do with such jobs.
  db.execute(
      "UPDATE job SET state = CASE state WHEN 'waiting' THEN 'set aside' ELSE 'set aside held' END, owner_pid = 0 WHERE "
      "run = ? AND (state = 'waiting' OR (state = 'paused' AND owner_pid = 0))",
      run.value);
  if (db.changes() > 0) changeState(run, RunState::Stopped, "Taken out of the queue.", nowMs());
}

void RunStore::Impl::rejoinQueue(RunId run) {
  db.execute(
      "UPDATE job SET state = CASE state WHEN 'set aside' THEN 'waiting' ELSE 'paused' END WHERE run = ? AND state IN "
      "('set aside', 'set aside held')",
      run.value);
  if (db.changes() > 0) changeState(run, RunState::Queued, "", nowMs());
}

std::vector<JobId> RunStore::Impl::moveBefore(JobId job, std::optional<JobId> other) {
  std::vector<JobId> order;
  for (Query query =
           db.query("SELECT id FROM job WHERE state IN ('waiting', 'running', 'paused') ORDER BY position, id");
       query.next();)
    order.push_back({query.integer(0)});
  const auto own = std::ranges::find(order, job);
  if (own == order.end()) throw Error("This job is no longer in the queue.");
  const std::vector<JobId> formerly(own + 1, order.end());
  order.erase(own);
  const auto place = other ? std::ranges::find(order, *other) : order.end();
  if (other && place == order.end()) throw Error("The job to move before is no longer in the queue.");
  order.insert(place, job);
  for (size_t i = 0; i < order.size(); ++i)
    db.execute("UPDATE job SET position = ? WHERE id = ?", i + 1, order[i].value);
  return formerly;
}

std::vector<JobId> RunStore::moveBefore(JobId job, std::optional<JobId> other) {
  return impl_->db.write(Durability::Full, [&] { return impl_->moveBefore(job, other); });
}

std::optional<std::vector<JobId>> RunStore::moveBy(JobId job, int places) {
  return impl_->db.write(Durability::Full, [&]() -> std::optional<std::vector<JobId>> {
    std::vector<JobId> waiting;
    for (Query query = impl_->db.query("SELECT id FROM job WHERE state = 'waiting' ORDER BY position, id");
         query.next();)
      waiting.push_back({query.integer(0)});
    const auto own = std::ranges::find(waiting, job);
    if (own == waiting.end()) throw Error("This job no longer waits in the queue.");
    const std::ptrdiff_t from = own - waiting.begin();
    const std::ptrdiff_t to = std::clamp<std::ptrdiff_t>(from + places, 0, std::ssize(waiting) - 1);
    if (to == from) return std::nullopt;
    const auto before = static_cast<size_t>(to > from ? to + 1 : to);
    return impl_->moveBefore(job, before < waiting.size() ? std::optional(waiting[before]) : std::nullopt);
  });
}

void RunStore::ask(RunId run, RunCommand command) {
  impl_->db.write(Durability::Normal, [&] {
    if (!impl_->isRunning(run)) throw Error("No process trains this run just now, so there is none to ask.");
    impl_->db.execute("INSERT OR REPLACE INTO run_command (run, command, asked_ms) VALUES (?, ?, ?)", run.value,
                      nameOf(kCommandNames, command), nowMs());
  });
}

std::optional<RunCommand> RunStore::takeCommand(RunId run) {
  const auto waiting = [&]() -> std::optional<RunCommand> {
    Query query = impl_->db.query("SELECT command FROM run_command WHERE run = ?", run.value);
    if (!query.next()) return std::nullopt;
    return valueOf<RunCommand>(kCommandNames, query.text(0));
  };
  if (!waiting()) return std::nullopt;  // asked often: takes the lock only if there is something to take
  return impl_->db.write(Durability::Normal, [&] {
    const auto command = waiting();
    impl_->db.execute("DELETE FROM run_command WHERE run = ?", run.value);
    return command;
  });
}

std::vector<std::pair<RunId, RunCommand>> RunStore::takeCommands() {
  std::vector<RunId> asked;
  for (Query query = impl_->db.query("SELECT run, owner_pid, owner_start, owner_boot FROM run_command JOIN run ON "
                                     "run.id = run_command.run ORDER BY asked_ms, run");
       query.next();)
    if (ownerOf(query, 1) == impl_->self) asked.push_back(RunId{query.integer(0)});
  std::vector<std::pair<RunId, RunCommand>> commands;
  for (const RunId run : asked)
    if (const auto command = takeCommand(run)) commands.emplace_back(run, *command);
  return commands;
}

std::vector<Job> RunStore::jobs() const {
  std::vector<Job> jobs;
  Query query = impl_->db.query(
      "SELECT job.id, run, job.state, position, resume, own_process FROM job JOIN run ON run.id = job.run WHERE "
      "job.state IN ('waiting', 'running', 'paused') ORDER BY position, job.id");
  while (query.next()) jobs.push_back(jobOf(query));
  return jobs;
}

}  // namespace scanline
