#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace scanline {

/// What the Error says that `act` throws. Empty if it throws none.
template <class Act>
std::string sentenceOf(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// Whether a text has this part.
inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace scanline
