#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/learn/model/gpt.h"
#include "core/run/events.h"
#include "core/run/slice_tree.h"

namespace scanline {

/// Pictures to draw.
struct SampleRequest {
  std::vector<std::vector<Token>> originals;  ///< one a prompt, n tokens each; empty = whole images, drawn from nothing
  int64_t given = 0;  ///< tokens of each original that the model is given, 0 .. n - 1; 0 when there are no originals
  int64_t perPrompt = 1;   ///< pictures a prompt, or whole images
  double temperature = 1;  ///< > 0
  int64_t topK = 0;        ///< draw from the K most probable colours, ties to the lower index; 0 = all, 1 = greedy
  /// Of all pictures those alone, and originalNats of their prompts alone, in order; none: all. The pictures are the
  /// same.
  std::optional<Range> part;
  bool scoreOriginals = true;     ///< else originalNats stay empty, and the originals cost less
  std::optional<bool> bf16Cache;  ///< on a CPU, see DecoderOptions; none: as prefersBf16Cache() says
  bool usesGraph = true;          ///< on an accelerator the positions are drawn by a CUDA graph, where there is one
  /// Gets a sentence where they are not, once a chunk; may be null.
  std::function<void(const std::string&)> say = {};
  uint64_t seed = 0;
  int64_t step = 0, width = 0, height = 0;  ///< handed through to the SampleSet
};

/// The set of a request before any picture is drawn or scored.
SampleSet undrawn(const SampleRequest& request);

/// Draws all pictures at once, token by token, with a cache of keys and values (in chunks where that would take more
/// than 256 MB, or a third of an accelerator's free memory, or where memory runs out). The host waits for the device
/// once a chunk, at its end; every position is the same work to it, whose place the device alone knows, so that it can
/// be repeated as a whole (core/learn/model/device_graph.h), with the same results. Position p of picture k uses one
/// random number, a pure function of (seed, p, k): the pictures do not depend on the batch, and those of different
/// training steps can be compared. originalNats are over all pixels, sampleNats over the drawn ones, both at
/// temperature 1, not at the drawing's temperature. Checks `control` before every token. Throws Error for a request
/// that does not fit the model (length, ids, given, temperature, topK), for a BERT model, for a model whose output is
/// not finite, and where memory does not suffice for one picture.
SampleSet drawSamples(const Gpt& model, const SampleRequest& request, const Control& control = {});

}  // namespace scanline
