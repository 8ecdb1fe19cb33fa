#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/learn/kernels/kernel_table.h"
#include "core/learn/model/decoder.h"

namespace scanline {

/// Draws tokens from logits of V colours, one row at a time; its memory is kept from one to the next. A value; one
/// thread at a time.
class TokenDrawer {
 public:
  explicit TokenDrawer(const KernelTable& kernels) : kernels_(&kernels) {}

  /// See drawToken().
  DrawnToken draw(std::span<const float> logits, const TokenDrawSettings& settings, double uniform);

 private:
  void keepMostProbable(std::span<const float> logits, int64_t count);
  void keepShare(double share);

  const KernelTable* kernels_;
  std::vector<double> shares_, plain_;
  std::vector<float> sorted_;
  std::vector<int32_t> order_;
};

}  // namespace scanline
