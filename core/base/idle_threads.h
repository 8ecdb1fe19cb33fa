#pragma once

namespace scanline {

/// How long OpenMP's threads wait for each other by spinning before they sleep: some tenths of a millisecond to two,
/// the time between the parallel parts of a training step. Spinning less costs a sixth of the speed; spinning
/// on costs the core that another program wants, so core/learn/kernels/spin_control.h ends it while one does. Where the
/// kernel does not say whether threads wait for cores, a tenth of that.
///
/// libgomp reads the setting as it is loaded, so it is put into the environment before that. For programs that load
/// LibTorch later, as the first thing in main(). Does nothing and returns false if OMP_WAIT_POLICY or GOMP_SPINCOUNT is
/// set already.
bool setSpinCount();

/// The same for programs that are linked with LibTorch: libgomp was loaded before main(), so the program is started
/// anew, once. Goes on as it is where the program cannot be restarted.
void restartWithSpinCount(char** argv);

}  // namespace scanline
