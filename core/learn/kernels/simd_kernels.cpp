// Compiled once for each instruction set; CMake gives the flags and the name SCANLINE_ISA.

#include "core/learn/kernels/simd_attention.h"
#include "core/learn/kernels/simd_decode.h"
#include "core/learn/kernels/simd_rows.h"
#include "core/learn/kernels/simd_tiles.h"

namespace scanline::SCANLINE_ISA {

#define SCANLINE_TEXT_OF(name) #name
#define SCANLINE_TEXT(name) SCANLINE_TEXT_OF(name)

template <class T>
static constexpr Kernels<T> kKernels{addRmsNorm<T>,   rmsNormBackward<T>, quickGelu<T>,        quickGeluBackward<T>,
                                     crossEntropy<T>, attention<T>,       attentionBackward<T>};

template <class W>
static constexpr ProductKernels<W> kProducts{panelProduct<Result::Store, W>, panelProduct<Result::Add, W>,
                                             panelProduct<Result::QuickGelu, W>};
template <class C>
static constexpr CacheKernels<C> kCache{putInCache<C>, attendRows<C>, attendRun<C>};

#ifdef __AMX_BF16__
static constexpr TileKernels kTiles{
    panelTiles<float>,          panelTiles<Bf16>,         leftTiles,
    tileProduct<Result::Store>, tileProduct<Result::Add>, tileProduct<Result::QuickGelu>};
static constexpr const TileKernels* kTilesOrNone = &kTiles;
#else
static constexpr const TileKernels* kTilesOrNone = nullptr;
#endif

static constexpr DecodeKernels kDecode{kLanes,        kProducts<float>, kProducts<Bf16>, kCache<float>, kCache<Bf16>,
                                       decodeScratch, runScratch,       kTilesOrNone,    sharesOf};

extern const KernelTable kTable;
const KernelTable kTable{SCANLINE_TEXT(SCANLINE_ISA), kKernels<float>, kKernels<Bf16>, &kDecode, attentionScratch};

}  // namespace scanline::SCANLINE_ISA
