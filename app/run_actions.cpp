#include "app/run_actions.h"

#include "core/spec/spec_text.h"

namespace scanline {

RunActions::RunActions(const std::filesystem::path& workspace, std::function<std::shared_ptr<Engine>()> engine,
                       QObject* parent)
    : QObject(parent), writer_(workspace, StoreMode::ReadWrite) {
  pool_ = std::make_unique<JobPool>(
      workspace, std::move(engine),
      JobPool::Callbacks{.stored = [this] { notifier_.notify(); },
                         .failed = [this](std::string sentence) { notifier_.report(QString::fromStdString(sentence)); }});
  connect(&notifier_, &UiNotifier::reported, this, &RunActions::failed);
}

RunActions::~RunActions() = default;

/// Work without an answer: the views learn of it from the store, as of everything.
template <class Work>
void RunActions::write(Work work) {
  writer_.post(
      this, [work = std::move(work)](RunStore& store) { work(store); }, [this] { notifier_.notify(); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::start(const std::vector<RunSpec>& specs, std::optional<RunId> parent, int64_t parentStep) {
  std::vector<std::string> texts;
  for (const RunSpec& spec : specs) texts.push_back(toToml(spec));
  writer_.post(
      this,
      [texts, parent, parentStep](RunStore& store) {
        std::vector<RunId> runs;
        for (const std::string& text : texts) {
          runs.push_back(store.create(text, parent, parentStep));
          store.enqueue(runs.back(), parent.has_value() && parentStep > 0);
        }
        return runs;
      },
      [this](const std::vector<RunId>& runs) {
        pool_->wake();
        notifier_.notify();
        if (!runs.empty()) emit started(runs.front());
      },
      [this](const QString& sentence) { emit failed(sentence); });
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
        for (const RunId run : ended) store.enqueue(run, true);
      },
      [this] {
        pool_->wake();
        notifier_.notify();
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::pause(RunId run) { pool_->pause(run); }
void RunActions::stop(RunId run) { pool_->stop(run); }

void RunActions::rename(RunId run, const QString& name) {
  write([run, text = name.toStdString()](RunStore& store) { store.rename(run, text); });
}
void RunActions::setNote(RunId run, const QString& note) {
  write([run, text = note.toStdString()](RunStore& store) { store.setNote(run, text); });
}
void RunActions::setTags(RunId run, const QStringList& tags) {
  std::vector<std::string> texts;
  for (const QString& tag : tags) texts.push_back(tag.toStdString());
  write([run, texts](RunStore& store) { store.setTags(run, texts); });
}

void RunActions::setTrashed(const std::vector<RunId>& runs, bool trashed) {
  writer_.post(
      this, [runs, trashed](RunStore& store) { store.setTrashed(runs, trashed); },
      [this, runs, trashed] {
        notifier_.notify();
        if (trashed) emit this->trashed(runs);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunActions::purge(const std::vector<RunId>& runs) {
  write([runs](RunStore& store) {
    for (const RunId run : runs) store.purge(run);
  });
}

void RunActions::moveJob(JobId job, std::optional<JobId> before) {
  write([job, before](RunStore& store) { store.moveBefore(job, before); });
}

void RunActions::cancelJob(JobId, RunId run) { pool_->stop(run); }

void RunActions::stopAll() {
  pool_->setQueueHeld(true);
  pool_->stopAll();
  stopper_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() && !pool_->running().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    QMetaObject::invokeMethod(this, [this] { emit stopped(); }, Qt::QueuedConnection);
  });
}

bool RunActions::busy() const { return !pool_->running().empty(); }

}  // namespace scanline
