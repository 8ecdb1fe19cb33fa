#pragma once

#include <filesystem>

#include "core/run/engine.h"

namespace scanline {

/// Whether a checkpoint decides this setting of `spec`, a run that starts from it: the size and the objective of the
/// model, the palette, the side of the images, and for a run that only looks the mask rate. Forms show such settings as
/// text. A fine-tuning from scratch takes the palette and the side alone.
bool isDecidedByCheckpoint(const RunSpec& spec, std::string_view key);

/// `spec` with these settings as the checkpoint has them. Settings that the file does not have stay.
RunSpec withSettingsOf(const CheckpointInfo& info, RunSpec spec);

/// Throws Error that names `file`, the setting and both values, where `spec` wants another model than the checkpoint
/// holds, or a palette that it would not get. The side of the images is not looked at: their tokens tell it.
void checkSettings(const std::filesystem::path& file, const CheckpointInfo& info, const RunSpec& spec);

}  // namespace scanline
