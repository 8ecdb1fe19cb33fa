#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/error.h"

namespace scanline {

/// The element types of NumPy files that we read and write.
enum class NpyType { Bool, Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float16, Float32, Float64 };

/// "float32", as NumPy calls it.
std::string_view npyTypeName(NpyType type);
/// Bytes of one element.
int64_t npyTypeSize(NpyType type);

/// The type of a C++ value in a NumPy file. bool is not offered: std::vector<bool> has no memory to read from.
template <class T>
constexpr NpyType npyTypeOf() {
  if constexpr (std::is_same_v<T, float>) return NpyType::Float32;
  if constexpr (std::is_same_v<T, double>) return NpyType::Float64;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    constexpr int log = std::countr_zero(sizeof(T));  // the enumerators come in pairs, signed before unsigned
    return static_cast<NpyType>(static_cast<int>(NpyType::Int8) + 2 * log + (std::is_unsigned_v<T> ? 1 : 0));
  }
}

/// An array from a NumPy file, in this machine's byte order and in C order, converted if need be.
struct NpyArray {
  NpyType type = NpyType::Float32;
  std::vector<int64_t> shape;    ///< empty for a single value
  std::vector<std::byte> bytes;  ///< count() elements
  std::string source;            ///< the file, for messages

  /// Product of the shape.
  int64_t count() const;
  /// "float32 [32, 3]", for messages.
  std::string describe() const;

  /// The elements as they are. Throws Error if T is not their type.
  template <class T>
  std::vector<T> values() const {
    if (type != npyTypeOf<T>()) failType(npyTypeName(npyTypeOf<T>()));
    std::vector<T> out(static_cast<size_t>(count()));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
  /// The elements of any type; 64-bit integers are rounded.
  std::vector<double> toDoubles() const;
  /// The elements of any type. Throws Error on a fraction, NaN or a value outside of `least` .. `most`.
  std::vector<int64_t> toIntegers(int64_t least = INT64_MIN, int64_t most = INT64_MAX) const;

 private:
  [[noreturn]] void failType(std::string_view wanted) const;
};

/// NPY 1.0, 2.0 and 3.0, either byte order, C or Fortran order. Throws Error that names the file on objects (which
/// would run code), structures, strings, complex numbers, a malformed header, and on a file that is shorter or longer
/// than its header says. Nothing is allocated before the size was compared with the file's.
NpyArray readNpy(const std::filesystem::path& file);
/// The same from memory; `source` names it in messages.
NpyArray parseNpy(std::span<const std::byte> bytes, std::string_view source);
/// Whether such a file, in memory, is sound and holds texts ('<U7', '|S7').
bool isNpyOfTexts(std::span<const std::byte> bytes);
/// Its texts as UTF-8, of any byte order and length, without the zeros at their ends; at most one dimension is longer
/// than 1. Throws Error likewise.
std::vector<std::string> parseNpyTexts(std::span<const std::byte> bytes, std::string_view source);

/// NPY 1.0, little-endian, C order; whole or not at all. `bytes` are product(shape) elements. Throws Error.
void writeNpy(const std::filesystem::path& file, NpyType type, std::span<const int64_t> shape,
              std::span<const std::byte> bytes);
template <class T>
void writeNpy(const std::filesystem::path& file, std::span<const int64_t> shape, std::span<const T> values) {
  writeNpy(file, npyTypeOf<T>(), shape, std::as_bytes(values));
}
/// The bytes of such a file up to the data.
std::string npyHeader(NpyType type, std::span<const int64_t> shape);

}  // namespace scanline
