#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "core/run/events.h"

namespace scanline {

/// An entry of the environment that a run was prepared in ("Device", kFingerprintEntry); empty if there is none.
inline std::string environmentValue(const RunPrepared& prepared, std::string_view key) {
  const auto entry =
      std::ranges::find(prepared.environment, key, [](const auto& each) { return std::string_view(each.first); });
  return entry == prepared.environment.end() ? std::string() : entry->second;
}

}  // namespace scanline
