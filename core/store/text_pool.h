#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// Texts that are equal are kept once and known by their number, from 0 on in the order in which they first came: of
/// 100,000 runs, a state takes 4 bytes a run, and is looked at a few times instead of 100,000 times.
class TextPool {
 public:
  /// The number of a text, which is kept from now on.
  uint32_t add(std::string_view text);
  /// Valid until the next add().
  std::string_view operator[](uint32_t number) const {
    const size_t begin = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(bytes_).substr(begin, ends_[number] - begin);
  }
  /// How many different texts there are.
  size_t size() const { return ends_.size(); }

 private:
  size_t slotOf(std::string_view text) const;
  void grow();

  std::string bytes_;  ///< all texts, one behind the other
  std::vector<size_t> ends_;
  std::vector<uint32_t> slots_;  ///< numbers + 1 by hash, with open addressing; 0: free; a power of two of them
};

}  // namespace scanline
