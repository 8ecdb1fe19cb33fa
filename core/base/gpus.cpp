#include "core/base/gpus.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

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
  struct Uuid {
    std::array<unsigned char, 16> bytes;
  };
  int (*idOf)(Uuid*, int) = nullptr;
  if (!find(library, "cuDeviceGetUuid_v2", idOf)) find(library, "cuDeviceGetUuid", idOf);  // drivers before 11.4
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
    gpus.push_back({number, name.data(), static_cast<int64_t>(bytes), ""});
    if (Uuid id{}; idOf != nullptr && idOf(&id, device) == 0)
      gpus.back().id = fmt::format("{:02x}", fmt::join(id.bytes, ""));
  }
  return gpus;
}

int gpuCount(const std::filesystem::path& devices) {
  const char* const other = std::getenv("SCANLINE_DEV");
  const std::filesystem::path folder = !devices.empty() ? devices : other != nullptr ? other : "/dev";
  constexpr std::string_view kName = "nvidia";  // nvidia0, nvidia1, ... beside nvidiactl, nvidia-uvm, ...
  int count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > kName.size() && name.starts_with(kName) &&
        name.find_first_not_of("0123456789", kName.size()) == std::string::npos)
      ++count;
  }
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return count;
  const std::string_view list = visible;
  if (list.empty() || list.starts_with('-')) return 0;
  return std::min(count, static_cast<int>(1 + std::ranges::count(list, ',')));
}

std::string titleOf(const Gpu& gpu) {
  return fmt::format("cuda:{} {}, {:.0f} GiB", gpu.number, gpu.name, static_cast<double>(gpu.bytes) / 0x1p30);
}

}  // namespace scanline
