#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

#include "core/base/file_lock.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// The device of a run. As long as it lives, runs of this user that take a free GPU take another while there is one, in
/// this process and in others.
class DeviceLease {
 public:
  /// gpu: as in RunSpec. -1 takes the first that no lease of this user holds. `wait`: called again and again while
  /// there is none, see RunData::waitForGpu; without it the lease shares the GPU, or that with the most free memory.
  /// Throws Error as chooseDevice() does, and what `wait` throws.
  DeviceLease(Device device, int64_t gpu, const std::function<void()>& wait = {});

  at::Device device() const { return device_; }

 private:
  at::Device device_;
  std::unique_ptr<FileLock> lock_;  ///< null: the CPU
};

}  // namespace scanline
