#include "core/learn/kernels/spin_control.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/base/clock.h"
#include "core/base/core_waits.h"

namespace scanline {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Measured beside a program that uses a core: 0.45 and more, spinning or not. With the cores to itself: below 0.1, and
// up to 0.25 for moments while other programs run at a low priority.
constexpr double kContended = 0.35, kQuiet = 0.2;
constexpr double kQuietSeconds = 1;
constexpr auto kAfterwards = 2s;  ///< the cores are watched for so long after the last call or computation

class CoreWatch {
 public:
  void begin(int threads) {
    {
      const std::lock_guard lock(mutex_);
      threads_ = threads;
      until_ = Clock::now() + kAfterwards;
    }
    wake_.notify_one();
  }

  [[noreturn]] void run() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return Clock::now() < until_; });
      }
      watch();
    }
  }

 private:
  void watch() {
    CoreWaits waits;
    SpinRule rule;
    std::optional<SleepingThreads> sleeping;
    auto last = Clock::now();
    double used = cpuSeconds();
    for (bool goesOn = true; goesOn;) {
      std::this_thread::sleep_for(100ms);
      const auto now = Clock::now();
      const double seconds = std::chrono::duration<double>(now - std::exchange(last, now)).count();
      const double usedNow = cpuSeconds();
      int threads = 0;
      {
        const std::lock_guard lock(mutex_);
        if (usedNow - std::exchange(used, usedNow) >= 0.5 * seconds) until_ = std::max(until_, now + kAfterwards);
        goesOn = now < until_;
        threads = threads_;
      }
      const auto wait = waits.sinceLast();
      if (!wait) continue;
      if (rule.maySpin(*wait, seconds))
        sleeping.reset();
      else if (!sleeping)
        sleeping.emplace(threads);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  int threads_ = 1;
  Clock::time_point until_{};
};

}  // namespace

bool SpinRule::maySpin(double wait, double seconds) {
  if (wait >= kContended) {
    maySpin_ = false;
    quietSeconds_ = waited_ = 0;
  } else if (!maySpin_) {
    quietSeconds_ += seconds;
    waited_ += wait * seconds;
    if (quietSeconds_ >= kQuietSeconds) {
      maySpin_ = waited_ < kQuiet * quietSeconds_;
      quietSeconds_ = waited_ = 0;
    }
  }
  return maySpin_;
}

struct SleepingThreads::Team {
  explicit Team(int size) : holder([this, size] { sleep(size); }) { asleep.wait(false); }
  ~Team() {
    released = true;
    released.notify_all();
    holder.join();  // its threads end with it, and libgomp counts them no longer
  }

  void sleep(int size) {
#pragma omp parallel num_threads(size)
    {
      asleep = true;
      asleep.notify_all();
      released.wait(false);
    }
  }

  std::atomic<bool> asleep = false, released = false;
  std::thread holder;
};

/// One more than the cores that the others leave, besides the one that begins a team, which libgomp does not count.
SleepingThreads::SleepingThreads(int threads)
    : team_(std::make_unique<Team>(std::max(0, omp_get_num_procs() - std::max(1, threads)) + 2)) {}
SleepingThreads::~SleepingThreads() = default;

void watchCores(int threads) {
  static const bool kChosen = std::getenv("OMP_WAIT_POLICY") != nullptr;
  if (kChosen || threads < 2) return;
  // Never destroyed: its thread may still run when static objects are.
  static auto* const kWatch = [] {
    auto* watch = new CoreWatch;
    std::thread([watch] { watch->run(); }).detach();
    return watch;
  }();
  kWatch->begin(threads);
}

}  // namespace scanline
