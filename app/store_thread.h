#pragma once

#include <QObject>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>

#include "app/deliver.h"
#include "core/store/run_store.h"

namespace scanline {

/// A thread with a RunStore of its own, so that the window never waits for the disk or for another process's lock. The
/// window has one that writes (rename, delete, enqueue) and others that read. Work runs in order.
class StoreThread {
 public:
  /// Opens the store on its own thread at the first work, and again after a failure to open.
  StoreThread(std::filesystem::path workspace, StoreMode mode);
  /// As finish().
  ~StoreThread();

  /// Waits until everything that was posted is done. Nothing is taken any more.
  void finish();
  /// Drops the posted work that has not begun, and takes no more. Does not wait. For reads.
  void cancel();

  /// `work(RunStore&)` runs on the thread, then `done(result)` on `context`'s thread unless `context` is gone. An
  /// exception becomes `failed(QString)` there. UI thread.
  template <class Work, class Done, class Failed>
  void post(QObject* context, Work work, Done done, Failed failed) {
    enqueue([context = QPointer<QObject>(context), work = std::move(work), done = std::move(done),
             failed = std::move(failed), this](RunStore* store, const QString& openError) mutable {
      if (!store) return deliver(context, [failed, openError] { failed(openError); });
      try {
        using Result = std::invoke_result_t<Work, RunStore&>;
        if constexpr (std::is_void_v<Result>) {
          work(*store);
          deliver(context, [done] { done(); });
        } else {
          deliver(context, [done, result = work(*store)]() mutable { done(std::move(result)); });
        }
      } catch (const std::exception& error) {
        deliver(context, [failed, text = QString::fromUtf8(error.what())] { failed(text); });
      }
    });
  }

 private:
  using Item = std::function<void(RunStore*, const QString& openError)>;
  void enqueue(Item item);
  void run(const std::stop_token& stop);

  std::filesystem::path workspace_;
  StoreMode mode_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;
  std::jthread thread_;  // last: joined before the members that it uses go
};

}  // namespace scanline
