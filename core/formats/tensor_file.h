#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// Element types of tensors in files that we can tell the size of. The order is that of the safetensors specification.
enum class Dtype { Bool, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 };

std::string_view dtypeName(Dtype type);  ///< as in a safetensors file: "F32"
int64_t dtypeBytes(Dtype type);          ///< 1, 2, 4 or 8

/// "[3, 64]", for messages.
std::string shapeText(std::span<const int64_t> shape);

/// A tensor that lies somewhere: row-major, little-endian, bytes.size() == product of shape * dtypeBytes(dtype).
struct TensorView {
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  ///< not aligned for its type when a foreign program wrote the file
};

/// A file of named tensors by another program, of any known format. Immutable; any thread.
class TensorFile {
 public:
  virtual ~TensorFile() = default;
  virtual const std::filesystem::path& path() const = 0;
  virtual std::vector<std::string> names() const = 0;
  virtual bool has(std::string_view name) const = 0;
  /// Throws Error if there is no tensor of this name.
  virtual std::span<const int64_t> shape(std::string_view name) const = 0;
  /// Elements of a tensor of floating point numbers of this shape. Throws Error, naming file, tensor and expected
  /// shape, if it is not there, has another shape or another type, or is damaged.
  virtual std::vector<float> floats(std::string_view name, std::span<const int64_t> shape) const = 0;

 protected:
  TensorFile() = default;
  TensorFile(const TensorFile&) = default;
  TensorFile& operator=(const TensorFile&) = default;

  // The same sentences for every format.
  [[noreturn]] void failMissing(std::string_view name) const;
  void requireShape(std::string_view name, std::span<const int64_t> found, std::span<const int64_t> expected) const;
  /// Throws Error unless the view is of F32, F16, BF16 or F64.
  std::vector<float> toFloats(std::string_view name, const TensorView& view) const;
};

}  // namespace scanline
