#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/control.h"

namespace scanline {

/// Unpacks a .tar.gz (or another archive that libarchive knows) into `folder`, which is made. Only plain files and
/// folders come out, under plain names below `folder`; an absolute path, a way up (..), a link, a device, or more than
/// `mostBytes` or 100,000 entries is refused. The archive is unpacked beside the folder first and its parts are moved
/// when all of it was sound, so nothing of a damaged archive stays. Reports bytes of the archive. Throws Stopped,
/// and Error that names the archive.
void unpackArchive(const std::filesystem::path& archive, const std::filesystem::path& folder, int64_t mostBytes,
                   const Control& control);

}  // namespace scanline
