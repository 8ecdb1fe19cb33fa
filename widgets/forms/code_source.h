#pragma once

#include <QString>
#include <cstdint>
#include <string>

namespace scanline {

/// A run of a VQ-VAE, whose codes can be the tokens of another run (palette.vqvae).
struct CodeSource {
  QString name;
  std::string uuid;
  int64_t side = 0;   ///< codes a side; 0 = not known
  int64_t codes = 0;  ///< in its codebook
};

}  // namespace scanline
