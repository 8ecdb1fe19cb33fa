#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "core/base/error.h"
#include "core/run/engine.h"

namespace scanline {

/// The engine, loaded at its first use. Any thread.
class LazyEngine {
 public:
  explicit LazyEngine(std::function<std::shared_ptr<Engine>()> load) : load_(std::move(load)) {}
  Engine& get() {
    const std::scoped_lock lock(mutex_);
    if (!engine_) engine_ = load_();
    if (!engine_) throw Error("LibTorch could not be started.");
    return *engine_;
  }

 private:
  std::mutex mutex_;
  std::function<std::shared_ptr<Engine>()> load_;
  std::shared_ptr<Engine> engine_;  // the caller may keep it longer than the pool
};

}  // namespace scanline
