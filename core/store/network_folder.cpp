#include "core/store/network_folder.h"

#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// Names as the kernel's table of mounts writes them. FUSE has one number for all that is mounted by it, local ones
/// too, so the name has to tell.
constexpr std::array<std::string_view, 35> kNames{"nfs",
                                                  "nfs4",
                                                  "cifs",
                                                  "smb3",
                                                  "smbfs",
                                                  "smb2",
                                                  "lustre",
                                                  "gpfs",
                                                  "beegfs",
                                                  "fhgfs",
                                                  "ceph",
                                                  "afs",
                                                  "auristorfs",
                                                  "9p",
                                                  "coda",
                                                  "orangefs",
                                                  "pvfs2",
                                                  "panfs",
                                                  "wekafs",
                                                  "davfs",
                                                  "ncpfs",
                                                  "fuse.sshfs",
                                                  "fuse.ceph",
                                                  "fuse.ceph-fuse",
                                                  "fuse.beegfs",
                                                  "fuse.glusterfs",
                                                  "fuse.rclone",
                                                  "fuse.s3fs",
                                                  "fuse.gcsfuse",
                                                  "fuse.smbnetfs",
                                                  "fuse.juicefs",
                                                  "fuse.curlftpfs",
                                                  "fuse.mount.davfs",
                                                  "fuse.moosefs",
                                                  "fuse.mfs"};

/// By number (linux/magic.h, and the file systems' own sources), where the table of mounts cannot be read.
constexpr std::array<std::pair<uint32_t, std::string_view>, 11> kNumbers{{{0x6969, "nfs"},
                                                                          {0xff534d42, "cifs"},
                                                                          {0xfe534d42, "smb2"},
                                                                          {0x517b, "smbfs"},
                                                                          {0x0bd00bd0, "lustre"},
                                                                          {0x47504653, "gpfs"},
                                                                          {0x19830326, "beegfs"},
                                                                          {0x00c36400, "ceph"},
                                                                          {0x5346414f, "afs"},
                                                                          {0x6b414653, "afs"},
                                                                          {0x01021997, "9p"}}};

/// The table writes spaces and the like as \040.
std::string unescaped(std::string_view text) {
  const auto isOctal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && std::ranges::all_of(text.substr(i + 1, 3), isOctal)) {
      plain += static_cast<char>(64 * (text[i + 1] - '0') + 8 * (text[i + 2] - '0') + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool isWithin(const fs::path& folder, const fs::path& mount) {
  return std::ranges::mismatch(mount, folder).in1 == mount.end();
}

/// The type of the file system that is mounted nearest above `folder`; empty if the table cannot be read.
std::string typeOf(const fs::path& folder, const fs::path& mounts) {
  std::ifstream table(mounts);
  std::string type;
  size_t longest = 0;
  for (std::string line; std::getline(table, line);) {
    // id parent major:minor root mount-point options [fields...] - type source options
    const size_t dash = line.find(" - ");
    std::istringstream before(line), after(dash == std::string::npos ? std::string() : line.substr(dash + 3));
    std::string skipped, mount, name;
    before >> skipped >> skipped >> skipped >> skipped >> mount;
    if (!(after >> name) || mount.empty()) continue;
    mount = unescaped(mount);
    if (mount.size() < longest || !isWithin(folder, mount)) continue;  // of equals the last lies on top
    longest = mount.size();
    type = name;
  }
  return type;
}

}  // namespace

std::optional<std::string> networkFileSystem(const fs::path& folder, const fs::path& mounts) {
  std::error_code error;
  const fs::path place = fs::canonical(folder, error);
  if (const std::string type = typeOf(error ? folder : place, mounts); std::ranges::find(kNames, type) != kNames.end())
    return type;
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return std::nullopt;
  const auto known =
      std::ranges::find(kNumbers, static_cast<uint32_t>(info.f_type), &decltype(kNumbers)::value_type::first);
  if (known == kNumbers.end()) return std::nullopt;
  return std::string(known->second);
}

}  // namespace scanline
