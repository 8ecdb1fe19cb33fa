#pragma once

#include <filesystem>

namespace scanline {

/// The terminal program, which trains runs that want a process of their own: beside this one (installed and in the
/// build tree). Any thread. Throws Error if it is not there.
std::filesystem::path workerProgram();

}  // namespace scanline
