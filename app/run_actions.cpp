#include "app/run_actions.h"

#include <algorithm>

#include "app/going_on.h"
#include "app/worker_program.h"
#include "core/jobs/worker_process.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

/// `mine` was made from `before`, as was `stored` by somebody else: mine, and the lines that they added below.
QString mergedNote(const QString& before, const QString& mine, const QString& stored) {
  if (stored == before || stored == mine) return mine;
  const QStringList known = before.split(QLatin1Char('\n')) + mine.split(QLatin1Char('\n'));
  QStringList lines = mine.isEmpty() ? QStringList() : QStringList(mine);
  for (const QString& line : stored.split(QLatin1Char('\n')))
    if (!known.contains(line)) lines << line;
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

RunActions::RunActions(const std::filesystem::path& workspace, std::function<std::shared_ptr<Engine>()> engine,
                       QObject* parent)
    : QObject(parent), workspace_(workspace), engine_(std::move(engine)), writer_(workspace, StoreMode::ReadWrite) {
  connect(&notifier_, &UiNotifier::reported, this, &RunActions::failed);
}

RunActions::~RunActions() = default;

void RunActions::open() {
  writer_.post(
      this, [](RunStore& store) { store.markInterrupted(); },
      [this] {
        startPool();
        emit opened();
      },
      [this](const QString& sentence) { emit notOpened(sentence); });
}

void RunActions::startPool() {
  pool_ = std::make_unique<JobPool>(
      workspace_, engine_,
      JobPool::Callbacks{.stored = [this] { notifier_.notify(); },
                         .failed = [this](std::string sentence) { notifier_.report(QString::fromStdString(sentence)); },
                         .launch = [workspace = workspace_](
                                       const std::stop_token& end) { startWorker(workerProgram(), workspace, end); }});
}

bool RunActions::refuses() {
  if (pool_) return false;
  emit failed(tr("The workspace is not open for writing, so nothing in it can be changed."));
  return true;
}

/// Work without an answer: the views learn of it from the store, as of everything.
template <class Work>
void RunActions::write(Work work, EditDone done) {
  if (refuses()) {
    if (done) done(false);
    return;
  }
  writer_.post(
      this, [work = std::move(work)](RunStore& store) { work(store); },
      [this, done] {
        notifier_.notify();
        if (done) done(true);
      },
      [this, done](const QString& sentence) {
        emit failed(sentence);
        if (done) done(false);
      });
}

/// `create(store, texts)` makes the runs and their jobs, all or none; the first of them is announced.
template <class Create>
void RunActions::enqueueEach(const std::vector<RunSpec>& specs, Create create) {
  if (refuses()) return;
  std::vector<std::string> texts;
  for (const RunSpec& spec : specs) texts.push_back(toToml(spec));
  writer_.post(
      this, [texts, create](RunStore& store) { return create(store, texts); },
      [this](const std::vector<RunId>& runs) {
        pool_->wake();
        notifier_.notify();
        if (!runs.empty()) emit started(runs.front());
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::start(const std::vector<RunSpec>& specs, QueuePlace place, std::optional<RunId> parent) {
  enqueueEach(specs, [parent, place](RunStore& store, const std::vector<std::string>& texts) {
    return store.createQueued(texts, parent, place);
  });
}

void RunActions::fork(RunId parent, int64_t step, const std::vector<RunSpec>& specs, QueuePlace place) {
  enqueueEach(specs, [parent, step, place](RunStore& store, const std::vector<std::string>& texts) {
    return store.forkQueued(parent, step, texts, place);
  });
}

void RunActions::resume(const std::vector<RunId>& runs) {
  if (refuses()) return;
  const auto running = pool_->running();
  std::vector<RunId> others;
  for (const RunId run : runs) {
    if (std::find(running.begin(), running.end(), run) != running.end())
      pool_->resume(run);
    else
      others.push_back(run);
  }
  if (others.empty()) return;
  struct Resumed {
    std::vector<RunId> trials;  ///< that wait with their search, and have no job of their own
    std::vector<std::pair<RunId, QString>> sentences;
  };
  writer_.post(
      this,
      [others](RunStore& store) {
        Resumed resumed;
        for (const RunId id : others) {
          const RunSummary run = store.run(id);
          if (run.ownedElsewhere) {
            store.ask(id, RunCommand::Resume);
          } else if (run.state == RunState::Paused) {
            resumed.trials.push_back(id);
          } else {
            if (const GoingOn from = goingOn(store, run); from.again > 0)
              resumed.sentences.emplace_back(id, goingOnText(from));
            store.enqueue(id, run.resumable);
          }
        }
        return resumed;
      },
      [this](const Resumed& resumed) {
        for (const RunId run : resumed.trials) pool_->resume(run);
        pool_->wake();
        notifier_.notify();
        for (const auto& [run, sentence] : resumed.sentences) emit goesOn(run, sentence);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

/// To this window's pool, or into the store for the process that has the run.
void RunActions::command(RunId run, RunCommand command) {
  if (refuses()) return;
  const auto here = [this, run, command] { command == RunCommand::Pause ? pool_->pause(run) : pool_->stop(run); };
  const auto running = pool_->running();
  if (std::find(running.begin(), running.end(), run) != running.end()) return here();
  writer_.post(
      this,
      [run, command](RunStore& store) {
        const bool elsewhere = store.run(run).ownedElsewhere;
        if (elsewhere) store.ask(run, command);
        return elsewhere;
      },
      [this, here](bool elsewhere) { elsewhere ? notifier_.notify() : here(); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::pause(RunId run) {
  command(run, RunCommand::Pause);
}
void RunActions::stop(RunId run) {
  command(run, RunCommand::Stop);
}

void RunActions::submit(const std::vector<RunId>& runs) {
  write([runs](RunStore& store) {
    for (const RunId run : runs) {
      store.cancelJob(run);
      store.enqueue(run, true, {.onCluster = true});
    }
  });
}

void RunActions::kill(RunId run) {
  write([run](RunStore& store) { store.kill(run); });
}

void RunActions::setLanes(int64_t lanes) {
  write([lanes](RunStore& store) { store.setLanes(lanes); },
        [this](bool) {
          if (pool_) pool_->wake();
        });
}

void RunActions::rename(RunId run, const QString& name, EditDone done) {
  write([run, text = name.toStdString()](RunStore& store) { store.rename(run, text); }, std::move(done));
}
void RunActions::setNote(RunId run, const QString& note, const QString& before, EditDone done) {
  write(
      [run, note, before](RunStore& store) {
        const QString stored = QString::fromStdString(store.run(run).note);
        store.setNote(run, mergedNote(before, note, stored).toStdString());
      },
      std::move(done));
}
void RunActions::setTags(RunId run, const QStringList& tags, EditDone done) {
  std::vector<std::string> texts;
  for (const QString& tag : tags) texts.push_back(tag.toStdString());
  write([run, texts](RunStore& store) { store.setTags(run, texts); }, std::move(done));
}

void RunActions::setDataPath(RunId run, const QString& path, EditDone done) {
  write([run, text = path.toStdString()](RunStore& store) { store.setDataPath(run, text); }, std::move(done));
}

void RunActions::setTrashed(const std::vector<RunId>& runs, bool trashed, EditDone done) {
  write([runs, trashed](RunStore& store) { store.setTrashed(runs, trashed); },
        [this, done = std::move(done)](bool ok) {
          if (pool_) pool_->wake();
          if (done) done(ok);
        });
}

void RunActions::purge(const std::vector<RunId>& runs) {
  write([runs](RunStore& store) {
    for (const RunId run : runs) store.purge(run);
  });
}

void RunActions::prune(std::vector<PrunedRun> plan, EditDone done) {
  write(
      [this, plan = std::move(plan)](RunStore& store) {
        for (const std::string& problem : applyRetention(store, plan))
          notifier_.report(QString::fromStdString(problem));
      },
      std::move(done));
}

/// The number is the writer's alone: a drawing that is let go before the answer came has one by then.
void RunActions::pin(std::shared_ptr<PinnedDrawing> drawing, EditDone done) {
  write([drawing = std::move(drawing)](RunStore& store) { drawing->id = store.pin(*drawing); }, std::move(done));
}
void RunActions::unpin(std::shared_ptr<PinnedDrawing> drawing, EditDone done) {
  write([drawing = std::move(drawing)](RunStore& store) { store.unpin(drawing->id); }, std::move(done));
}
void RunActions::setPinNote(PinId pin, const QString& note, EditDone done) {
  write([pin, text = note.toStdString()](RunStore& store) { store.setPinNote(pin, text); }, std::move(done));
}

void RunActions::saveView(const QString& name, const QString& content, EditDone done) {
  write(
      [name = name.toStdString(), content = content.toStdString()](RunStore& store) { store.saveView(name, content); },
      std::move(done));
}
void RunActions::removeView(const QString& name, EditDone done) {
  write([name = name.toStdString()](RunStore& store) { store.removeView(name); }, std::move(done));
}

void RunActions::moveJob(JobId job, std::optional<JobId> before, Formerly formerly, EditDone done) {
  write([=](RunStore& store) { *formerly = store.moveBefore(job, before); }, std::move(done));
}

void RunActions::moveJobBy(JobId job, int places, Formerly formerly, EditDone done) {
  const auto moved = std::make_shared<bool>(false);
  write(
      [=](RunStore& store) {
        const auto before = store.moveBy(job, places);
        *moved = before.has_value();
        if (before) *formerly = *before;
      },
      [moved, done](bool ok) { done(ok && *moved); });
}

void RunActions::moveJobBack(JobId job, Formerly formerly, EditDone done) {
  write(
      [job, formerly = std::move(formerly)](RunStore& store) {
        const std::vector<Job> jobs = store.jobs();
        const auto before = std::ranges::find_if(
            *formerly, [&](JobId each) { return std::ranges::find(jobs, each, &Job::id) != jobs.end(); });
        store.moveBefore(job, before == formerly->end() ? std::nullopt : std::optional(*before));
      },
      std::move(done));
}

void RunActions::stopAll() {
  pool_->setQueueHeld(true);
  pool_->stopAll();
  stopper_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && !pool_->running().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    QMetaObject::invokeMethod(
        this, [this] { emit stopped(); }, Qt::QueuedConnection);
  });
}

bool RunActions::busy() const {
  return pool_ && !pool_->running().empty();
}

void RunActions::finishWriting() {
  if (!pool_) return;  // at most the store was about to be opened, which may end at any moment
  pool_->stopAll();
  writer_.finish();
  pool_->finishWriting();
}

}  // namespace scanline
