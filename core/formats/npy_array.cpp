#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "core/formats/float_types.h"
#include "core/formats/npy.h"

namespace scanline {

namespace {

struct Half {
  uint16_t bits = 0;
};

/// Calls use(value) for every element, each as its own C++ type.
template <class Use>
void forEachValue(const NpyArray& array, Use&& use) {
  const auto walk = [&]<class T>(T value) {
    for (size_t at = 0; at < array.bytes.size(); at += sizeof(T)) {
      std::memcpy(&value, array.bytes.data() + at, sizeof(T));
      if constexpr (std::is_same_v<T, Half>)
        use(halfToFloat(value.bits));
      else
        use(value);
    }
  };
  switch (array.type) {
    case NpyType::Bool:
    case NpyType::UInt8:
      return walk(uint8_t{});
    case NpyType::Int8:
      return walk(int8_t{});
    case NpyType::Int16:
      return walk(int16_t{});
    case NpyType::UInt16:
      return walk(uint16_t{});
    case NpyType::Int32:
      return walk(int32_t{});
    case NpyType::UInt32:
      return walk(uint32_t{});
    case NpyType::Int64:
      return walk(int64_t{});
    case NpyType::UInt64:
      return walk(uint64_t{});
    case NpyType::Float16:
      return walk(Half{});
    case NpyType::Float32:
      return walk(float{});
    case NpyType::Float64:
      return walk(double{});
  }
}

}  // namespace

int64_t NpyArray::count() const {
  int64_t product = 1;
  for (const int64_t d : shape) product *= d;
  return product;
}

std::string NpyArray::describe() const {
  return fmt::format("{} [{}]", npyTypeName(type), fmt::join(shape, ", "));
}

void NpyArray::failType(std::string_view wanted) const {
  throw Error(fmt::format("{} holds {}, but {} was expected.", source, describe(), wanted));
}

std::vector<double> NpyArray::toDoubles() const {
  std::vector<double> out;
  out.reserve(static_cast<size_t>(count()));
  forEachValue(*this, [&](auto value) { out.push_back(static_cast<double>(value)); });
  return out;
}

std::vector<int64_t> NpyArray::toIntegers(int64_t least, int64_t most) const {
  std::vector<int64_t> out;
  out.reserve(static_cast<size_t>(count()));
  forEachValue(*this, [&](auto value) {
    bool fits = false;
    if constexpr (std::is_integral_v<decltype(value)>)
      fits = std::cmp_less_equal(least, value) && std::cmp_less_equal(value, most);
    else  // a double above 2^53 is whole, but 2^63 and more would not fit
      fits = value == std::trunc(value) && std::abs(value) < 0x1p63F && static_cast<int64_t>(value) >= least &&
             static_cast<int64_t>(value) <= most;
    if (!fits)
      throw Error(fmt::format("{}: element {} is {}; whole numbers from {} to {} were expected.", source, out.size(),
                              value, least, most));
    out.push_back(static_cast<int64_t>(value));
  });
  return out;
}

}  // namespace scanline
