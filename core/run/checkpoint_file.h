#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "core/foreign/foreign_model.h"
#include "core/formats/safetensors.h"
#include "core/run/engine.h"

namespace scanline {

// The format of our checkpoints, without LibTorch: one safetensors file with the weights as "param.<name>" (names and
// shapes of core/learn/model/gpt_tensors.h), Adam's moments as "adam.m.<name>" and "adam.v.<name>" unless it holds
// weights alone, the palette as "palette" [V, 3], and the rest of CheckpointInfo as metadata.

inline constexpr std::string_view kCheckpointWeights = "param.";
inline constexpr std::string_view kCheckpointFirstMoments = "adam.m.";
inline constexpr std::string_view kCheckpointSecondMoments = "adam.v.";
inline constexpr std::string_view kCheckpointOthers = "finetune.";  ///< the tensors of fine-tuning besides the network

/// Writes `tensors`, named with their prefixes, beside the palette and the metadata of `info`. Whole or not at all.
/// Throws Error (a full disk, a folder that is gone).
void writeCheckpoint(const std::filesystem::path& file, const CheckpointInfo& info,
                     std::span<const std::pair<std::string, TensorView>> tensors);

/// Content of a checkpoint; reads the header and the palette alone, so it is fast for any size. Throws Error for a file
/// that is damaged, cut off or no checkpoint of ours, or was written by a newer version.
CheckpointInfo readCheckpointInfo(const std::filesystem::path& file);
/// The same of a file that a person named: a model of other software gets a sentence of its own. Throws Error.
CheckpointInfo inspectCheckpoint(const std::filesystem::path& file);
/// Throws Error if a newer version wrote it, or another program.
void checkCheckpointVersion(const SafetensorsFile& file);

/// True if it is a file that writeCheckpoint wrote, damaged or not; false for other people's files. Throws Error for a
/// Git LFS pointer, which may stand for either.
bool isCheckpoint(const std::filesystem::path& file);

/// The network's weights without moments and palette, and without the tensors of fine-tuning. Throws Error as
/// readCheckpointInfo does, and for a tensor that is missing or not finite.
ForeignModel readCheckpointModel(const std::filesystem::path& file);

}  // namespace scanline
