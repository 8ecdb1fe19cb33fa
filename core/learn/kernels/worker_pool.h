#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace scanline {

/// Threads for work that is divided anew every few microseconds. They live as long as the pool does, and look for work
/// by spinning for some microseconds before they sleep, so that a pool that has nothing to do costs nothing. Each
/// thread has its own range of the parts, the same at every call, so that its data of the last call are in its cache; a
/// thread that has finished takes parts of the others. So none waits for a thread that another program keeps from its
/// core, unless that is in the middle of a part.
class WorkerPool {
 public:
  /// `threads` with the caller's, at least 1. They treat denormal numbers as the calling thread does now.
  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int threads() const { return static_cast<int>(ranges_.size()); }

  /// part(index, thread) for 0 .. parts - 1, each once, on any of the threads 0 .. threads() - 1; returns when all are
  /// done. part must not throw. One caller at a time.
  template <class Part>
  void run(int64_t parts, const Part& part) {
    if (parts <= 1 || threads() == 1) {
      for (int64_t index = 0; index < parts; ++index) part(index, 0);
      return;
    }
    for (int64_t first = 0; first < parts; first += kMostParts) {
      const int64_t count = parts - first < kMostParts ? parts - first : kMostParts;
      const auto shifted = [&](int64_t index, int thread) { part(first + index, thread); };
      dispatch(count, {[](const void* function, int64_t index, int thread) {
                         (*static_cast<const decltype(shifted)*>(function))(index, thread);
                       },
                       &shifted});
    }
  }

 private:
  struct Call {
    void (*function)(const void* part, int64_t index, int thread) = nullptr;
    const void* part = nullptr;
  };
  /// The parts that are left of one thread's, next .. end - 1: epoch << 32 | next << 16 | end. The epoch counts the
  /// calls, so that a late thread takes none of another call.
  struct alignas(64) Range {
    std::atomic<uint64_t> word = 0;
  };
  static constexpr int64_t kMostParts = 1 << 15;

  void dispatch(int64_t parts, const Call& call);
  void work(int thread);
  bool takePart(int thread, Range& range);
  void serve(int thread);

  std::vector<Range> ranges_;
  Call call_;  ///< written before the ranges are; read after a part of them was taken
  alignas(64) std::atomic<uint32_t> epoch_ = 0;
  alignas(64) std::atomic<uint32_t> left_ = 0;  ///< parts of this call that are not done
  std::atomic<bool> stopped_ = false;
  std::vector<std::jthread> helpers_;
};

}  // namespace scanline
