#include "core/learn/evaluate/side_by_side.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
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

bool sideBySide(int64_t count, bool areSmall, const KeepOn& turn,
                const std::function<void(int64_t i, const KeepOn& goOn)>& work) {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> stopped = false;
  std::atomic<int64_t> next = 0;
  const KeepOn goOn = [&] {
    if (!stopped && std::this_thread::get_id() == caller && !turn()) stopped = true;
    return !stopped;
  };
  const auto workOn = [&] {
    const c10::InferenceMode valuesOnly;  // of this thread
    try {
      for (int64_t i = next++; i < count && !stopped; i = next++) {
        work(i, goOn);
        goOn();
      }
    } catch (...) {
      stopped = true;  // for the others; LibTorch passes the exception on
      throw;
    }
  };
  const int64_t workers = areSmall ? std::min<int64_t>(count, at::get_num_threads()) : 1;
  std::optional<ThreadCount> alone;
  if (areSmall && workers == 1) alone.emplace(1);  // with two or more, LibTorch sees to it
  at::parallel_for(0, workers, 1, [&](int64_t, int64_t) { workOn(); });
  return !stopped;
}

}  // namespace scanline
