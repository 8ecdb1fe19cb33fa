#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <utility>

#include "core/base/error.h"
#include "core/base/memory.h"

namespace scanline {

// Memory of the device that a model runs on, and the way there.

/// Memory of the host for values that go to `device`, which reads it by itself (pinned).
at::Tensor hostBuffer(at::IntArrayRef sizes, at::ScalarType type, at::Device device);
/// `host` on `device`, without waiting for the device; `host` itself where it lies there already.
at::Tensor uploaded(const at::Tensor& host, at::Device device);

/// Bytes that tensors on an accelerator may still take. No CPU: its memory is shared with everything else.
int64_t freeMemory(at::Device device);
/// Returns the memory of freed tensors, which LibTorch keeps, to the system.
void releaseMemory(at::Device device);

/// work() may take `images` at a time. As often as memory runs out it is called again, from its beginning, with half
/// as many; its changes until then must not matter. Throws Error where one image is too many.
template <class Work>
auto whileMemoryLasts(int64_t& images, at::Device device, const Work& work) {
  for (;; images = (images + 1) / 2, releaseMemory(device)) {
    try {
      return work();
    } catch (const std::exception& failure) {
      if (!isOutOfMemory(failure)) throw;
      if (images <= 1)
        throw Error(
            "There is not enough memory for one image at a time. Choose a smaller model.width, model.layers or data.side, or free memory that other programs hold.");
    }
  }
}

}  // namespace scanline
