#include "core/base/content_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/file_bytes.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

void addFile(Digest& digest, const fs::path& path) {
  constexpr uint64_t kPieces = 64, kPiece = 1 << 14;
  const FileBytes file(path);
  digest.add(fmt::format("{}\n", file.size()));
  if (file.size() <= kPieces * kPiece) {
    digest.add(file.read(0, file.size()));
    return;
  }
  for (uint64_t i = 0; i < kPieces; ++i) digest.add(file.read((file.size() - kPiece) / (kPieces - 1) * i, kPiece));
  digest.add(file.read(file.size() - kPiece, kPiece));
}

/// The files of the folder whose names `isWanted`, by name.
template <class Wanted>
std::vector<fs::path> filesIn(const fs::path& folder, Wanted isWanted) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error) && isWanted(at->path().filename().string())) files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string contentIdentity(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> files;
  if (fs::is_regular_file(path, error)) {
    files.push_back(path);
  } else if (fs::is_directory(path, error)) {
    files = filesIn(path, [](const std::string&) { return true; });
  } else {
    const std::string prefix = path.filename().string() + ".";
    files = filesIn(path.has_parent_path() ? path.parent_path() : ".",
                    [&](const std::string& name) { return name.starts_with(prefix); });
  }
  if (files.empty()) throw Error(fmt::format("There is no file {}, or nothing in it.", path.string()));
  Digest digest("sha256");
  for (const fs::path& file : files) {
    if (files.size() > 1) digest.add(file.filename().string() + "\n");
    addFile(digest, file);
  }
  return digest.hex();
}

}  // namespace scanline
