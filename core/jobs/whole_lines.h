#pragma once

#include <cstdint>
#include <string>

#include "core/base/file_bytes.h"

namespace scanline {

/// Whole lines of a file that another program appends to, from `offset` on: some MB of them, the last with its line
/// end. Empty: no whole line is there yet. `longest`: bytes of a line. Throws Error if the file is shorter than
/// `offset`, or a line is longer.
std::string wholeLines(const FileBytes& file, uint64_t offset, uint64_t longest);

}  // namespace scanline
