#pragma once

#include <cstdint>
#include <exception>

namespace scanline {

/// Bytes of memory that this process may use at most: the machine's, or the limit of its control group.
int64_t memoryLimit();
/// Bytes that the processes of its control group use, without those that the kernel can reclaim at once; 0 where
/// there is no group.
int64_t memoryUse();

/// Whether an exception says that memory ran out: std::bad_alloc, or LibTorch's for a CPU or a GPU. No Error does: its
/// sentence has been found already.
bool isOutOfMemory(const std::exception& failure);

}  // namespace scanline
