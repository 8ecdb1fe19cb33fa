#pragma once

#include <string_view>

/// Series that a learning-rate search records beside its trials. Steps are the numbers of the trials that ended,
/// from 1.
namespace scanline::series {

inline constexpr std::string_view kSearchRate = "search/learningRate";
inline constexpr std::string_view kSearchLoss = "search/loss";  ///< infinite if the trial diverged

}  // namespace scanline::series
