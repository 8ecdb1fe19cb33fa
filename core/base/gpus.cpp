#include "core/base/gpus.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

namespace scanline {

namespace {

/// CUDA's driver API: functions return 0, or the number of a fault; a device is an int.
template <class Function>
bool find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

std::vector<Gpu> findGpus(const char* driver) {
  void* const library = dlopen(driver, RTLD_NOW | RTLD_LOCAL);  // never closed: it may have begun threads
  if (!library) return {};
  int (*init)(unsigned) = nullptr, (*countOf)(int*) = nullptr, (*get)(int*, int) = nullptr;
  int (*nameOf)(char*, int, int) = nullptr, (*memoryOf)(size_t*, int) = nullptr;
  if (!find(library, "cuInit", init) || !find(library, "cuDeviceGetCount", countOf) ||
      !find(library, "cuDeviceGet", get) || !find(library, "cuDeviceGetName", nameOf) ||
      !find(library, "cuDeviceTotalMem_v2", memoryOf))
    return {};
  int count = 0;
  if (init(0) != 0 || countOf(&count) != 0) return {};
  std::vector<Gpu> gpus;
  for (int number = 0; number < count; ++number) {
    int device = 0;
    std::array<char, 256> name{};
    size_t bytes = 0;
    if (get(&device, number) != 0 || nameOf(name.data(), static_cast<int>(name.size() - 1), device) != 0 ||
        memoryOf(&bytes, device) != 0)
      continue;
    gpus.push_back({number, name.data(), static_cast<int64_t>(bytes)});
  }
  return gpus;
}

std::string titleOf(const Gpu& gpu) {
  return fmt::format("cuda:{} {}, {:.0f} GiB", gpu.number, gpu.name, static_cast<double>(gpu.bytes) / 0x1p30);
}

}  // namespace scanline
