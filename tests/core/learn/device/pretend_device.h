#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace scanline::pretend {

// An accelerator that is none: LibTorch's PrivateUse1 backend, which computes on the CPU, one operation at a time. A
// program that links it has two such devices, and at::getAccelerator() names them. It shows faults that a GPU would
// have:
//
// - The host cannot read device memory. Tensors carry addresses of a mapping without access; operations use a second
//   mapping of the same pages. A read or write from outside ends the program with kHostAccess and says where it was.
// - Tensors of different devices do not meet in an operation, but for CPU tensors without dimensions, as on CUDA.
//   Otherwise c10::Error.
// - Calls that make the host wait for a GPU are counted, by name.
// - Above a limit an allocation throws c10::OutOfMemoryError.
// - Operations that LibTorch has for CUDA alone make the same demands and give the same results (pretend_kernels.cpp).
// - Operations whose sums CUDA makes in no fixed order are counted, by name.
//
// It says nothing about kernels for GPUs, speed, or races between streams. All functions: any thread.

inline const at::Device kDevice(at::kPrivateUse1, 0), kSecondDevice(at::kPrivateUse1, 1);

constexpr int kHostAccess = 86;  ///< exit status of a program that touched device memory

/// Calls that made the host wait since the last call of clearWaits(), in order: "item", "copy to the host", "copy from
/// pageable memory", or the name of an operation whose result has a shape that only the device knows.
std::vector<std::string> waits();
void clearWaits();

/// Calls since the last clearUnrepeatable() whose last digits would differ from call to call on CUDA.
std::vector<std::string> unrepeatable();
void clearUnrepeatable();

/// Bytes that both devices may hold together; 0: kMost. Free memory is the rest of them.
void setMemoryLimit(int64_t bytes);
int64_t memoryUsed();
/// The most that was in use since the last call of clearPeak().
int64_t memoryPeak();
void clearPeak();
constexpr int64_t kMost = int64_t{4} << 30;

}  // namespace scanline::pretend
