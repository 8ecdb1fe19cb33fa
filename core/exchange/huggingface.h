#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scanline {

/// A named row-major array.
struct FloatArray {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// An image GPT as read from a Hugging Face folder, without LibTorch.
struct HuggingFaceModel {
  int64_t layers = 0, width = 0, heads = 0;
  int64_t paletteSize = 0;  ///< vocab_size - 1: the last row of the token embedding is the start vector
  int64_t positions = 0;
  bool bias = false;  ///< some bias of the file is not zero; otherwise `arrays` leaves all of them out
  /// Names and shapes as core/model/gpt_tensors.h lists them: matrices [in, out], head and wte [paletteSize, width].
  std::vector<FloatArray> arrays;
};

/// True for a folder with config.json, or a .safetensors or .bin file with a config.json beside it.
bool isHuggingFaceModel(const std::filesystem::path& path);

/// Reads ImageGPTForCausalImageModeling: config.json and model.safetensors or pytorch_model.bin, or the shards that
/// their .index.json lists (float32, float16, bfloat16 or float64). `path` is the folder, or one such file in it. Throws
/// Error, naming file and key or tensor, for a config of another network, a missing tensor, another shape or type, or
/// values not finite.
HuggingFaceModel readHuggingFaceModel(const std::filesystem::path& path);

}  // namespace scanline
