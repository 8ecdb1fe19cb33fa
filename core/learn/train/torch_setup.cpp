#include "core/learn/train/torch_setup.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

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

at::Device chooseDevice(Device device, int64_t gpu) {
  if (device == Device::Cpu) return at::kCPU;
  const auto type = at::getAccelerator();
  const int64_t count = type ? at::accelerator::deviceCount() : 0;
  if (count == 0 && device == Device::Cuda)
    throw Error(
        "device is \"cuda\", but LibTorch finds no NVIDIA GPU here. Choose \"auto\" or \"cpu\", or install the driver.");
  if (count == 0) return at::kCPU;
  if (gpu >= count)
    throw Error(fmt::format(
        "gpu is {}, and this machine has {}, counted from 0. Choose a lower number, or device \"cpu\".", gpu, count));
  return {*type, static_cast<c10::DeviceIndex>(gpu)};
}

Precision choosePrecision(Precision precision, const at::Device& device) {
  if (precision != Precision::Auto) return precision;
  return !device.is_cpu() || hasFastBf16() ? Precision::Bf16 : Precision::Fp32;
}

}  // namespace scanline
