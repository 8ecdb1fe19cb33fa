#include "core/store/run_order.h"

#include <algorithm>
#include <span>
#include <string>

#include "core/store/search_text.h"

namespace scanline {

namespace {

/// Whether run `a` stands before run `b`.
bool comesBefore(const RunColumn& column, bool falling, uint32_t a, uint32_t b) {
  if (column.has(a) != column.has(b)) return column.has(a);
  if (!column.has(a)) return a > b;
  if (column.isNumber) {
    const double left = column.numbers[a], right = column.numbers[b];
    return left == right ? a > b : falling ? left > right : left < right;
  }
  const int sign = naturalKey(column.texts[a]).compare(naturalKey(column.texts[b]));
  return sign == 0 ? a > b : falling ? sign > 0 : sign < 0;
}

struct KeyChunk {
  uint64_t chunk = 0;
  uint32_t place = 0;
};

/// Sorts places by their keys, eight bytes at a time from `depth` on: names of many runs begin alike.
void sortByKeys(std::span<KeyChunk> items, const std::vector<std::string>& keys, size_t depth, bool falling) {
  constexpr size_t kBytes = sizeof(uint64_t);
  for (KeyChunk& item : items) {
    const std::string& key = keys[item.place];
    item.chunk = 0;
    for (size_t i = 0; i < kBytes; ++i)
      item.chunk = item.chunk << 8 | (depth + i < key.size() ? static_cast<unsigned char>(key[depth + i]) : 0U);
  }
  std::ranges::sort(items, [falling](const KeyChunk& a, const KeyChunk& b) {
    return a.chunk == b.chunk ? a.place > b.place : falling ? a.chunk > b.chunk : a.chunk < b.chunk;
  });
  for (size_t start = 0, end = 0; start < items.size(); start = end) {
    while (end < items.size() && items[end].chunk == items[start].chunk) ++end;
    const bool isWhole = (items[start].chunk & 0xff) == 0;  // the keys end here
    if (end - start > 1 && !isWhole) sortByKeys(items.subspan(start, end - start), keys, depth + kBytes, falling);
  }
}

}  // namespace

std::vector<uint32_t> ordered(const RunColumn& column, bool falling) {
  const size_t count = column.isNumber ? column.numbers.size() : column.texts.size();
  std::vector<uint32_t> order;
  order.reserve(count);
  for (size_t place = count; place-- > 0;)
    if (column.has(place)) order.push_back(static_cast<uint32_t>(place));
  if (column.isNumber) {
    std::vector<std::pair<double, uint32_t>> sorted;
    sorted.reserve(order.size());
    for (const uint32_t place : order) sorted.emplace_back(column.numbers[place], place);
    std::ranges::sort(sorted, [falling](const auto& a, const auto& b) {
      if (a.first != b.first) return falling ? a.first > b.first : a.first < b.first;
      return a.second > b.second;
    });
    std::ranges::transform(sorted, order.begin(), &std::pair<double, uint32_t>::second);
  } else {
    std::vector<std::string> keys(count);
    std::vector<KeyChunk> sorted;
    for (const uint32_t place : order) {
      keys[place] = naturalKey(column.texts[place]);
      sorted.push_back({0, place});
    }
    sortByKeys(sorted, keys, 0, falling);
    std::ranges::transform(sorted, order.begin(), &KeyChunk::place);
  }
  for (size_t place = count; place-- > 0;)
    if (!column.has(place)) order.push_back(static_cast<uint32_t>(place));
  return order;
}

void putInPlace(std::vector<uint32_t>& order, const RunColumn& column, bool falling, std::vector<uint32_t> moved) {
  constexpr size_t kFew = 50;
  if (order.empty() || moved.empty()) return;
  if (moved.size() > kFew) return order.clear();
  std::ranges::sort(moved);
  std::erase_if(order, [&](uint32_t place) { return std::ranges::binary_search(moved, place); });
  for (const uint32_t place : moved) {
    const auto at = std::ranges::lower_bound(
        order, place, [&](uint32_t a, uint32_t b) { return comesBefore(column, falling, a, b); });
    order.insert(at, place);
  }
}

}  // namespace scanline
