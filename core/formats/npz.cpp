#include "core/formats/npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "core/base/error.h"
#include "core/formats/zip_file.h"

namespace scanline {

namespace {

NpyArray readEntry(const ZipFile& archive, const ZipEntry& entry) {
  const auto source = fmt::format("{}: {}", archive.path().string(), entry.name);
  if (!entry.deflated) return parseNpy(archive.stored(entry), source);
  return parseNpy(archive.read(entry, UINT64_MAX), source);  // its size is bounded by the file's
}

std::string arrayName(const ZipEntry& entry) {
  constexpr std::string_view kSuffix = ".npy";
  return entry.name.ends_with(kSuffix) ? entry.name.substr(0, entry.name.size() - kSuffix.size()) : entry.name;
}

}  // namespace

std::map<std::string, NpyArray, std::less<>> readNpz(const std::filesystem::path& file) {
  const ZipFile archive(file);
  std::map<std::string, NpyArray, std::less<>> arrays;
  for (const auto& [name, entry] : archive.entries()) arrays.emplace(arrayName(entry), readEntry(archive, entry));
  return arrays;
}

NpyArray readNpyOrNpz(const std::filesystem::path& file, std::initializer_list<std::string_view> names) {
  if (file.extension() != ".npz") return readNpy(file);
  const ZipFile archive(file);
  for (const std::string_view name : names)
    for (const auto& suffix : {".npy", ""})
      if (const auto* entry = archive.find(fmt::format("{}{}", name, suffix))) return readEntry(archive, *entry);
  if (archive.entries().size() == 1) return readEntry(archive, archive.entries().begin()->second);
  std::vector<std::string> there;
  for (const auto& [name, entry] : archive.entries()) there.push_back(arrayName(entry));
  throw Error(fmt::format("{} holds the arrays {}; expected a single one, or one named {}.", file.string(),
                          there.empty() ? "(none)" : fmt::format("{}", fmt::join(there, ", ")),
                          fmt::join(names, " or ")));
}

}  // namespace scanline
