#pragma once

#include <string>
#include <string_view>

namespace scanline {

/// Lower case, for comparing typed text: Latin, Greek and Cyrillic letters in UTF-8. Other bytes stay.
std::string foldCase(std::string_view text);
/// As foldCase(), into `result`, which keeps its memory.
void foldCase(std::string_view text, std::string& result);

/// Texts whose keys are in the order of their bytes are in the order that people expect: case makes no difference, and
/// "run 9" comes before "run 10".
std::string naturalKey(std::string_view text);
/// Adds the key to the end of another text.
void appendNaturalKey(std::string_view text, std::string& key);

}  // namespace scanline
