#include "core/learn/evaluate/side_by_side.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace scanline {

namespace {

/// LibTorch computes with so many threads on this thread, until the object's end.
class ThreadCount {
 public:
  explicit ThreadCount(int threads) { at::set_num_threads(threads); }
  ~ThreadCount() { at::set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_ = at::get_num_threads();
};

}  // namespace

void sideBySide(int64_t count, bool areSmall, const Control& control, const std::function<void()>& turn,
                const std::function<void(int64_t i, const Control& part)>& work) {
  std::stop_source ended;  // the first failure ends all pieces
  const Control part = control.within({.mayGoOn =
                                           [&] {
                                             turn();
                                             control.check();
                                             return true;
                                           },
                                       .stop = ended.get_token(),
                                       .thread = std::this_thread::get_id()});
  std::mutex mutex;
  std::exception_ptr failure;
  std::atomic<int64_t> next = 0;
  // It lets no exception out into LibTorch's threads.
  const auto workOn = [&] {
    const c10::InferenceMode valuesOnly;  // of this thread
    try {
      for (int64_t i = next++; i < count && !ended.stop_requested(); i = next++) {
        work(i, part);
        part.check();
      }
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
      ended.request_stop();  // after the failure is kept: the others throw Stopped because of it
    }
  };
  const int64_t workers = areSmall ? std::min<int64_t>(count, at::get_num_threads()) : 1;
  std::optional<ThreadCount> alone;
  if (areSmall && workers == 1) alone.emplace(1);  // with two or more, LibTorch sees to it
  at::parallel_for(0, workers, 1, [&](int64_t, int64_t) { workOn(); });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace scanline
