#include "core/store/text_pool.h"

#include <functional>

namespace scanline {

/// Where the text stands, or would.
size_t TextPool::slotOf(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>{}(text)&mask;
  while (slots_[slot] != 0 && (*this)[slots_[slot] - 1] != text) slot = (slot + 1) & mask;
  return slot;
}

void TextPool::grow() {
  constexpr size_t kLeastSlots = 16;
  slots_.assign(slots_.empty() ? kLeastSlots : 2 * slots_.size(), 0);
  for (uint32_t number = 0; number < ends_.size(); ++number) slots_[slotOf((*this)[number])] = number + 1;
}

uint32_t TextPool::add(std::string_view text) {
  if (2 * ends_.size() >= slots_.size()) grow();
  uint32_t& slot = slots_[slotOf(text)];
  if (slot != 0) return slot - 1;
  bytes_ += text;
  ends_.push_back(bytes_.size());
  slot = static_cast<uint32_t>(ends_.size());
  return slot - 1;
}

}  // namespace scanline
