#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/formats/npy.h"

namespace scanline {

// The beginning of a .npy file. Inside core/formats only; everybody else calls npy.h.

/// Bytes that findNpyHeader() looks at: magic, version and the longer of the two length fields.
inline constexpr size_t kNpyPrefix = 12;

/// The header of a file.
struct NpyHeader {
  NpyType type{};
  int64_t elementSize = 0;  ///< bytes
  char text = 0;            ///< 'U' (UTF-32) or 'S' (bytes) where the elements are texts, which have no type
  bool bigEndian = false;
  bool fortran = false;
  std::vector<int64_t> shape;
  int64_t count = 0;
};

/// Where the header's text lies in a file.
struct NpyHeaderPlace {
  size_t begin = 0;
  size_t size = 0;
};

/// `prefix`: the first kNpyPrefix bytes, or all if there are fewer. Throws Error, naming `source`.
NpyHeaderPlace findNpyHeader(std::string_view prefix, std::string_view source);

/// Of the text at that place. Throws Error, naming `source`, unless its sizes multiply to less than 2^63 bytes.
NpyHeader parseNpyHeader(std::string_view text, std::string_view source);

}  // namespace scanline
