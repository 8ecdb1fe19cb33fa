#pragma once

#include <torch/torch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/learn/kernels/product_speed.h"
#include "core/run/process_group.h"
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
at::Device chooseDevice(Device device, int64_t gpu = -1);
/// The GPU that a process takes: spec.gpu, or where several processes train together, one each.
int64_t gpuOf(const RunSpec& spec, const ProcessGroup* group);

/// In which type products are computed, and why.
struct PrecisionChoice {
  Precision precision = Precision::Fp32;  ///< never Auto
  std::optional<ProductSpeed> speed;      ///< the speeds that it was chosen by, if measured

  bool isBf16() const { return precision == Precision::Bf16; }
  /// For Trainer::environment().
  std::vector<std::pair<std::string, std::string>> facts() const;
};
/// Auto: bf16 on a GPU; on a CPU the faster one for products of this shape (see productSpeed), whose measurement takes
/// some tens of milliseconds the first time. Call it after prepareThread.
PrecisionChoice choosePrecision(Precision precision, const at::Device& device, const ProductShape& shape);
/// Auto of versions that did not measure.
Precision unmeasuredPrecision(const at::Device& device);

}  // namespace scanline
