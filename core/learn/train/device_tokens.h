#pragma once

#include <torch/torch.h>

#include <span>

#include "core/tokens/tokens.h"

namespace scanline {

/// The tokens of a set on an accelerator, 16 bits each: the way there then takes the numbers of a batch's rows alone.
class DeviceTokens {
 public:
  DeviceTokens() = default;
  /// Empty where the device is a CPU, or where a tenth of its free memory does not suffice.
  DeviceTokens(const TokenSet& set, at::Device device);

  bool isEmpty() const { return !tokens_Nn_.defined(); }
  /// int64 [rows, n] on the device, for which the host does not wait.
  at::Tensor rows(std::span<const int64_t> rows) const;

 private:
  at::Tensor tokens_Nn_;  ///< int16
};

}  // namespace scanline
