#include "core/store/search_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace scanline {

namespace {

/// Of a character that UTF-8 writes in two bytes.
uint32_t lowerOf(uint32_t code) {
  if (code >= 0xc0 && code <= 0xde && code != 0xd7) return code + 0x20;
  if ((code >= 0x100 && code <= 0x12f) || (code >= 0x132 && code <= 0x137) || (code >= 0x14a && code <= 0x177))
    return code | 1U;
  if ((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e)) return code + (code & 1U);
  if (code >= 0x391 && code <= 0x3a9) return code + 0x20;
  if (code >= 0x410 && code <= 0x42f) return code + 0x20;
  if (code >= 0x400 && code <= 0x40f) return code + 0x50;
  return code;
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

void foldCase(std::string_view text, std::string& result) {
  result.assign(text);
  for (size_t i = 0; i < result.size(); ++i) {
    const auto byte = static_cast<unsigned char>(result[i]);
    if (byte >= 'A' && byte <= 'Z') {
      result[i] = static_cast<char>(byte + ('a' - 'A'));
    } else if (byte >= 0xc3 && byte <= 0xdf && i + 1 < result.size()) {
      const auto next = static_cast<unsigned char>(result[i + 1]);
      const uint32_t lower = lowerOf((byte & 0x1fU) << 6 | (next & 0x3fU));
      result[i] = static_cast<char>(0xc0U | lower >> 6);
      result[++i] = static_cast<char>((next & 0xc0U) | (lower & 0x3fU));
    }
  }
}

std::string foldCase(std::string_view text) {
  std::string result;
  foldCase(text, result);
  return result;
}

void appendNaturalKey(std::string_view text, std::string& key) {
  thread_local std::string folded;
  foldCase(text, folded);
  for (size_t i = 0; i < folded.size();) {
    if (!isDigit(folded[i])) {
      key += folded[i++];
      continue;
    }
    size_t end = i;
    while (end < folded.size() && isDigit(folded[end])) ++end;
    while (i + 1 < end && folded[i] == '0') ++i;
    // A number is preceded by how many digits it has, as a character behind the digits.
    key += static_cast<char>('0' + std::min<size_t>(end - i, 60));
    key.append(folded, i, end - i);
    i = end;
  }
}

std::string naturalKey(std::string_view text) {
  std::string key;
  key.reserve(text.size() + 8);
  appendNaturalKey(text, key);
  return key;
}

}  // namespace scanline
