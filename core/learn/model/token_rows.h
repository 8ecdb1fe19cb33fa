#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/random.h"
#include "core/tokens/tokens.h"

namespace scanline {

// Images of tokens as tensors on the CPU, and which of them are taken.

/// int64 [rows, n].
at::Tensor tokensOf(const TokenSet& set, std::span<const int64_t> rows);
/// int64 [last - first, n]: images first to last - 1, all of n tokens.
at::Tensor tokensOf(std::span<const std::vector<Token>> images, int64_t first, int64_t last);
/// int64 [rows]; the set has labels.
at::Tensor labelsOf(const TokenSet& set, std::span<const int64_t> rows);

/// first, first + 1, ... first + count - 1.
std::vector<int64_t> rowsFrom(int64_t first, int64_t count);
/// `count` different rows of 0 .. total - 1 (all, if there are no more), in an order drawn by seed.
std::vector<int64_t> drawRows(int64_t total, int64_t count, uint64_t seed, Purpose purpose);

}  // namespace scanline
