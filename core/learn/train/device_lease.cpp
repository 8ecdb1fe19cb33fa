#include "core/learn/train/device_lease.h"

#include <ATen/DeviceAccelerator.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "core/learn/model/device_memory.h"
#include "core/learn/train/torch_setup.h"

namespace scanline {

namespace {

/// One file for each GPU of this machine and each user, whose lock ends with its process. An accelerator that is no GPU
/// is one of its process alone.
std::filesystem::path lockOf(at::Device device) {
  const std::string owner = device.is_cuda() ? fmt::format("{}", getuid()) : fmt::format("{}-{}", getuid(), getpid());
  return std::filesystem::temp_directory_path() / fmt::format("scanline-{}-{}-{}.lock",
                                                              c10::DeviceTypeName(device.type(), true),
                                                              static_cast<int>(device.index()), owner);
}

}  // namespace

DeviceLease::DeviceLease(Device device, int64_t gpu) : device_(chooseDevice(device, gpu)) {
  if (device_.is_cpu()) return;
  const int count = gpu < 0 ? at::accelerator::deviceCount() : 1;
  for (int number = 0; number < count; ++number) {
    const at::Device candidate(device_.type(), gpu < 0 ? static_cast<c10::DeviceIndex>(number) : device_.index());
    lock_ = std::make_unique<FileLock>(lockOf(candidate));
    if (lock_->isTaken() && gpu < 0) continue;
    device_ = candidate;
    return;
  }
  int64_t most = -1;
  for (int number = 0; number < count; ++number) {
    const at::Device candidate(device_.type(), static_cast<c10::DeviceIndex>(number));
    if (const int64_t memory = freeMemory(candidate); memory > most) {
      most = memory;
      device_ = candidate;
    }
  }
}

}  // namespace scanline
