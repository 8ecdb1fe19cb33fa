#include "core/tokens/batches.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <utility>

namespace scanline {

namespace {

/// A permutation of 0 .. count - 1 of which any place can be asked for alone: a Feistel network over the next even
/// number of bits, applied again while it lands outside (Black and Rogaway, "Ciphers with arbitrary finite domains",
/// 2002). Shuffling a list would cost the time and memory of a whole epoch at every step.
class Permutation {
 public:
  Permutation(int64_t count, uint64_t seed, Purpose purpose, uint64_t epoch)
      : count_(static_cast<uint64_t>(count)),
        half_(static_cast<int>(std::bit_width(count_ - 1) + 1) / 2),
        mask_((1ULL << half_) - 1) {
    RandomStream random(seed, purpose, epoch);
    for (auto& key : keys_) key = {random.bits(), random.bits()};
  }

  int64_t at(int64_t place) const {
    auto value = static_cast<uint64_t>(place);
    do {
      value = once(value);
    } while (value >= count_);
    return static_cast<int64_t>(value);
  }

 private:
  uint64_t once(uint64_t value) const {
    uint64_t left = value >> half_, right = value & mask_;
    for (const auto& key : keys_) {
      const uint64_t mixed = philox({static_cast<uint32_t>(right), static_cast<uint32_t>(right >> 32), 0, 0}, key)[0];
      left = std::exchange(right, (left ^ mixed) & mask_);
    }
    return left << half_ | right;
  }

  uint64_t count_;
  int half_;  ///< bits of each half
  uint64_t mask_;
  std::array<std::array<uint32_t, 2>, 6> keys_{};
};

}  // namespace

std::vector<int64_t> batchRows(int64_t count, int64_t batchSize, uint64_t seed, int64_t step, Purpose purpose) {
  assert(count >= 1 && batchSize >= 1 && step >= 0);
  std::vector<int64_t> rows;
  rows.reserve(static_cast<std::size_t>(batchSize));
  int64_t place = step * batchSize;
  const int64_t end = place + batchSize;
  while (place < end) {
    const int64_t epoch = place / count;
    const Permutation order(count, seed, purpose, static_cast<uint64_t>(epoch));
    for (; place < end && place / count == epoch; ++place) rows.push_back(order.at(place % count));
  }
  return rows;
}

int64_t stepsPerEpoch(int64_t count, int64_t batchSize) {
  return (count + batchSize - 1) / batchSize;
}

}  // namespace scanline
