#include "core/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace scanline {

namespace {

std::atomic<int> processesOfMachine = 1;

}  // namespace

void inParallel(int64_t chunks, int threads, const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    try {
      for (int64_t chunk = next++; chunk < chunks; chunk = next++) work(chunk);
    } catch (...) {
      next = chunks;
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    const int64_t wanted = std::min<int64_t>(threads, chunks) - 1;
    for (int64_t i = 0; i < wanted; ++i) helpers.emplace_back(loop);
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

int hardwareThreads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / processesOfMachine);
}

void shareMachine(int processes) {
  processesOfMachine = std::max(1, processes);
}

}  // namespace scanline
