#pragma once

namespace scanline {

/// For programs that are linked with LibTorch, as the first thing in main(). OpenMP's threads wait for each other by
/// spinning for some milliseconds before they sleep. When another program wants a core, the spinning ones keep it from
/// the thread that they wait for: a small model's step then took 0.6 s instead of 0.05 s. Spinning for microseconds
/// costs nothing measurable. libgomp reads the setting as it is loaded, before main(), so it is put into the
/// environment and the program is started anew, once. Does nothing if OMP_WAIT_POLICY or GOMP_SPINCOUNT is set already.
/// Goes on as it is where the program cannot be restarted.
void restartWithSleepingThreads(char** argv);

}  // namespace scanline
