#pragma once

#include <torch/torch.h>

#include "core/spec/run_spec.h"

namespace scanline {

/// Loads LibTorch's CUDA part if a driver and that part are there. Must come before any other call into LibTorch: it
/// asks once a process whether there is CUDA, and a "no" is final. Harmless to call again.
void loadCuda();

/// The calling thread computes with `threads` cores (0 = all) and flushes denormal numbers to zero. LibTorch keeps both
/// for each thread, so every call from outside begins with this.
void prepareThread(int64_t threads);
/// The number of threads that prepareThread(threads) means.
int threadCount(int64_t threads);

/// The device a spec asks for: the CPU, or the accelerator of this number (RunSpec::gpu), if LibTorch has one. Throws
/// Error for Cuda where there is none, and for a number that none has.
at::Device chooseDevice(Device device, int64_t gpu = 0);
/// Fp32 or Bf16, never Auto.
Precision choosePrecision(Precision precision, const at::Device& device);

}  // namespace scanline
