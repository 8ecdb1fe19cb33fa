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

DeviceLease::DeviceLease(Device device, int64_t gpu, const std::function<void()>& wait)
    : device_(chooseDevice(device, gpu)) {
  if (device_.is_cpu()) return;
  std::vector<at::Device> candidates{device_};
  if (gpu < 0)
    for (int number = 1; number < at::accelerator::deviceCount(); ++number)
      candidates.emplace_back(device_.type(), static_cast<c10::DeviceIndex>(number));
  for (;; wait()) {
    for (const at::Device candidate : candidates) {
      lock_ = std::make_unique<FileLock>(lockOf(candidate));
      device_ = candidate;
      if (!lock_->isTaken()) return;
    }
    lock_.reset();
    if (!wait) break;
  }
  int64_t most = -1;
  for (const at::Device candidate : candidates)
    if (const int64_t memory = freeMemory(candidate); memory > most) {
      most = memory;
      device_ = candidate;
    }
}

}  // namespace scanline
