#include "core/learn/train/torch_setup.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/kernels/spin_control.h"

namespace scanline {

void loadCuda() {
  Dl_info cpu{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &cpu) == 0) return;
  const auto library = std::filesystem::path(cpu.dli_fname).parent_path() / "libtorch_cuda.so";
  // Without a driver the library would load all the same, with more than a gigabyte of others.
  if (!std::filesystem::exists(library) || !dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) return;
  // Otherwise products are refused on all threads while one asks for reproducible sums.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);  // registers itself; if it cannot, there is no CUDA
}

int threadCount(int64_t threads) {
  return threads > 0 ? static_cast<int>(threads) : hardwareThreads();
}

void prepareThread(int64_t threads) {
  // Asking first also makes LibTorch set this thread up, which would otherwise undo the number later. Setting an equal
  // number again is not harmless: it empties oneDNN's cache of compiled products.
  if (at::get_num_threads() != threadCount(threads)) at::set_num_threads(threadCount(threads));
  at::globalContext().setFlushDenormal(true);
  watchCores(threadCount(threads));
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
  return {*type, static_cast<c10::DeviceIndex>(std::max<int64_t>(gpu, 0))};
}

int64_t gpuOf(const RunSpec& spec, const ProcessGroup* group) {
  if (group == nullptr || group->size() == 1 || spec.device == Device::Cpu || !at::getAccelerator()) return spec.gpu;
  return group->localRank() % std::max<int64_t>(1, at::accelerator::deviceCount());
}

std::vector<std::pair<std::string, std::string>> PrecisionChoice::facts() const {
  std::vector<std::pair<std::string, std::string>> list{{"Precision", isBf16() ? "bf16" : "fp32"}};
  if (!speed) return list;
  list.emplace_back("Products in fp32", fmt::format("{:.0f} GFLOP/s", speed->fp32));
  list.emplace_back("Products in bf16", fmt::format("{:.0f} GFLOP/s", speed->bf16));
  return list;
}

PrecisionChoice choosePrecision(Precision precision, const at::Device& device, const ProductShape& shape) {
  if (precision != Precision::Auto) return {precision, std::nullopt};
  if (!device.is_cpu() || !hasBf16Products()) return {unmeasuredPrecision(device), std::nullopt};
  const auto speed = productSpeed(shape);
  return {speed.bf16 > speed.fp32 ? Precision::Bf16 : Precision::Fp32, speed};
}

Precision unmeasuredPrecision(const at::Device& device) {
  return !device.is_cpu() || hasBf16Products() ? Precision::Bf16 : Precision::Fp32;
}

}  // namespace scanline
