#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

namespace scanline {

/// The use of masks. Each use has random numbers of its own; Classify + k is the k-th of the masks that an
/// image is classified under.
enum class MaskUse : uint64_t { Train = 0, Evaluate = 1, Classify = 16 };

/// MaskUse::Classify of mask k, 0-based.
MaskUse classifyMask(int64_t k);

/// BERT's masks (paper section 2.1; released code, src/model.py): bool [images, n], true = visible. Each position is
/// masked with probability `rate`, independently; an image whose draw masks none has one position masked, any with
/// equal chance, since nothing could be learnt or measured otherwise (the released code divides by zero there). The
/// i-th mask is a pure function of (seed, use, step, places[i]): places in the batch, or rows of a set.
at::Tensor drawKeep(std::span<const int64_t> places, int64_t positions, double rate, uint64_t seed, MaskUse use,
                    int64_t step);

/// int64 [M], ascending: the places of [images, n] that such a mask hides. Of a mask on an accelerator the host would
/// have to wait for them.
at::Tensor maskedPlaces(const at::Tensor& keep_Bn);

/// [images]: the sum of the values of each image; values_M stand at rows_M of [images, n]. The same bits each time on
/// every device.
at::Tensor sumsOfImages(const at::Tensor& values_M, const at::Tensor& rows_M, int64_t images, int64_t positions);

/// The class that most of an image's votes are for, ties at random by (seed, place) (paper section 4.6). votes_MB:
/// int64 [masks, images].
std::vector<int64_t> modalClasses(const at::Tensor& votes_MB, std::span<const int64_t> places, uint64_t seed);

}  // namespace scanline
