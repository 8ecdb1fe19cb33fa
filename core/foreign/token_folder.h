#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// A data set that comes as tokens.
struct TokenDataset {
  Palette palette;
  int64_t side = 0;  ///< tokens across and down
  TokenSet train;
  TokenSet validation, test;  ///< count 0 if there are none
  std::vector<std::string> classNames, warnings;
};

/// Reads the layout that OpenAI released: {prefix}_{tr,va,te}{X,Y}.npy in a folder; X are tokens as readTokens() takes
/// them, Y classes as readLabels() does. `path` is the folder, or folder/prefix where it holds several prefixes, or a
/// single .npy or .npz of training tokens (classes of a .npz: its array y or labels). Only {prefix}_trX.npy must be
/// there. The palette is `palette`, or kmeans_centers.npy beside the tokens or in the folder above if `palette` is
/// empty. Throws Error that names the file: missing files, tokens that the palette does not have, parts that do not
/// fit together, no squares.
TokenDataset readTokenDataset(const std::filesystem::path& path, const std::filesystem::path& palette);

/// Whether the data set of a run has no pixels, and loadTokenDataset() reads it; else loadDataset() does.
bool comesAsTokens(const DataSpec& spec);

/// The same as readTokenDataset() for a run: from dataPath(spec), with data.limit, the validation share and
/// data.foldValidation as loadDataset() does them. Throws Error.
TokenDataset loadTokenDataset(const DataSpec& spec, const std::filesystem::path& palette, uint64_t seed);

/// Writes one part in that layout: tokens as int32 [images, n] and, if there are any, classes as one-hot float32
/// [images, classes]. Whole or not at all, a few images in memory at a time. Reports images. Throws Error, and
/// Stopped.
void writeTokenPart(const std::filesystem::path& tokensFile, const std::filesystem::path& labelsFile,
                    const TokenSet& tokens, int64_t classes, const Control& control);

}  // namespace scanline
