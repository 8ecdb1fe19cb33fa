#include "core/base/random.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>

namespace scanline {

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t left = uint64_t{0xD2511F53} * counter[0];
    const uint64_t right = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(right >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(right),
               static_cast<uint32_t>(left >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(left)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

namespace {

/// The seed and purpose are hashed into the key (SplitMix64's finaliser), so that neighbouring seeds share nothing.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

}  // namespace

RandomStream::RandomStream(uint64_t seed, Purpose purpose, uint64_t step, uint32_t index) {
  const uint64_t key = mix(mix(seed + 0x9E3779B97F4A7C15) + static_cast<uint64_t>(purpose));
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
  counter_ = {0, index, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)};
}

uint32_t RandomStream::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    assert(counter_[0] != 0);  // 2^34 words a stream are enough for every use we have
    used_ = 0;
  }
  return block_[used_++];
}

double RandomStream::uniform() {
  const uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

uint64_t RandomStream::below(uint64_t bound) {
  assert(bound > 0);
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // values from here on would favour small results
  uint64_t value = 0;
  do {
    value = (uint64_t{bits()} << 32) | bits();
  } while (value >= limit);
  return value % bound;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<int64_t> drawRows(int64_t total, int64_t count, RandomStream& random) {
  std::vector<int64_t> rows(static_cast<size_t>(total));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const auto wanted = static_cast<size_t>(std::min(count, total));
  for (size_t i = 0; i < wanted; ++i)  // the first places of a Fisher-Yates shuffle
    std::swap(rows[i], rows[i + static_cast<size_t>(random.below(rows.size() - i))]);
  rows.resize(wanted);
  return rows;
}

}  // namespace scanline
