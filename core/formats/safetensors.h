#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file_bytes.h"
#include "core/formats/tensor_file.h"

namespace scanline {

/// A tensor in a file.
struct StoredTensor {
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  uint64_t offset = 0, bytes = 0;  ///< where it lies in the file, row-major, little-endian
};

/// A safetensors file, open for reading: https://github.com/huggingface/safetensors, "Format". Opening reads the header
/// only. Immutable after construction; any thread.
class SafetensorsFile final : public TensorFile {
 public:
  /// Throws Error, naming file and entry, unless the whole header is sound: length at most 100 MB, UTF-8, JSON without
  /// duplicate keys, tensors that tile the data exactly, each as long as its type and shape say.
  explicit SafetensorsFile(std::filesystem::path file);

  const std::filesystem::path& path() const override { return file_.path(); }
  std::vector<std::string> names() const override;
  const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }
  const std::map<std::string, StoredTensor, std::less<>>& tensors() const { return tensors_; }
  bool has(std::string_view name) const override { return tensors_.find(name) != tensors_.end(); }
  std::span<const int64_t> shape(std::string_view name) const override { return tensor(name).shape; }
  /// Throws Error if the file has no tensor of this name.
  const StoredTensor& tensor(std::string_view name) const;
  /// The same, and throws Error, naming both shapes, if its shape is another.
  const StoredTensor& tensor(std::string_view name, std::span<const int64_t> shape) const;
  /// Reads the elements of one of tensors() into `into`, which has as many bytes. Throws Error if the file was cut
  /// since it was opened.
  void read(const StoredTensor& tensor, std::span<std::byte> into) const;
  std::vector<float> floats(std::string_view name, std::span<const int64_t> shape) const override;

 private:
  FileBytes file_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
};

/// Writes a safetensors file, whole or not at all (AtomicFile). Header padded so that the data start at a multiple of
/// 8; tensors in order of falling element size, then in the order given, so that each is aligned for its type. Names
/// are unique and not
/// "__metadata__". Throws Error.
void writeSafetensors(const std::filesystem::path& file, std::span<const std::pair<std::string, TensorView>> tensors,
                      const std::map<std::string, std::string, std::less<>>& metadata);

}  // namespace scanline
