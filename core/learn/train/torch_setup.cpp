#include "core/learn/train/torch_setup.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <filesystem>
#include <thread>

#include "core/base/error.h"
#include "core/learn/kernels/cpu_features.h"

namespace scanline {

void loadCuda() {
  Dl_info cpu{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &cpu) == 0) return;
  const auto library = std::filesystem::path(cpu.dli_fname).parent_path() / "libtorch_cuda.so";
  // Without a driver the library would load all the same, with more than a gigabyte of others.
  if (!std::filesystem::exists(library) || !dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) return;
  dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);  // registers itself; if it cannot, there is no CUDA
}

int threadCount(int64_t threads) {
  return threads > 0 ? static_cast<int>(threads) : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void prepareThread(int64_t threads) {
  // Asking first also makes LibTorch set this thread up, which would otherwise undo the number later. Setting an equal
  // number again is not harmless: it empties oneDNN's cache of compiled products.
  if (at::get_num_threads() != threadCount(threads)) at::set_num_threads(threadCount(threads));
  at::globalContext().setFlushDenormal(true);
}

at::Device chooseDevice(Device device) {
  if (device == Device::Cpu) return at::kCPU;
  if (torch::cuda::is_available()) return at::Device(at::kCUDA, 0);
  if (device == Device::Cuda)
    throw Error(
        "device is \"cuda\", but LibTorch finds no NVIDIA GPU here. Choose \"auto\" or \"cpu\", or install the driver.");
  return at::kCPU;
}

Precision choosePrecision(Precision precision, const at::Device& device) {
  if (precision != Precision::Auto) return precision;
  return device.is_cuda() || hasFastBf16() ? Precision::Bf16 : Precision::Fp32;
}

}  // namespace scanline
