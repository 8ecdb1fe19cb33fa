#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "core/formats/npy.h"

namespace scanline {

/// The arrays of a NumPy archive (numpy.savez, compressed or not) by name, without the ".npy" of the entries. Throws
/// Error that names file and entry on a broken archive, an entry that is no NumPy file, and whatever readNpy refuses.
std::map<std::string, NpyArray, std::less<>> readNpz(const std::filesystem::path& file);

/// The array of a .npy file; of a .npz file the first of `names` that it has, or else its only array. Throws Error that
/// lists what is there.
NpyArray readNpyOrNpz(const std::filesystem::path& file, std::initializer_list<std::string_view> names);

}  // namespace scanline
