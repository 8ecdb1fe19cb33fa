#pragma once

#include <cstdint>
#include <functional>

namespace scanline {

/// Calls work(chunk) once for every chunk of 0 .. chunks - 1, on up to `threads` threads of which the caller is one,
/// and returns when all have ended. Chunks are begun in order. If some throw, no new ones begin and the first exception
/// is thrown again here. A result that depends only on the chunk does not depend on `threads`.
void inParallel(int64_t chunks, int threads, const std::function<void(int64_t chunk)>& work);

/// The machine's hardware threads, or this process's share of them (shareMachine); at least 1. Any thread.
int hardwareThreads();

/// So many processes of this machine work together, and each takes an equal share of its threads from now on. Any
/// thread.
void shareMachine(int processes);

}  // namespace scanline
