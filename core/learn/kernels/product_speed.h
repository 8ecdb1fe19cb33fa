#pragma once

#include <cstdint>
#include <filesystem>

namespace scanline {

/// The sizes that decide how fast a block's products are.
struct ProductShape {
  int64_t rows = 0;   ///< images of a pass times positions
  int64_t width = 0;  ///< D

  bool operator==(const ProductShape&) const = default;
};

/// GFLOP/s of the products around a block's largest matrix [D, 4D]: there, back, and its gradient as the training adds
/// it up.
struct ProductSpeed {
  double fp32 = 0, bf16 = 0;

  bool operator==(const ProductSpeed&) const = default;
};

/// Times them in turn on the calling thread's LibTorch threads, some tens of milliseconds; of several times the
/// shortest counts, which other programs disturb least. Large shapes are timed on fewer rows.
ProductSpeed measureProducts(const ProductShape& shape);

/// The same, measured once for each processor, instruction set, number of threads, version of LibTorch and shape: kept
/// in `file`, a JSON list. A file that is damaged or cannot be written only costs the measurement. Any thread.
ProductSpeed productSpeed(const ProductShape& shape, const std::filesystem::path& file);
/// In the user's cache folder.
ProductSpeed productSpeed(const ProductShape& shape);

}  // namespace scanline
