#include "core/learn/kernels/kernel_table.h"

#include "core/learn/kernels/cpu_features.h"

namespace scanline {

std::vector<const KernelTable*> usableKernelTables() {
  std::vector<const KernelTable*> tables;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  const bool hasBf16 = wide && __builtin_cpu_supports("avx512bf16");
  if (hasBf16 && instructionSet() == "amx_bf16") tables.push_back(&amx::kTable);
  if (hasBf16) tables.push_back(&avx512bf16::kTable);
  if (wide) tables.push_back(&avx512::kTable);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&avx2::kTable);
  tables.push_back(&baseline::kTable);
  return tables;
}

const KernelTable& kernelTable() {
  static const KernelTable& kWidest = *usableKernelTables().front();
  return kWidest;
}

}  // namespace scanline
