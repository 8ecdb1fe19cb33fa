#pragma once

#include <torch/torch.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "core/formats/npy.h"
#include "core/learn/model/foreign_weights.h"
#include "core/learn/model/gpt.h"
#include "core/tokens/palette.h"

namespace scanline {

/// A network with the weights of a folder of tests/golden.
inline Gpt goldenModel(const std::filesystem::path& folder) {
  return Gpt(weightsOf(readForeignModel(std::filesystem::path(SCANLINE_GOLDEN) / folder)));
}

/// int64 [count, n].
inline at::Tensor goldenTokens(const std::filesystem::path& file) {
  const auto array = readNpy(std::filesystem::path(SCANLINE_GOLDEN) / file);
  return at::tensor(array.values<int64_t>(), at::kLong).view(array.shape);
}

/// The rows of such a tensor.
inline std::vector<std::vector<Token>> images(const at::Tensor& tokens_Bn) {
  std::vector<std::vector<Token>> out;
  for (int64_t i = 0; i < tokens_Bn.size(0); ++i) {
    const auto row = tokens_Bn[i].contiguous();
    const auto* ids = row.const_data_ptr<int64_t>();
    auto& image = out.emplace_back();
    for (int64_t k = 0; k < row.numel(); ++k) image.push_back(static_cast<Token>(ids[k]));
  }
  return out;
}

}  // namespace scanline
