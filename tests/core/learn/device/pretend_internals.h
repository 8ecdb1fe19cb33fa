#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace scanline::pretend {

// For the files that implement the pretend device; tests do not use it.

/// The same memory as a CPU tensor. Within an Operation alone.
at::Tensor opened(const at::Tensor& tensor);
at::Tensor opened(const std::optional<at::Tensor>& tensor);
/// Where the memory at an address that tensors carry can be touched; null: it is none of the device's.
char* openedAddress(const void* address);
/// The native handle of every stream of the device.
void* streamHandle();
/// A result on `device`; an undefined one stays undefined.
at::Tensor moved(const at::Tensor& cpu, at::Device device);

/// Copies that an operation of the device makes are no copies of the program.
struct Operation {
  Operation();
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
};

/// What the memory of all tensors on the device holds.
struct MemoryContent {
  std::vector<std::pair<char*, std::vector<char>>> blocks;
};
MemoryContent memoryContent();
void restore(const MemoryContent& content);

/// While it is set, this thread records a graph: whatever makes the host wait, or crosses between it and the device, is
/// refused.
void setCapturing(bool isCapturing);
/// Whether the current stream of this thread is the one that the device has by itself.
bool isOnDefaultStream();

/// See unrepeatable().
void noteUnrepeatable(std::string name);

}  // namespace scanline::pretend
