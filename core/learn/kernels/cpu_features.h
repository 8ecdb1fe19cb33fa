#pragma once

#include <string>

namespace scanline {

/// The widest instruction set of this processor that matters here: "amx_bf16", "avx512_bf16", "avx512", "avx2" or
/// "baseline". Recorded with each run, since results are bit-equal only on the same one.
std::string instructionSet();
/// bf16 matrix products are faster than fp32 ones: AVX512-BF16 or AMX.
bool hasFastBf16();

}  // namespace scanline
