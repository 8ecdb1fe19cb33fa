#pragma once

#include <memory>

namespace scanline {

/// OpenMP's threads spin at the end of each parallel part for as long as GOMP_SPINCOUNT says
/// (core/base/idle_threads.h). While this process has the cores to itself that is the fastest way to wait. While
/// another program wants one of them it is the slowest: the spinning thread keeps the core from the one that it waits
/// for, and a step takes four times as long. So as long as something is computed a thread looks ten times a second how
/// long this process's threads wait for cores, and ends the spinning where they do. Results do not depend on it.
///
/// libgomp has no call for that. It spins a hundred times at most, a microsecond or so, while it has more threads than
/// there are cores ("GOMP_SPINCOUNT" in its manual); so to end the spinning it is given threads that sleep.

/// Whether threads may spin, from the waits that CoreWaits counts. One thread at a time.
class SpinRule {
 public:
  /// `wait`: of the last `seconds`. Spinning ends at once when threads wait, and begins again after a second in which
  /// they hardly did.
  bool maySpin(double wait, double seconds);

 private:
  bool maySpin_ = true;
  double quietSeconds_ = 0, waited_ = 0;
};

/// While it lives, OpenMP's threads do not spin. Any number may live at a time, on any thread.
class SleepingThreads {
 public:
  /// `threads`: that compute beside it, at least 1; fewer than that makes it useless.
  explicit SleepingThreads(int threads);
  ~SleepingThreads();
  SleepingThreads(const SleepingThreads&) = delete;
  SleepingThreads& operator=(const SleepingThreads&) = delete;

 private:
  struct Team;
  std::unique_ptr<Team> team_;
};

/// Something is about to be computed with `threads` threads: the cores are watched from now on for two seconds, and for
/// as long as the process then uses half a core or more. Cheap; any thread. Nothing is watched if OMP_WAIT_POLICY is
/// set.
void watchCores(int threads);

}  // namespace scanline
