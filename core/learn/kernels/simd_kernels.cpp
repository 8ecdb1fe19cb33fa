// Compiled once for each instruction set; CMake gives the flags and the name SCANLINE_ISA.

#include "core/learn/kernels/simd_attention.h"
#include "core/learn/kernels/simd_rows.h"

namespace scanline::SCANLINE_ISA {

#define SCANLINE_TEXT_OF(name) #name
#define SCANLINE_TEXT(name) SCANLINE_TEXT_OF(name)

template <class T>
static constexpr Kernels<T> kKernels{addRmsNorm<T>,   rmsNormBackward<T>, quickGelu<T>,        quickGeluBackward<T>,
                                     crossEntropy<T>, attention<T>,       attentionBackward<T>};

extern const KernelTable kTable;
const KernelTable kTable{SCANLINE_TEXT(SCANLINE_ISA), kKernels<float>, kKernels<Bf16>, attentionScratch};

}  // namespace scanline::SCANLINE_ISA
