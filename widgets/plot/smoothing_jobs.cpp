#include "widgets/plot/smoothing_jobs.h"

#include <QObject>
#include <QThreadPool>
#include <condition_variable>
#include <mutex>

namespace scanline {

namespace {

/// Idle threads end after half a minute.
QThreadPool& pool() {
  static QThreadPool* pool = [] {
    auto* made = new QThreadPool;
    made->setThreadPriority(QThread::LowPriority);
    return made;
  }();
  return *pool;
}

}  // namespace

struct SmoothingJobs::Desk {
  std::mutex mutex;
  std::condition_variable finished;
  QObject* owner = nullptr;  ///< none once the owner is gone
  std::function<void()> arrived;
  std::vector<std::pair<int64_t, SmoothingJob::Result>> results;
  int running = 0;
  bool isTold = false;  ///< a call of `arrived` is on its way
};

SmoothingJobs::SmoothingJobs(QObject* owner, std::function<void()> arrived) : desk_(std::make_shared<Desk>()) {
  desk_->owner = owner;
  desk_->arrived = std::move(arrived);
}

SmoothingJobs::~SmoothingJobs() {
  const std::lock_guard lock(desk_->mutex);
  desk_->owner = nullptr;
}

void SmoothingJobs::start(int64_t key, SmoothingJob job) {
  {
    const std::lock_guard lock(desk_->mutex);
    ++desk_->running;
  }
  pool().start([desk = desk_, key, job = std::move(job)] {
    SmoothingJob::Result result = job.run();
    const std::lock_guard lock(desk->mutex);
    --desk->running;
    desk->finished.notify_all();
    if (desk->owner == nullptr || *job.cancelled) return;
    desk->results.emplace_back(key, std::move(result));
    if (std::exchange(desk->isTold, true)) return;
    // Under the lock, so that the owner exists during the call.
    QMetaObject::invokeMethod(
        desk->owner, [desk] { desk->arrived(); }, Qt::QueuedConnection);
  });
}

bool SmoothingJobs::isBusy() const {
  const std::lock_guard lock(desk_->mutex);
  return desk_->running > 0 || !desk_->results.empty();
}

std::vector<std::pair<int64_t, SmoothingJob::Result>> SmoothingJobs::take() {
  const std::lock_guard lock(desk_->mutex);
  desk_->isTold = false;
  return std::exchange(desk_->results, {});
}

void SmoothingJobs::wait() {
  std::unique_lock lock(desk_->mutex);
  desk_->finished.wait(lock, [this] { return desk_->running == 0; });
}

}  // namespace scanline
