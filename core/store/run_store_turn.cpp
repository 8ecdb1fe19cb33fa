// RunStore: which process takes which job. Every process that trains goes through takeTurn(), so that no more runs
// train at the same time than the workspace has lanes.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/gpus.h"
#include "core/store/run_store_impl.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

constexpr bool fits(Serves serves, bool ownProcess) {
  return serves == Serves::Any || serves == (ownProcess ? Serves::OwnProcess : Serves::Shared);
}

struct Runner {
  RunnerId id;
  ProcessIdentity process;
  Serves serves = Serves::Any;
  RunnerState state = RunnerState::Open;
};

/// Of living processes.
std::vector<Runner> livingRunners(Database& db) {
  std::vector<Runner> runners;
  for (Query query = db.query("SELECT id, pid, start_ticks, boot, serves, state FROM runner ORDER BY id");
       query.next();) {
    const ProcessIdentity process{query.integer(1), query.integer(2), query.text(3)};
    if (isAlive(process))
      runners.push_back({RunnerId{query.integer(0)}, process, valueOf<Serves>(kServesNames, query.text(4)),
                         valueOf<RunnerState>(kRunnerStateNames, query.text(5))});
  }
  return runners;
}

/// A job that a living process has in hand.
struct Busy {
  JobId job;
  RunId run;
  ProcessIdentity process;
};

std::vector<Busy> busyJobs(Database& db) {
  std::vector<Busy> busy;
  for (Query query = db.query("SELECT id, run, owner_pid, owner_start, owner_boot FROM job WHERE state IN ('running', "
                              "'paused') AND owner_pid != 0 ORDER BY id");
       query.next();) {
    const ProcessIdentity process{query.integer(2), query.integer(3), query.text(4)};
    if (isAlive(process)) busy.push_back({JobId{query.integer(0)}, RunId{query.integer(1)}, process});
  }
  return busy;
}

struct Waiting {
  Job job;
  ProcessIdentity reserved;  ///< pid 0: by nobody
};

std::vector<Waiting> waitingJobs(Database& db) {
  std::vector<Waiting> waiting;
  for (Query query = db.query("SELECT job.id, run, position, resume, own_process, job.owner_pid, job.owner_start, "
                              "job.owner_boot FROM job JOIN run ON run.id = job.run WHERE job.state = 'waiting' ORDER "
                              "BY position, job.id");
       query.next();)
    waiting.push_back({{JobId{query.integer(0)}, RunId{query.integer(1)}, JobState::Waiting, query.integer(2),
                        query.integer(3) != 0, query.integer(4) != 0},
                       {query.integer(5), query.integer(6), query.text(7)}});
  return waiting;
}

/// The process could claim at any moment: it has no job, and the job control of a shell has not stopped it.
bool isIdle(const Runner& runner, const std::vector<Busy>& busy) {
  return runner.state == RunnerState::Open && !isHalted(runner.process) &&
         std::ranges::none_of(busy, [&](const Busy& each) { return each.process == runner.process; });
}

}  // namespace

Turn RunStore::Impl::lookForTurn(const Claimer& claimer) {
  Turn turn;
  const std::vector<Waiting> waiting = waitingJobs(db);
  if (waiting.empty()) return turn;  // asked often
  const std::vector<Runner> runners = livingRunners(db);
  std::vector<Busy> busy = busyJobs(db);
  std::erase_if(busy, [&](const Busy& each) { return claimer.over == each.job; });
  const bool isFree = claimer.beside || std::ssize(busy) < lanes();
  if (!isFree)
    for (const Busy& each : busy) turn.training.push_back(each.run);
  const bool isHeld = std::ranges::any_of(
      runners, [&](const Runner& each) { return each.state == RunnerState::Holding && each.process != self; });
  const auto anotherIsIdleFor = [&](bool ownProcess) {
    return std::ranges::any_of(runners, [&](const Runner& each) {
      return each.process != self && fits(each.serves, ownProcess) && isIdle(each, busy);
    });
  };
  bool isOthersTurn = false;
  for (const auto& [job, reserved] : waiting) {
    const bool isReserved = reserved.pid != 0;
    const bool isMine = claimer.only ? job.id == *claimer.only && reserved == self
                                     : !isReserved && fits(claimer.serves, job.ownProcess);
    if (isMine) {
      turn.waits = true;
      if (isFree && !isOthersTurn && (isReserved || !isHeld)) turn.job = job;
      return turn;
    }
    if (!isFree || claimer.beside) continue;
    if (isReserved) {
      isOthersTurn = isOthersTurn || (isAlive(reserved) && !isHalted(reserved));
    } else if (anotherIsIdleFor(job.ownProcess)) {
      isOthersTurn = isOthersTurn || !isHeld;
    } else if (job.ownProcess && claimer.canLaunch && !isHeld && !isOthersTurn) {
      turn.wantsWorker = true;
      isOthersTurn = true;
    }
  }
  return turn;
}

Turn RunStore::takeTurn(const Claimer& claimer) {
  Database& db = impl_->db;
  // Takes the lock only if there is something to take.
  if (Turn turn = db.read([&] { return impl_->lookForTurn(claimer); }); !turn.job || claimer.onlyLooks) return turn;
  return db.write(Durability::Full, [&] {
    Turn turn = impl_->lookForTurn(claimer);
    if (!turn.job) return turn;
    db.execute("UPDATE job SET state = 'running', owner_pid = ?, owner_start = ?, owner_boot = ? WHERE id = ?",
               impl_->self.pid, impl_->self.startTicks, impl_->self.bootId, turn.job->id.value);
    impl_->takeOwnership(turn.job->run);
    turn.job->state = JobState::Running;
    return turn;
  });
}

JobId RunStore::enqueueHere(RunId run, bool resume, bool ownProcess) {
  markInterrupted();  // as in enqueue()
  return impl_->db.write(Durability::Full, [&] {
    const auto own = ownProcess ? std::optional(true) : std::nullopt;
    const JobId job = impl_->queueAll(std::span(&run, 1), resume, {.first = true, .ownProcess = own}).front();
    impl_->db.execute("UPDATE job SET owner_pid = ?, owner_start = ?, owner_boot = ? WHERE id = ?", impl_->self.pid,
                      impl_->self.startTicks, impl_->self.bootId, job.value);
    return job;
  });
}

Job RunStore::reserve(RunId run) {
  markInterrupted();
  return impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    std::optional<Job> job;
    {
      Query query = db.query(
          "SELECT job.id, position, resume, own_process, job.owner_pid, job.owner_start, job.owner_boot FROM job JOIN "
          "run ON run.id = job.run WHERE run = ? AND (job.state = 'waiting' OR (job.state = 'paused' AND job.owner_pid "
          "= 0))",
          run.value);
      if (!query.next()) throw Error("This run does not wait in the queue.");
      const ProcessIdentity reserved{query.integer(4), query.integer(5), query.text(6)};
      if (reserved.pid != 0 && reserved != impl_->self)
        throw Error(fmt::format("Process {} waits for its turn with this run already.", reserved.pid));
      job = Job{JobId{query.integer(0)}, run, JobState::Waiting, query.integer(1), query.integer(2) != 0,
                query.integer(3) != 0};
    }
    db.execute("UPDATE job SET state = 'waiting', owner_pid = ?, owner_start = ?, owner_boot = ? WHERE id = ?",
               impl_->self.pid, impl_->self.startTicks, impl_->self.bootId, job->id.value);
    impl_->moveFirst(job->id);
    impl_->touch(run);
    return *job;
  });
}

int64_t RunStore::lanes() const {
  return impl_->lanes();
}

int64_t RunStore::chosenLanes() const {
  return impl_->chosenLanes();
}

int64_t RunStore::Impl::chosenLanes() {
  Query query = db.query("SELECT lanes FROM workspace");
  return query.next() ? query.integer(0) : 0;
}

int64_t RunStore::Impl::lanes() {
  const int64_t chosen = chosenLanes();
  return chosen > 0 ? chosen : std::clamp<int64_t>(gpuCount(), 1, kMostLanes);
}

void RunStore::setLanes(int64_t lanes) {
  if (lanes < 0 || lanes > kMostLanes)
    throw Error(fmt::format("{} runs at the same time are not possible: 1 to {} are, or 0 for one on each GPU.", lanes,
                            kMostLanes));
  impl_->db.write(Durability::Full, [&] { impl_->db.execute("UPDATE workspace SET lanes = ?", lanes); });
}

RunnerId RunStore::Impl::insertRunner(Serves serves, RunnerState state) {
  std::vector<int64_t> dead;
  for (Query query = db.query("SELECT id, pid, start_ticks, boot FROM runner"); query.next();)
    if (!isAlive({query.integer(1), query.integer(2), query.text(3)})) dead.push_back(query.integer(0));
  for (const int64_t id : dead) db.execute("DELETE FROM runner WHERE id = ?", id);
  db.execute("INSERT INTO runner (pid, start_ticks, boot, serves, state) VALUES (?, ?, ?, ?, ?)", self.pid,
             self.startTicks, self.bootId, nameOf(kServesNames, serves), nameOf(kRunnerStateNames, state));
  return RunnerId{db.lastRow()};
}

RunnerId RunStore::enrol(Serves serves, RunnerState state) {
  return impl_->db.write(Durability::Normal, [&] { return impl_->insertRunner(serves, state); });
}

std::optional<RunnerId> RunStore::enrolWorker() {
  return impl_->db.write(Durability::Normal, [&]() -> std::optional<RunnerId> {
    const std::vector<Busy> busy = busyJobs(impl_->db);
    for (const Runner& runner : livingRunners(impl_->db))
      if (runner.serves == Serves::OwnProcess && isIdle(runner, busy)) return std::nullopt;
    return impl_->insertRunner(Serves::OwnProcess, RunnerState::Open);
  });
}

void RunStore::setRunner(RunnerId runner, RunnerState state) {
  impl_->db.write(Durability::Normal, [&] {
    impl_->db.execute("UPDATE runner SET state = ? WHERE id = ?", nameOf(kRunnerStateNames, state), runner.value);
  });
}

void RunStore::leave(RunnerId runner) {
  impl_->db.write(Durability::Normal, [&] { impl_->db.execute("DELETE FROM runner WHERE id = ?", runner.value); });
}

bool RunStore::Impl::hasWork(Serves serves) {
  return std::ranges::any_of(waitingJobs(db), [&](const Waiting& each) {
    return each.reserved.pid == 0 && fits(serves, each.job.ownProcess);
  });
}

bool RunStore::leaveIfIdle(RunnerId runner) {
  return impl_->db.write(Durability::Normal, [&] {
    Database& db = impl_->db;
    Serves serves = Serves::Any;
    if (Query query = db.query("SELECT serves FROM runner WHERE id = ?", runner.value); query.next())
      serves = valueOf<Serves>(kServesNames, query.text(0));
    if (impl_->hasWork(serves)) return false;
    db.execute("DELETE FROM runner WHERE id = ?", runner.value);
    return true;
  });
}

std::optional<ProcessIdentity> RunStore::processOf(RunId run) const {
  return impl_->isRunning(run) ? std::optional(impl_->owner(run)) : std::nullopt;
}

void RunStore::kill(RunId run) {
  const auto found = processOf(run);
  if (!found) throw Error("No process trains this run just now, so there is none to end.");
  const ProcessIdentity process = *found;
  if (isOfCluster(process)) throw Error("A cluster has this run. Stop it, which ends its job.");
  const std::vector<Runner> runners = livingRunners(impl_->db);
  const bool isWindow = process == impl_->self || std::ranges::any_of(runners, [&](const Runner& each) {
                          return each.process == process && each.serves == Serves::Shared;
                        });
  if (isWindow)
    throw Error(
        "This run trains within a window, which would end with it. Stop the run, or give it a process of its own.");
  if (!killProcess(process))
    throw Error(fmt::format("Process {} cannot be ended: it belongs to another user.", process.pid));
}

}  // namespace scanline
