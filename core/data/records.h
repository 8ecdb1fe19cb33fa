#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

// Shared by the readers of files that are nothing but records of one size (CIFAR, STL-10).

/// The folder itself, or the folder of this name in it: people point at either. Throws Error if it lacks one of
/// `files`, naming all that are missing and `origin`, where to get them.
std::filesystem::path findFolder(const std::filesystem::path& folder, std::string_view name,
                                 const std::vector<std::string_view>& files, std::string_view origin);

/// All of a file of records, checked: not empty and a whole number of records, at most `most`. Throws Error.
std::string readRecords(const std::filesystem::path& file, uint64_t recordBytes, uint64_t most);

/// Appends the pixels of a picture that is stored as three planes (red, green, blue) of `pixels` bytes, row by row.
void appendPlanes(std::vector<uint8_t>& rgb, std::string_view planes, size_t pixels);

}  // namespace scanline
