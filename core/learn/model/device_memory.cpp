#include "core/learn/model/device_memory.h"

#include <ATen/DeviceAccelerator.h>

#include "core/learn/kernels/block_cache.h"

namespace scanline {

at::Tensor hostBuffer(at::IntArrayRef sizes, at::ScalarType type, at::Device device) {
  return at::empty(sizes, at::TensorOptions(type).pinned_memory(!device.is_cpu()));
}

at::Tensor uploaded(const at::Tensor& host, at::Device device) {
  if (!host.is_cpu() || device.is_cpu()) return host.to(device);
  // From pageable memory, or in pieces, the driver copies only once the device has come to rest.
  return host.contiguous().pin_memory().to(device, /*non_blocking=*/true);
}

int64_t freeMemory(at::Device device) {
  releaseMemory(device);
  return static_cast<int64_t>(at::getDeviceAllocator(device.type())->getMemoryInfo(device.index()).first);
}

void releaseMemory(at::Device device) {
  if (device.is_cpu())
    releaseCachedBlocks();
  else
    at::getDeviceAllocator(device.type())->emptyCache();
}

}  // namespace scanline
