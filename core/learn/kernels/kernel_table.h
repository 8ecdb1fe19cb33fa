#pragma once

#include <vector>

#include "core/learn/kernels/kernels.h"

namespace scanline {

/// The same source compiled for five instruction sets.
namespace baseline {
extern const KernelTable kTable;
}
namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512 {
extern const KernelTable kTable;
}
namespace avx512bf16 {
extern const KernelTable kTable;
}
namespace amx {
extern const KernelTable kTable;
}

/// The widest table that this processor runs.
const KernelTable& kernelTable();
/// Every table that this processor runs, widest first; for tests.
std::vector<const KernelTable*> usableKernelTables();

}  // namespace scanline
