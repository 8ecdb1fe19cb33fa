#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file_bytes.h"
#include "core/formats/tensor_file.h"

namespace scanline {

/// A TensorFlow checkpoint of format V2: `<prefix>.index`, a table as LevelDB writes it whose values describe the
/// tensors (BundleHeaderProto, BundleEntryProto), and `<prefix>.data-NNNNN-of-MMMMM` with their numbers. Immutable
/// after construction; any thread.
class TensorBundle final : public TensorFile {
 public:
  /// `index`: the .index file. Reads it whole and opens the data files that a tensor lies in. Throws Error, naming file
  /// and entry, unless block checksums, handles, sizes and the places of all tensors of floating point numbers are
  /// sound.
  explicit TensorBundle(std::filesystem::path index);

  const std::filesystem::path& path() const override { return path_; }
  std::vector<std::string> names() const override;
  bool has(std::string_view name) const override { return entries_.find(name) != entries_.end(); }
  /// Verifies the tensor's checksum.
  std::vector<float> floats(std::string_view name, std::span<const int64_t> shape) const override;
  std::span<const int64_t> shape(std::string_view name) const override;
  /// A scalar of type int64, such as global_step; nothing if there is none of this name and type.
  std::optional<int64_t> integer(std::string_view name) const;

 private:
  struct Entry {
    std::optional<Dtype> dtype;  ///< none: text and other types that weights do not have
    std::vector<int64_t> shape;
    int64_t shard = 0, offset = 0, size = 0;
    uint32_t checksum = 0;
  };
  class Table;

  void readHeader(std::span<const std::byte> value);
  void readEntry(const std::string& name, std::span<const std::byte> value);
  void place(const std::string& name, const Entry& entry);
  std::vector<std::byte> bytesOf(std::string_view name, const Entry& entry) const;
  [[noreturn]] void fail(std::string_view name, std::string_view what) const;

  std::filesystem::path path_;
  int64_t shards_ = 0;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<int64_t, std::unique_ptr<FileBytes>> data_;
};

}  // namespace scanline
