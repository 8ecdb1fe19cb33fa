#include "core/store/run_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
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
  const int sign = naturalKey(column.text(a)).compare(naturalKey(column.text(b)));
  return sign == 0 ? a > b : falling ? sign > 0 : sign < 0;
}

struct KeyChunk {
  uint64_t chunk = 0;
  uint32_t text = 0;
};

/// The natural keys of all texts of a pool, one behind the other.
struct Keys {
  std::string bytes;
  std::vector<size_t> ends;
  std::string_view operator[](uint32_t text) const {
    const size_t begin = text == 0 ? 0 : ends[text - 1];
    return std::string_view(bytes).substr(begin, ends[text] - begin);
  }
};

Keys keysOf(const TextPool& pool) {
  Keys keys;
  keys.ends.reserve(pool.size());
  for (uint32_t text = 0; text < pool.size(); ++text) {
    appendNaturalKey(pool[text], keys.bytes);
    keys.ends.push_back(keys.bytes.size());
  }
  return keys;
}

/// Eight bytes of a key from `depth` on, as a number in the same order.
uint64_t chunkOf(std::string_view key, size_t depth) {
  std::array<char, sizeof(uint64_t)> bytes{};
  if (depth < key.size()) std::ranges::copy(key.substr(depth, bytes.size()), bytes.begin());
  uint64_t chunk = 0;
  for (const char byte : bytes) chunk = chunk << 8 | static_cast<unsigned char>(byte);
  return chunk;
}

/// Sorts texts by their keys, eight bytes at a time from `depth` on: names of many runs begin alike. Each text gets its
/// rank, which those with equal keys share, and the ranks go on from `next`.
void rank(std::span<KeyChunk> items, const Keys& keys, size_t depth, uint32_t& next, std::vector<uint32_t>& ranks) {
  for (KeyChunk& item : items) item.chunk = chunkOf(keys[item.text], depth);
  std::ranges::sort(items, {}, &KeyChunk::chunk);
  for (size_t start = 0, end = 0; start < items.size(); start = end) {
    while (end < items.size() && items[end].chunk == items[start].chunk) ++end;
    const bool isWhole = (items[start].chunk & 0xff) == 0;  // the keys end here
    if (end - start > 1 && !isWhole) {
      rank(items.subspan(start, end - start), keys, depth + sizeof(uint64_t), next, ranks);
      continue;
    }
    for (size_t at = start; at < end; ++at) ranks[items[at].text] = next;
    ++next;
  }
}

/// Appends the places that have a text to `order`, by counting how many have each rank.
void orderTexts(const RunColumn& column, bool falling, std::vector<uint32_t>& order) {
  std::vector<KeyChunk> texts(column.pool.size());
  for (uint32_t text = 0; text < texts.size(); ++text) texts[text].text = text;
  std::vector<uint32_t> ranks(texts.size());
  uint32_t count = 0;
  rank(texts, keysOf(column.pool), 0, count, ranks);
  if (falling)
    for (uint32_t& each : ranks) each = count - 1 - each;
  std::vector<uint32_t> starts(count + 1, 0);
  for (const uint32_t text : column.texts)
    if (text != RunColumn::kNoText) ++starts[ranks[text] + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  order.resize(starts.back());
  for (size_t place = column.texts.size(); place-- > 0;)
    if (column.has(place)) order[starts[ranks[column.texts[place]]]++] = static_cast<uint32_t>(place);
}

/// The bits of a number, as an unsigned number in the same order. Both zeros are the same.
uint64_t orderedBits(double number) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  const auto bits = std::bit_cast<uint64_t>(number + 0.0);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

struct NumberedPlace {
  uint64_t number = 0;
  uint32_t place = 0;
};

/// Sorts by the numbers, and keeps the order of those with equal ones: by one byte after the other, from the last one
/// on. Bytes in which all are alike are skipped.
void sortByNumber(std::vector<NumberedPlace>& items) {
  uint64_t differing = 0;
  for (const NumberedPlace& item : items) differing |= item.number ^ items.front().number;
  std::vector<NumberedPlace> sorted(items.size());
  for (int shift = 0; shift < 64; shift += 8) {
    if ((differing >> shift & 0xff) == 0) continue;
    std::array<size_t, 257> starts{};
    for (const NumberedPlace& item : items) ++starts[(item.number >> shift & 0xff) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (const NumberedPlace& item : items) sorted[starts[item.number >> shift & 0xff]++] = item;
    items.swap(sorted);
  }
}

void orderNumbers(const RunColumn& column, bool falling, std::vector<uint32_t>& order) {
  std::vector<NumberedPlace> items;
  items.reserve(column.size());
  for (size_t place = column.size(); place-- > 0;)
    if (column.has(place)) {
      const uint64_t number = orderedBits(column.numbers[place]);
      items.push_back({falling ? ~number : number, static_cast<uint32_t>(place)});
    }
  sortByNumber(items);
  for (const NumberedPlace& item : items) order.push_back(item.place);
}

}  // namespace

std::vector<uint32_t> ordered(const RunColumn& column, bool falling) {
  std::vector<uint32_t> order;
  order.reserve(column.size());
  column.isNumber ? orderNumbers(column, falling, order) : orderTexts(column, falling, order);
  for (size_t place = column.size(); place-- > 0;)
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
