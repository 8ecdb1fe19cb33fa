#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scanline {

/// An NVIDIA GPU that this process may use.
struct Gpu {
  int number = 0;  ///< RunSpec::gpu
  std::string name;
  int64_t bytes = 0;  ///< its memory
};

/// All of them, numbered as CUDA does; none without a driver. Asks the driver's library itself, which takes tens of
/// milliseconds to seconds the first time, so that neither LibTorch nor a toolkit is needed. `driver`: the library. Any
/// thread.
std::vector<Gpu> findGpus(const char* driver = "libcuda.so.1");

/// "cuda:0 NVIDIA H200, 139 GiB".
std::string titleOf(const Gpu& gpu);

}  // namespace scanline
