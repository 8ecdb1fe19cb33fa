#include "core/base/control.h"

#include <atomic>

namespace scanline {

struct Control::State {
  const Functions functions;
  const std::shared_ptr<State> outer;
  std::atomic<bool> stopped = false;
  std::mutex mutex = {};  ///< held during a call of a function that any thread may call

  /// Calls a function of this state, and notes that it stopped the work.
  template <class Call>
  void make(const Call& call) {
    if (functions.thread && *functions.thread != std::this_thread::get_id()) return;
    std::unique_lock lock(mutex, std::defer_lock);
    if (!functions.thread) lock.lock();
    try {
      if (stopped || !call()) throw Stopped();
    } catch (const Stopped&) {
      stopped = true;
      throw;
    }
  }
};

/// The innermost state that has such a function; null if none has.
template <class Member>
Control::State* Control::nearest(Member member) const {
  for (State* state = state_.get(); state != nullptr; state = state->outer.get())
    if (state->functions.*member) return state;
  return nullptr;
}

Control::Control(Functions functions) : state_(new State{std::move(functions), nullptr}) {}

Control Control::within(Functions functions) const {
  Control inner;
  inner.state_.reset(new State{std::move(functions), state_});
  return inner;
}

void Control::check() const {
  if (isStopped()) throw Stopped();
  if (State* state = nearest(&Functions::mayGoOn)) state->make([&] { return state->functions.mayGoOn(); });
}

void Control::report(int64_t done, int64_t total) const {
  if (isStopped()) throw Stopped();
  if (State* state = nearest(&Functions::report))
    state->make([&] {
      state->functions.report(done, total);
      return true;
    });
  check();
}

bool Control::isStopped() const {
  for (const State* state = state_.get(); state != nullptr; state = state->outer.get())
    if (state->stopped || state->functions.stop.stop_requested()) return true;
  return false;
}

bool Control::isPaused() const {
  const State* state = nearest(&Functions::isPaused);
  return state != nullptr && state->functions.isPaused();
}

}  // namespace scanline
