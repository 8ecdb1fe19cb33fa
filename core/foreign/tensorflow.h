#pragma once

#include <filesystem>

#include "core/foreign/foreign_model.h"

namespace scanline {

/// True for the .index of a TensorFlow checkpoint, the prefix before it ("model.ckpt-1000000"), or a folder with
/// exactly one such file.
bool isTensorFlowCheckpoint(const std::filesystem::path& path);

/// Reads the checkpoints of the released code (openai/image-gpt, src/model.py: variables model/wte,
/// model/h0/attn/q_proj, ...), any number of data files, checksums verified. Optimiser slots and other contents of
/// the file are passed over. Without model/sos it is a BERT model. Throws Error, naming file and tensor.
ForeignModel readTensorFlowCheckpoint(const std::filesystem::path& path, const Control& control = {});

}  // namespace scanline
