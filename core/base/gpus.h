#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scanline {

/// An NVIDIA GPU that this process may use.
struct Gpu {
  int number = 0;  ///< RunSpec::gpu
  std::string name;
  int64_t bytes = 0;  ///< its memory
  std::string id;     ///< the same in every process of the machine, whatever its number there; empty: not known
};

/// All of them, numbered as CUDA does; none without a driver. Asks the driver's library itself, which takes tens of
/// milliseconds to seconds the first time, so that neither LibTorch nor a toolkit is needed. `driver`: the library. Any
/// thread.
std::vector<Gpu> findGpus(const char* driver = "libcuda.so.1");

/// How many NVIDIA GPUs this process may use, by the names of their device files alone: it may be asked often, and
/// before a fork, after which a driver that was asked would not work. CUDA_VISIBLE_DEVICES counts. `devices`: in place
/// of /dev, or of the folder that the variable SCANLINE_DEV names, for tests. Any thread.
int gpuCount(const std::filesystem::path& devices = {});

/// "cuda:0 NVIDIA H200, 139 GiB".
std::string titleOf(const Gpu& gpu);

}  // namespace scanline
