#include "core/data/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

fs::path findFolder(const fs::path& folder, std::string_view name, const std::vector<std::string_view>& files,
                    std::string_view origin) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(fmt::format("{} is not a folder. Expected the folder with {}, from {}", folder.string(),
                            fmt::join(files, ", "), origin));
  const bool here = fs::exists(folder / files.front(), error);
  fs::path place = !here && fs::is_directory(folder / name, error) ? folder / name : folder;
  std::vector<std::string_view> missing;
  for (const std::string_view file : files)
    if (!fs::exists(place / file, error)) missing.push_back(file);
  if (!missing.empty())
    throw Error(fmt::format("{} lacks {}. Expected are {}, from {}", place.string(), fmt::join(missing, ", "),
                            fmt::join(files, ", "), origin));
  return place;
}

std::string readRecords(const fs::path& file, uint64_t recordBytes, uint64_t most) {
  std::string bytes = readFile(file, recordBytes * most);
  if (bytes.empty())
    throw Error(fmt::format("{} is empty. It is probably a failed download; fetch it again.", file.string()));
  const std::string_view kind = bytes.starts_with("\x1f\x8b") ? " It is packed by gzip; unpack it first."
                                : bytes.starts_with("<") ? " It looks like a web page, not like data; fetch it again."
                                                         : " It is another kind of file, or cut off; fetch it again.";
  if (bytes.size() % recordBytes != 0)
    throw Error(fmt::format("{} has {} bytes, which is no multiple of the {} bytes of a record.{}", file.string(),
                            bytes.size(), recordBytes, kind));
  return bytes;
}

void appendPlanes(std::vector<uint8_t>& rgb, std::string_view planes, size_t pixels) {
  for (size_t i = 0; i < pixels; ++i)
    for (size_t channel = 0; channel < 3; ++channel) rgb.push_back(static_cast<uint8_t>(planes[channel * pixels + i]));
}

}  // namespace scanline
