#pragma once

#include <filesystem>
#include <string>

namespace scanline {

/// A name for the content of a file, or of the files that lie directly in a folder, or those that begin with this
/// prefix and a dot: 64 hexadecimal digits, of their sizes and of at most 64 pieces of each file, evenly spaced, the
/// first and the last among them. A step of training changes all of a checkpoint, so another one has another identity;
/// quick for files of any size. Throws Error if nothing is there or it cannot be read.
std::string contentIdentity(const std::filesystem::path& path);

}  // namespace scanline
