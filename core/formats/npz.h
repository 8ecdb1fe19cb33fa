#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/npy.h"
#include "core/formats/zip_file.h"

namespace scanline {

/// A NumPy archive (numpy.savez, compressed or not). Opening reads its directory; an array is read when it is asked
/// for, so others of types that cannot be read do no harm. Names are without the ".npy" of the entries. Any thread.
class NpzFile {
 public:
  /// Throws Error that names the file on a broken archive.
  explicit NpzFile(const std::filesystem::path& file) : archive_(file) {}

  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Throws Error that names file and entry if there is no such array, or it is none that readNpy reads.
  NpyArray array(std::string_view name) const;
  /// Whether an array of this name is there and holds texts, which texts() then gives (see parseNpyTexts).
  bool hasTexts(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;

 private:
  const ZipEntry* find(std::string_view name) const;
  std::vector<std::byte> bytes(std::string_view name) const;
  std::string source(std::string_view name) const;

  ZipFile archive_;
};

/// The array of a .npy file; of a .npz file the first of `names` that it has, or else its only array. Throws Error that
/// lists the arrays that it has.
NpyArray readNpyOrNpz(const std::filesystem::path& file, std::initializer_list<std::string_view> names);

}  // namespace scanline
