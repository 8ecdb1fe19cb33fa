#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace scanline {

/// The name of the network file system that `folder` lies on ("nfs4", "lustre", "fuse.sshfs"), or nothing. SQLite's
/// write-ahead log needs memory that all processes share, and none of them gives it to processes of two machines.
/// `mounts`: the kernel's table of mounted file systems; another one for tests.
std::optional<std::string> networkFileSystem(const std::filesystem::path& folder,
                                             const std::filesystem::path& mounts = "/proc/self/mountinfo");

}  // namespace scanline
