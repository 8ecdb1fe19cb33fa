#include "core/foreign/summary_value.h"

#include <bit>
#include <cstring>

#include "core/foreign/event_fields.h"
#include "core/formats/float_types.h"

namespace scanline {

namespace {

double halfNumber(uint64_t dtype, uint64_t bits) {
  return dtype == tensor_type::kHalf ? halfToFloat(static_cast<uint16_t>(bits))
                                     : bfloatToFloat(static_cast<uint16_t>(bits));
}

template <class T>
double firstOf(std::span<const std::byte> content) {
  T value{};
  std::memcpy(&value, content.data(), sizeof value);
  return static_cast<double>(value);
}

std::string_view pluginOf(ProtobufReader metadata) {
  while (metadata.next()) {
    if (metadata.field() != metadata_field::kPlugin) continue;
    for (auto plugin = metadata.asMessage(); plugin.next();)
      if (plugin.field() == plugin_field::kName) return plugin.asText();
  }
  return {};
}

}  // namespace

TensorValue readTensor(ProtobufReader tensor) {
  TensorValue value;
  std::optional<uint64_t> half;
  while (tensor.next()) {
    switch (tensor.field()) {
      case tensor_field::kDtype:
        value.dtype = tensor.asUint64();
        break;
      case tensor_field::kContent:
        value.content = tensor.asBytes();
        break;
      case tensor_field::kFloat:
        if (const auto bits = tensor.firstFixed<uint32_t>(); bits && !value.number)
          value.number = std::bit_cast<float>(*bits);
        break;
      case tensor_field::kDouble:
        if (const auto bits = tensor.firstFixed<uint64_t>(); bits && !value.number)
          value.number = std::bit_cast<double>(*bits);
        break;
      case tensor_field::kInt:
      case tensor_field::kInt64:
      case tensor_field::kBool:
        if (const auto bits = tensor.firstVarint(); bits && !value.number)
          value.number = static_cast<double>(std::bit_cast<int64_t>(*bits));
        break;
      case tensor_field::kUint32:
      case tensor_field::kUint64:
        if (const auto bits = tensor.firstVarint(); bits && !value.number) value.number = static_cast<double>(*bits);
        break;
      case tensor_field::kHalf:
        if (!half) half = tensor.firstVarint();
        break;
      case tensor_field::kString:
        value.texts.push_back(tensor.asBytes());
        break;
      default:
        break;
    }
  }
  if (half && !value.number) value.number = halfNumber(value.dtype, *half);
  return value;
}

std::optional<double> numberOf(const TensorValue& tensor) {
  if (tensor.content.empty()) return tensor.number;
  const auto read = [&](size_t size, double (*first)(std::span<const std::byte>)) -> std::optional<double> {
    if (tensor.content.size() != size) return std::nullopt;
    return first(tensor.content);
  };
  switch (tensor.dtype) {
    case tensor_type::kFloat:
      return read(4, firstOf<float>);
    case tensor_type::kDouble:
      return read(8, firstOf<double>);
    case tensor_type::kInt32:
      return read(4, firstOf<int32_t>);
    case tensor_type::kInt64:
      return read(8, firstOf<int64_t>);
    case tensor_type::kUint8:
    case tensor_type::kBool:
      return read(1, firstOf<uint8_t>);
    case tensor_type::kHalf:
      return read(2, [](std::span<const std::byte> c) {
        return halfNumber(tensor_type::kHalf, static_cast<uint64_t>(firstOf<uint16_t>(c)));
      });
    case tensor_type::kBfloat16:
      return read(2, [](std::span<const std::byte> c) {
        return halfNumber(tensor_type::kBfloat16, static_cast<uint64_t>(firstOf<uint16_t>(c)));
      });
    default:
      return std::nullopt;
  }
}

SummaryValue readValue(ProtobufReader message) {
  SummaryValue value;
  while (message.next()) {
    switch (message.field()) {
      case value_field::kTag:
        value.tag = message.asText();
        break;
      case value_field::kSimple:
        value.simple = message.asFloat();
        break;
      case value_field::kImage:
        value.image = message.asBytes();
        break;
      case value_field::kTensor:
        value.tensor = message.asBytes();
        break;
      case value_field::kMetadata:
        value.plugin = pluginOf(message.asMessage());
        break;
      default:
        break;
    }
  }
  return value;
}

}  // namespace scanline
