#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/formats/protobuf.h"

namespace scanline {

/// A TensorProto as far as scalars and pictures need it.
struct TensorValue {
  uint64_t dtype = 0;
  std::span<const std::byte> content;             ///< tensor_content
  std::optional<double> number;                   ///< the first of float_val, double_val, ...
  std::vector<std::span<const std::byte>> texts;  ///< string_val
};

/// A Summary.Value, its parts not looked at yet.
struct SummaryValue {
  std::string_view tag;
  std::optional<float> simple;
  std::optional<std::span<const std::byte>> image, tensor;
  std::string_view plugin;
};

/// Both throw Error on a message that is malformed. Their results point into its bytes.
SummaryValue readValue(ProtobufReader message);
TensorValue readTensor(ProtobufReader tensor);

/// The one number of a tensor; nullopt if it has none.
std::optional<double> numberOf(const TensorValue& tensor);

}  // namespace scanline
