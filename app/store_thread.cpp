#include "app/store_thread.h"

#include <optional>

namespace scanline {

StoreThread::StoreThread(std::filesystem::path workspace, StoreMode mode)
    : workspace_(std::move(workspace)), mode_(mode), thread_([this](const std::stop_token& stop) { run(stop); }) {}

StoreThread::~StoreThread() = default;

void StoreThread::enqueue(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (thread_.get_stop_token().stop_requested()) return;
    items_.push_back(std::move(item));
  }
  changed_.notify_one();
}

void StoreThread::finish() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void StoreThread::cancel() {
  thread_.request_stop();
  const std::lock_guard lock(mutex_);
  items_.clear();
}

void StoreThread::run(const std::stop_token& stop) {
  std::optional<RunStore> store;
  for (;;) {
    Item item;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !items_.empty(); })) return;  // stopped, and nothing left
      item = std::move(items_.front());
      items_.pop_front();
    }
    QString openError;
    if (!store) {
      try {
        store.emplace(workspace_, mode_);
      } catch (const std::exception& error) {
        openError = QString::fromUtf8(error.what());
      }
    }
    item(store ? &*store : nullptr, openError);
  }
}

}  // namespace scanline
