#pragma once

#include <filesystem>

#include "core/exchange/foreign_model.h"

namespace scanline {

/// True for a folder with config.json, or a .safetensors or .bin file with a config.json beside it.
bool isHuggingFaceModel(const std::filesystem::path& path);

/// Reads ImageGPTForCausalImageModeling: config.json and model.safetensors or pytorch_model.bin, or the shards that
/// their .index.json lists (float32, float16, bfloat16 or float64). `path` is the folder, or one such file in it.
/// Throws Error, naming file and key or tensor, for a config of another network, a missing tensor, another shape or
/// type, or values not finite.
ForeignModel readHuggingFaceModel(const std::filesystem::path& path);

}  // namespace scanline
