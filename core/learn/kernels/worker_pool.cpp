#include "core/learn/kernels/worker_pool.h"

#include <algorithm>
#include <system_error>

namespace scanline {

namespace {

/// About ten microseconds: longer than the time between two calls, shorter than that between two pictures. Without the
/// pause instruction, on which a hypervisor may stop the core; that costs as much as a call does.
constexpr int kSpins = 20000;

/// Waits until `word` is no longer `value`: spinning, then asleep.
void waitWhile(const std::atomic<uint32_t>& word, uint32_t value) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (word.load(std::memory_order_acquire) != value) return;
  }
  word.wait(value, std::memory_order_acquire);
}

}  // namespace

WorkerPool::WorkerPool(int threads) : ranges_(static_cast<size_t>(std::max(1, threads))) {
  try {
    for (int thread = 1; thread < this->threads(); ++thread) helpers_.emplace_back([this, thread] { serve(thread); });
  } catch (const std::system_error&) {
    // The system has no more threads: those that there are take the parts of the others.
  }
}

WorkerPool::~WorkerPool() {
  stopped_ = true;
  ++epoch_;
  epoch_.notify_all();
}

void WorkerPool::dispatch(int64_t parts, const Call& call) {
  call_ = call;
  left_.store(static_cast<uint32_t>(parts), std::memory_order_relaxed);
  const uint32_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
  const int64_t count = threads();
  for (int64_t thread = 0; thread < count; ++thread) {
    const auto begin = static_cast<uint64_t>(parts * thread / count),
               end = static_cast<uint64_t>(parts * (thread + 1) / count);
    ranges_[static_cast<size_t>(thread)].word.store(uint64_t{epoch} << 32 | begin << 16 | end,
                                                    std::memory_order_release);
  }
  epoch_.store(epoch);
  epoch_.notify_all();
  work(0);
  for (uint32_t left; (left = left_.load(std::memory_order_acquire)) != 0;) waitWhile(left_, left);
}

/// Own parts first, then those of the others.
void WorkerPool::work(int thread) {
  const int count = threads();
  for (int i = 0; i < count; ++i) {
    auto& range = ranges_[static_cast<size_t>((thread + i) % count)];
    while (takePart(thread, range)) {
    }
  }
}

bool WorkerPool::takePart(int thread, Range& range) {
  auto word = range.word.load(std::memory_order_acquire);
  do {
    if ((word >> 16 & 0xFFFF) >= (word & 0xFFFF)) return false;
  } while (!range.word.compare_exchange_weak(word, word + (1U << 16), std::memory_order_acq_rel));
  // The call cannot end before this part is done: until then call_ stays.
  call_.function(call_.part, static_cast<int64_t>(word >> 16 & 0xFFFF), thread);
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
  return true;
}

void WorkerPool::serve(int thread) {
  for (uint32_t seen = 0;;) {
    waitWhile(epoch_, seen);
    seen = epoch_.load(std::memory_order_acquire);
    if (stopped_) return;
    work(thread);
  }
}

}  // namespace scanline
