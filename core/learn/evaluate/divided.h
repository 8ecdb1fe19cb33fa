#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "core/base/control.h"
#include "core/run/slice_tree.h"

namespace scanline {

/// Work in pieces that depend neither on the number of processes that share it nor on that of threads: on a CPU each
/// piece is made by one thread. Every process makes the same calls in the same order and gets the same results.
class Divided {
 public:
  using Bytes = std::vector<std::byte>;

  virtual ~Divided() = default;
  virtual int64_t pieces() const = 0;           ///< that images are cut into
  virtual Range mine(int64_t count) const = 0;  ///< of `count` pieces, those of this process
  virtual bool isOnCpu() const = 0;
  /// What every process makes by make(control), in their order. All of them drop it together where one of them failed,
  /// or process 0 was stopped or paused. Throws as SlicedWork::together() does, and GroupLost.
  virtual std::vector<Bytes> each(const std::function<Bytes(const Control&)>& make, const Control& control) = 0;

  /// What make(piece, control) makes of each of `count` pieces; on any thread.
  std::vector<Bytes> all(int64_t count, const std::function<Bytes(int64_t piece, const Control&)>& make,
                         const Control& control);
};

/// Plain values one after the other.
class Packed {
 public:
  template <class Value>
  Packed& add(const Value& value) {
    return addAll(std::span(&value, 1));
  }
  /// With their number.
  template <class Value>
  Packed& addList(std::span<const Value> values) {
    return add(static_cast<int64_t>(values.size())).addAll(values);
  }
  template <class Value>
  Packed& addAll(std::span<const Value> values) {
    static_assert(std::is_trivially_copyable_v<Value>);
    const auto bytes = std::as_bytes(values);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Divided::Bytes take() && { return std::move(bytes_); }

 private:
  Divided::Bytes bytes_;
};

/// Reads what Packed wrote, in the same order. `bytes` outlive it.
class Unpacked {
 public:
  explicit Unpacked(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class Value>
  void read(Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    std::memcpy(&value, rest_.data(), sizeof(Value));
    rest_ = rest_.subspan(sizeof(Value));
  }
  template <class Value>
  void readList(std::vector<Value>& values) {
    int64_t count = 0;
    read(count);
    values.resize(static_cast<size_t>(count));
    std::memcpy(values.data(), rest_.data(), values.size() * sizeof(Value));
    rest_ = rest_.subspan(values.size() * sizeof(Value));
  }
  bool isAtEnd() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace scanline
