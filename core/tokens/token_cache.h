#pragma once

#include "core/base/record_file.h"
#include "core/data/dataset.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// tokenize() for images that lie in a file: the tokens of all the file's images lie in a second one, in the user's
/// cache folder, made once for each palette and read where they lie. Immutable; any thread.
class TokenCache {
 public:
  /// Makes or opens it. `images`: any of the sets that lie in the file. Throws Error as openRecordFile() does.
  TokenCache(const ImageSet& images, const Palette& palette, int threads, const Control& control);

  /// The tokens of images of the same file; none of no images.
  TokenSet tokens(const ImageSet& images) const;

 private:
  RecordFile file_;
  size_t recordBytes_ = 0;
};

/// The tokens of a data set's three splits.
struct DatasetTokens {
  TokenSet train, validation, test;
};

/// tokenize(), or where the images lie in a file, through a TokenCache. Throws Error.
DatasetTokens tokenizeDataset(const Dataset& set, const Palette& palette, int threads, const Control& control);

}  // namespace scanline
