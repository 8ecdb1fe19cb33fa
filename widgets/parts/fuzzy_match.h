#pragma once

#include <QString>
#include <optional>

namespace scanline {

/// How well `text` fits the typed letters: they occur in it in this order, with any others between. Higher is better:
/// beginnings of words and letters side by side count more, and short texts before long ones. nullopt if it does not
/// fit. Words that are separated by spaces may come in any order. Case does not matter.
std::optional<int> fuzzyMatch(const QString& typed, const QString& text);

}  // namespace scanline
