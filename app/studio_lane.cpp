#include "app/studio_lane.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/run/loop.h"

namespace scanline {

EngineSource sharedEngine(EngineSource load) {
  struct State {
    std::mutex mutex;
    std::shared_ptr<Engine> engine;
  };
  return [state = std::make_shared<State>(), load = std::move(load)] {
    const std::scoped_lock lock(state->mutex);
    if (!state->engine) state->engine = load();
    if (!state->engine) throw Error("LibTorch could not be started.");
    return state->engine;
  };
}

StudioLane::StudioLane(EngineSource engine)
    : engine_(std::move(engine)), thread_([this](const std::stop_token& end) { run(end); }) {}

StudioLane::~StudioLane() {
  cancel();
}

std::stop_source StudioLane::begin(StudioQuestion kind, Older older) {
  auto& stop = asked_[kind];
  if (older == Older::Stops) stop.request_stop();
  if (stop.stop_requested()) stop = std::stop_source();
  return stop;
}

void StudioLane::enqueue(StudioQuestion kind, std::stop_source stop, Item item) {
  {
    const std::scoped_lock lock(mutex_);
    if (thread_.get_stop_token().stop_requested()) return;
    const auto same = std::ranges::find(waiting_, kind, &Waiting::kind);
    if (same == waiting_.end())
      waiting_.push_back({kind, std::move(stop), std::move(item)});
    else
      *same = {kind, std::move(stop), std::move(item)};  // where the older one stood, so that no kind is kept waiting
  }
  changed_.notify_one();
}

void StudioLane::stop(StudioQuestion kind) {
  if (const auto asked = asked_.find(kind); asked != asked_.end()) asked->second.request_stop();
}

void StudioLane::cancel() {
  for (auto& [kind, stop] : asked_) stop.request_stop();
  thread_.request_stop();
  const std::scoped_lock lock(mutex_);
  waiting_.clear();
}

void StudioLane::release(std::shared_ptr<const void> held) {
  {
    const std::scoped_lock lock(mutex_);
    released_.push_back(std::move(held));
  }
  changed_.notify_one();
}

void StudioLane::run(const std::stop_token& end) {
  while (!end.stop_requested()) {
    std::vector<std::shared_ptr<const void>> released;
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, end, [this] { return !waiting_.empty() || !released_.empty(); })) return;
      released.swap(released_);
      if (!waiting_.empty()) {
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
    }
    released.clear();
    if (!next.item.run || next.stop.stop_requested()) continue;
    try {
      next.item.run(*engine_());
    } catch (const Stopped&) {  // as it was asked to
    } catch (const std::exception& failure) {
      next.item.failed(QString::fromStdString(failureSentence(failure)));
    }
  }
}

}  // namespace scanline
