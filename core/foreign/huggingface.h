#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/foreign/foreign_model.h"
#include "core/tokens/palette.h"

namespace scanline {

/// True for a folder with config.json and a file of weights (isWeightsName), or whose config.json says of which network
/// it is; and for such a file, or an index of shards, with a config.json beside it. Other programs keep settings of
/// their own in files of that name, so those alone are no model.
bool isHuggingFaceModel(const std::filesystem::path& path);

/// Reads image GPTs that transformers or a training program wrote: config.json, and model.safetensors or
/// pytorch_model.bin, or the shards that their .index.json lists, or the one .safetensors, .bin, .pt, .pth or .ckpt
/// file of the folder (float32, float16, bfloat16 or float64). `path` is the folder, or one such file in it. Prefixes
/// that programs add to the tensors' names do not matter (plainTensorName). A model without lm_head is read, see
/// ForeignModel::hasHead; a classifier (score) is read beside the network. Throws Error, naming file and key or tensor,
/// for a config of another network, a missing tensor, another shape or type, or values not finite.
ForeignModel readHuggingFaceModel(const std::filesystem::path& path, const Control& control = {});

/// The treatment of pictures in preprocessor_config.json of an ImageGPTImageProcessor.
struct HuggingFacePreprocessor {
  std::filesystem::path file;
  Palette palette;                ///< its "clusters"
  int64_t width = 0, height = 0;  ///< pixels; 0 if it does not say
  bool stretches = false;         ///< brings pictures straight to that size, bilinear, without a crop (Resize::Stretch)
  std::vector<std::string> warnings;  ///< a sentence for each thing it does with pictures that Scanline cannot do
};

/// nullopt if the folder has no such file, or one without clusters. Throws Error that names file and key if it is
/// damaged.
std::optional<HuggingFacePreprocessor> readPreprocessor(const std::filesystem::path& folder);

/// Writes `model` so that transformers loads it as ImageGPTForCausalImageModeling (without a head as ImageGPTModel),
/// float32: config.json,
/// model.safetensors, generation_config.json, and with a palette preprocessor_config.json for pictures of width x
/// height. Where the model has no biases, zeros stand for them. `folder` is made on demand; each file appears whole or
/// not at all. Throws Error for a BERT model, and if the disk takes no more.
void writeHuggingFaceModel(const std::filesystem::path& folder, const ForeignModel& model, const Palette* palette,
                           int64_t width, int64_t height);

}  // namespace scanline
