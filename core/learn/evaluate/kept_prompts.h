#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/base/memory.h"
#include "core/learn/model/decoder.h"

namespace scanline {

/// The prompts that drawings of one model began with last, so that the next drawing of the same picture need not see
/// them again. Any thread.
class KeptPrompts {
 public:
  /// Null if it is not kept.
  std::shared_ptr<const SeenPrompt> find(std::span<const Token> given, bool bf16Cache) const {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find_if(
        kept_, [&](const Kept& each) { return each.bf16Cache == bf16Cache && std::ranges::equal(each.given, given); });
    return found == kept_.end() ? nullptr : found->prompt;
  }
  /// `bytes`: that it takes. One that would take a large part of the memory is not kept.
  void keep(std::span<const Token> given, bool bf16Cache, std::shared_ptr<const SeenPrompt> prompt, int64_t bytes) {
    constexpr int64_t kLargePrompt = 32;
    constexpr size_t kMost = 2;
    if (bytes > memoryLimit() / kLargePrompt) return;
    const std::scoped_lock lock(mutex_);
    kept_.insert(kept_.begin(), {{given.begin(), given.end()}, bf16Cache, std::move(prompt)});
    if (kept_.size() > kMost) kept_.pop_back();
  }

 private:
  struct Kept {
    std::vector<Token> given;
    bool bf16Cache;
    std::shared_ptr<const SeenPrompt> prompt;
  };
  mutable std::mutex mutex_;
  std::vector<Kept> kept_;  ///< the newest first
};

}  // namespace scanline
