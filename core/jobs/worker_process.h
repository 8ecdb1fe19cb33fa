#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>

namespace scanline {

/// Starts `scanline-cli work --own --detach` on a workspace: a process in a session of its own that takes the runs of
/// the queue which want a process of their own, one after the other, until none waits. Neither the end of this process
/// nor that of its terminal ends it. Returns when the worker is there, about a second later; where one is there already
/// that has nothing to do, that one takes the runs. Throws Error if it does not start, or is not there after `limit`.
/// Also returns when `end` is requested.
void startWorker(const std::filesystem::path& program, const std::filesystem::path& workspace,
                 const std::stop_token& end = {}, std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace scanline
