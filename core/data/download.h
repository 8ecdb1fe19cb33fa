#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/control.h"

namespace scanline {

/// A file on a server, with its known size and checksum.
struct Download {
  std::string url;       ///< https, or http of this very machine
  int64_t bytes = 0;     ///< 0 = not known
  std::string checksum;  ///< "sha256:..." in lower-case hexadecimal; empty = none is known
  std::string md5 = {};  ///< "md5:...", checked as well; empty = none is known
};

/// Fetches a file to `target`. The bytes received so far lie in <target>.part; this call and later ones ask the
/// server for the rest alone; a server that cannot do that sends it all again. When the connection ends too early, the
/// rest is asked for again, up to five times without a new byte. The target appears whole and checked, or not
/// at all; a part of the wrong size or checksum is removed. Reports bytes. Every address must be encrypted (https),
/// those of redirects as well. Throws Stopped, and Error with the remedy: no network, no such file, a wrong checksum,
/// a full disk.
void download(const Download& what, const std::filesystem::path& target, const Control& control);

/// Throws Error that names the file unless it has the size and the checksums that are known.
void verifyDownload(const Download& what, const std::filesystem::path& file);

}  // namespace scanline
