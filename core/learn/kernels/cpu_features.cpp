#include "core/learn/kernels/cpu_features.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace scanline {

namespace {

/// Leaf 7, sub-leaf 0, register EDX, bit 22 (Intel SDM, CPUID).
bool processorHasAmxBf16() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1U << 22)) != 0;
}

/// The tiles are 8 KiB of state that a process has to ask Linux for (Documentation/arch/x86/xstate.rst). A system may
/// refuse: an old kernel, a virtual machine that does not pass them on.
bool systemGrantsTiles() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

std::string instructionSet() {
  static const bool kHasAmx = processorHasAmxBf16() && systemGrantsTiles();
  if (kHasAmx) return "amx_bf16";
  if (__builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  return "baseline";
}

bool hasBf16Products() {
  const auto isa = instructionSet();
  return isa == "amx_bf16" || isa == "avx512_bf16";
}

}  // namespace scanline
