#include "core/kernels/kernel_table.h"

namespace scanline {

const KernelTable& kernelTable() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return avx512::kTable;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::kTable;
  return baseline::kTable;
}

}  // namespace scanline
