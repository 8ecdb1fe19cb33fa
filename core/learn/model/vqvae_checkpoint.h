#pragma once

#include <filesystem>

#include "core/learn/model/checkpoint.h"
#include "core/learn/model/vqvae.h"
#include "core/run/vqvae_codec.h"

namespace scanline {

/// The content of a checkpoint of a VQ-VAE besides tensors.
struct VqvaeHeader {
  VqvaeInfo info;
  VqvaeShape shape;        ///< its stride and codes are those of `info`
  int64_t microBatch = 0;  ///< images a pass, which decides the order of sums; 0: not said
};

/// One safetensors file with float32 tensors by these names, and the header as metadata of a kind of its own, so that
/// it is not taken for a GPT's checkpoint. Whole or not at all. Tensors may lie on any device. Throws Error.
void saveVqvae(const std::filesystem::path& file, const VqvaeHeader& header, const NamedTensors& tensors);

/// Throws Error for a file that is damaged, cut off, of another kind, or written by a newer version, and unless the
/// sizes are those of tensors that are there.
VqvaeHeader readVqvaeHeader(const std::filesystem::path& file);

/// Copies the file's tensors of these names into `into`, bit for bit. Everything is checked before the first element
/// changes: throws Error, naming file and tensor, if one is missing or has another shape or type. Others of the file
/// are left alone.
void loadVqvae(const std::filesystem::path& file, const NamedTensors& into);

/// The network of a checkpoint, on the CPU, and its header. Throws Error as the two above.
std::pair<Vqvae, VqvaeHeader> openVqvaeCheckpoint(const std::filesystem::path& file);

/// The tensors of a network by their names in a checkpoint: "param.<layer>" and "codebook".
NamedTensors checkpointNames(const Vqvae& model);

}  // namespace scanline
