#include "app/run_actions.h"

#include "core/spec/spec_text.h"

namespace scanline {

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
      JobPool::Callbacks{
          .stored = [this] { notifier_.notify(); },
          .failed = [this](std::string sentence) { notifier_.report(QString::fromStdString(sentence)); }});
}

/// Work without an answer: the views learn of it from the store, as of everything.
template <class Work>
void RunActions::write(Work work, EditDone done) {
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

void RunActions::start(const std::vector<RunSpec>& specs, bool first, std::optional<RunId> parent) {
  enqueueEach(specs, [parent, first](RunStore& store, const std::vector<std::string>& texts) {
    return store.createQueued(texts, parent, first);
  });
}

void RunActions::fork(RunId parent, int64_t step, const std::vector<RunSpec>& specs, bool first) {
  enqueueEach(specs, [parent, step, first](RunStore& store, const std::vector<std::string>& texts) {
    return store.forkQueued(parent, step, texts, first);
  });
}

void RunActions::resume(const std::vector<RunId>& runs) {
  const auto running = pool_->running();
  std::vector<RunId> ended;
  for (const RunId run : runs) {
    if (std::find(running.begin(), running.end(), run) != running.end())
      pool_->resume(run);
    else
      ended.push_back(run);
  }
  if (ended.empty()) return;
  writer_.post(
      this,
      [ended](RunStore& store) {
        std::vector<RunId> trials;  // that wait with their search, and have no job of their own
        for (const RunId run : ended) {
          if (store.run(run).state == RunState::Paused)
            trials.push_back(run);
          else
            store.enqueue(run, true);
        }
        return trials;
      },
      [this](const std::vector<RunId>& trials) {
        for (const RunId run : trials) pool_->resume(run);
        pool_->wake();
        notifier_.notify();
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::pause(RunId run) {
  pool_->pause(run);
}
void RunActions::stop(RunId run) {
  pool_->stop(run);
}

void RunActions::rename(RunId run, const QString& name, EditDone done) {
  write([run, text = name.toStdString()](RunStore& store) { store.rename(run, text); }, std::move(done));
}
void RunActions::setNote(RunId run, const QString& note, EditDone done) {
  write([run, text = note.toStdString()](RunStore& store) { store.setNote(run, text); }, std::move(done));
}
void RunActions::setTags(RunId run, const QStringList& tags, EditDone done) {
  std::vector<std::string> texts;
  for (const QString& tag : tags) texts.push_back(tag.toStdString());
  write([run, texts](RunStore& store) { store.setTags(run, texts); }, std::move(done));
}

void RunActions::setTrashed(const std::vector<RunId>& runs, bool trashed, EditDone done) {
  write([runs, trashed](RunStore& store) { store.setTrashed(runs, trashed); },
        [this, done = std::move(done)](bool ok) {
          pool_->wake();
          if (done) done(ok);
        });
}

void RunActions::purge(const std::vector<RunId>& runs) {
  write([runs](RunStore& store) {
    for (const RunId run : runs) store.purge(run);
  });
}

void RunActions::moveJob(JobId job, std::optional<JobId> before) {
  write([job, before](RunStore& store) { store.moveBefore(job, before); });
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
