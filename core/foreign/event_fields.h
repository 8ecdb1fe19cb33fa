#pragma once

#include <cstdint>

// Numbers of the fields of TensorFlow's messages in event files: tensorflow/core/util/event.proto,
// framework/summary.proto, framework/tensor.proto, framework/types.proto.

namespace scanline {

namespace event_field {
inline constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSession = 7;
}
namespace session_field {
inline constexpr uint32_t kStatus = 1;
inline constexpr uint64_t kStart = 1;  ///< a value of kStatus
}  // namespace session_field
namespace summary_field {
inline constexpr uint32_t kValue = 1;
}
namespace value_field {
inline constexpr uint32_t kTag = 1, kSimple = 2, kImage = 4, kTensor = 8, kMetadata = 9;
}
namespace image_field {
inline constexpr uint32_t kHeight = 1, kWidth = 2, kColorspace = 3, kEncoded = 4;
inline constexpr uint64_t kRgb = 3;  ///< a value of kColorspace
}  // namespace image_field
namespace metadata_field {
inline constexpr uint32_t kPlugin = 1;
}
namespace plugin_field {
inline constexpr uint32_t kName = 1;
}
namespace tensor_field {
inline constexpr uint32_t kDtype = 1, kContent = 4, kFloat = 5, kDouble = 6, kInt = 7, kString = 8, kInt64 = 10,
                          kBool = 11, kHalf = 13, kUint32 = 16, kUint64 = 17;
}
/// Values of tensor_field::kDtype.
namespace tensor_type {
inline constexpr uint64_t kFloat = 1, kDouble = 2, kInt32 = 3, kUint8 = 4, kInt64 = 9, kBool = 10, kBfloat16 = 14,
                          kHalf = 19;
}

}  // namespace scanline
