#include "core/formats/tensor_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/base/error.h"
#include "core/formats/float_types.h"

namespace scanline {

namespace {

static_assert(std::endian::native == std::endian::little, "tensors are read without a change of byte order");

struct DtypeEntry {
  std::string_view name;
  int64_t bytes;
};
constexpr std::array<DtypeEntry, 13> kDtypes{{{"BOOL", 1},
                                              {"U8", 1},
                                              {"I8", 1},
                                              {"I16", 2},
                                              {"U16", 2},
                                              {"F16", 2},
                                              {"BF16", 2},
                                              {"I32", 4},
                                              {"U32", 4},
                                              {"F32", 4},
                                              {"F64", 8},
                                              {"I64", 8},
                                              {"U64", 8}}};

}  // namespace

std::string_view dtypeName(Dtype type) {
  return kDtypes[static_cast<size_t>(type)].name;
}

int64_t dtypeBytes(Dtype type) {
  return kDtypes[static_cast<size_t>(type)].bytes;
}

std::string shapeText(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void TensorFile::failMissing(std::string_view name) const {
  throw Error(fmt::format("{} has no tensor {}. It belongs to another kind of model, or is incomplete.",
                          path().string(), name));
}

void TensorFile::requireShape(std::string_view name, std::span<const int64_t> found,
                              std::span<const int64_t> expected) const {
  if (!std::ranges::equal(found, expected))
    throw Error(
        fmt::format("{}: tensor {} has the shape {}, expected {}. The file belongs to a model of another shape.",
                    path().string(), name, shapeText(found), shapeText(expected)));
}

std::vector<float> TensorFile::toFloats(std::string_view name, const TensorView& view) const {
  std::vector<float> values(view.bytes.size() / static_cast<size_t>(dtypeBytes(view.dtype)));
  const auto convert = [&]<class T>(T, auto toFloat) {
    for (size_t i = 0; i < values.size(); ++i) {
      T value;
      std::memcpy(&value, view.bytes.data() + i * sizeof(T), sizeof(T));  // may be unaligned
      values[i] = toFloat(value);
    }
  };
  switch (view.dtype) {
    case Dtype::F32:
      convert(float{}, [](float v) { return v; });
      break;
    case Dtype::F64:
      convert(double{}, [](double v) { return static_cast<float>(v); });
      break;
    case Dtype::F16:
      convert(uint16_t{}, halfToFloat);
      break;
    case Dtype::BF16:
      convert(uint16_t{}, bfloatToFloat);
      break;
    default:
      throw Error(fmt::format("{}: tensor {} holds {}, and weights must be F32, F16, BF16 or F64.", path().string(),
                              name, dtypeName(view.dtype)));
  }
  return values;
}

}  // namespace scanline
