#pragma once

#include <string>

namespace scanline {

/// The widest instruction set that matters here, of those that this processor has and the system grants: "amx_bf16",
/// "avx512_bf16", "avx512", "avx2" or "baseline". Recorded with each run, since results are bit-equal only on the same
/// one.
std::string instructionSet();
/// There are instructions for bf16 matrix products: AVX512-BF16 or AMX. Whether they are faster than fp32 is another
/// question (core/learn/kernels/product_speed.h).
bool hasBf16Products();

}  // namespace scanline
