#include "core/formats/npz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/error.h"

namespace scanline {

std::vector<std::string> NpzFile::names() const {
  constexpr std::string_view kSuffix = ".npy";
  std::vector<std::string> names;
  for (const auto& [name, entry] : archive_.entries())
    names.push_back(name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name);
  return names;
}

const ZipEntry* NpzFile::find(std::string_view name) const {
  const ZipEntry* entry = archive_.find(fmt::format("{}.npy", name));
  return entry ? entry : archive_.find(name);
}

std::string NpzFile::source(std::string_view name) const {
  const ZipEntry* entry = find(name);
  return fmt::format("{}: {}", archive_.path().string(), entry ? std::string_view(entry->name) : name);
}

std::vector<std::byte> NpzFile::bytes(std::string_view name) const {
  const ZipEntry* entry = find(name);
  if (!entry)
    throw Error(
        fmt::format("{} has no array {}; it holds {}.", archive_.path().string(), name, fmt::join(names(), ", ")));
  return archive_.read(*entry, UINT64_MAX);  // its size is bounded by the file's
}

NpyArray NpzFile::array(std::string_view name) const {
  return parseNpy(bytes(name), source(name));
}

bool NpzFile::hasTexts(std::string_view name) const {
  return has(name) && isNpyOfTexts(bytes(name));
}

std::vector<std::string> NpzFile::texts(std::string_view name) const {
  return parseNpyTexts(bytes(name), source(name));
}

NpyArray readNpyOrNpz(const std::filesystem::path& file, std::initializer_list<std::string_view> names) {
  if (file.extension() != ".npz") return readNpy(file);
  const NpzFile archive(file);
  for (const std::string_view name : names)
    if (archive.has(name)) return archive.array(name);
  const auto there = archive.names();
  if (there.size() == 1) return archive.array(there.front());
  throw Error(fmt::format("{} holds the arrays {}; expected a single one, or one named {}.", file.string(),
                          there.empty() ? "(none)" : fmt::format("{}", fmt::join(there, ", ")),
                          fmt::join(names, " or ")));
}

}  // namespace scanline
