#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/run/open_model.h"
#include "core/store/run_types.h"

namespace scanline {

/// A drawing that somebody keeps with a run, with all that it takes to draw it again: the same model, request and
/// candidate give the same tokens on the same machine.
struct PinnedDrawing {
  PinId id;                      ///< none: RunStore::pin() gives it one
  RunId run;                     ///< whose checkpoint drew it
  int64_t step = 0;              ///< of the checkpoint
  std::string checkpoint;        ///< its file, as CheckpointRow names it
  std::string identity;          ///< contentIdentity() of that file when it drew; empty: not known
  int64_t across = 0, down = 0;  ///< tokens of the picture; across * down = n
  DrawRequest request;
  int64_t candidate = 0;     ///< 0 .. request.candidates - 1
  std::vector<Token> drawn;  ///< [n], given tokens included
  double nats = 0;           ///< mean over the drawn pixels, at temperature 1
  /// The version of the program and ModelFacts::arithmetic, when it was drawn; empty: not known. Names are not empty;
  /// neither names nor values have a line break, and names no '='.
  std::vector<std::pair<std::string, std::string>> madeWith;
  /// The picture of `drawn` where tokens are codes, RGB as in Image, so that it is shown without its model; else empty.
  int64_t pixelsAcross = 0, pixelsDown = 0;
  std::vector<uint8_t> pixels;
  std::string note;
  int64_t createdMs = 0;  ///< Unix ms; 0 = now, when it is pinned
};

/// As many tokens, and pixels a side, as no model that draws has.
inline constexpr int64_t kMostPinnedPositions = 1 << 16, kMostPinnedSide = 1 << 11;

/// The sentence of why it cannot be kept, or was not stored by pin(): a size that does not fit, or is out of range.
/// Empty if it is sound.
std::string problemOf(const PinnedDrawing& drawing);

}  // namespace scanline
