#pragma once

#include <filesystem>
#include <optional>

#include "core/learn/model/gpt.h"
#include "core/run/open_model.h"

namespace scanline {

/// A model to look at: float32, on the device that "auto" means, or on the CPU where a training fills that.
struct LoadedModel {
  std::filesystem::path path;
  Gpt model;
  ModelFacts facts;              ///< without the pixels of pictures in codes
  Resize resize = Resize::Area;  ///< how pictures are brought to its size
  ProbeSpec probe;               ///< of its run: how linear probes read its features
  bool isBf16 = false;           ///< its run computed products in bfloat16, and so saw other features
  uint64_t seed = 1;             ///< of its run: for the masks that a BERT is scored and probed under
  std::filesystem::path vqvae;   ///< whose codes its tokens are; empty if there is none, or it was not found
  std::string vqvaeProblem;      ///< the sentence, if it was not found
};

/// A checkpoint of ours or a foreign model. Throws Error.
LoadedModel loadModel(const std::filesystem::path& path);

/// Throws Error that says so for a model that cannot predict pixels.
void requireHead(const LoadedModel& loaded);

}  // namespace scanline
