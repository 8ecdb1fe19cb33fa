#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/learn/model/gpt_tensors.h"
#include "core/run/checkpoint_file.h"

namespace scanline {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// The tensors of a checkpoint. The three lists have the same names and shapes, or the moments are empty (weights
/// alone).
struct CheckpointTensors {
  NamedTensors weights;        ///< in the file as "param.<name>"
  NamedTensors firstMoments;   ///< "adam.m.<name>"
  NamedTensors secondMoments;  ///< "adam.v.<name>"
  NamedTensors others;         ///< "finetune.<name>": the tensors of fine-tuning besides the network
};

/// One safetensors file: the tensors, the palette as tensor "palette" [V, 3], and `info`'s other fields as metadata.
/// Whole or not at all. Tensors may lie on any device. Throws Error (a full disk, a folder that is gone).
void saveCheckpoint(const std::filesystem::path& file, const CheckpointInfo& info, const CheckpointTensors& tensors);

/// The shape of its network.
GptShape shapeOf(const CheckpointInfo& info);

/// The network of a checkpoint, on the CPU. Throws Error.
GptTensors loadWeights(const std::filesystem::path& file);

/// Copies the file's tensors into those of `into`, in place, bit for bit. Lists of `into` that are empty are not read.
/// Everything is checked before the first element changes: throws Error, naming file, tensor, found and expected shape,
/// if one is missing, has another shape or type, or if the file has tensors that `into` does not know.
void loadCheckpoint(const std::filesystem::path& file, const CheckpointTensors& into);

}  // namespace scanline
