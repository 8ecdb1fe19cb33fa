#pragma once

#include <filesystem>
#include <string>

namespace scanline {

/// A checkpoint file (or a folder with a model), or the newest checkpoint of a run of this workspace given as RUN, or
/// the one of a step given as RUN@STEP; RUN is a name or the beginning of a uuid. Throws Error, saying what there is,
/// if it is none of these.
std::filesystem::path findCheckpoint(const std::filesystem::path& workspace, const std::string& text);

}  // namespace scanline
