#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace scanline {

static_assert(std::endian::native == std::endian::little, "numbers of protocol buffers are little-endian");

/// How a field's value lies in a protocol buffer; its number is the low three bits of a field's key. Groups (3 and 4)
/// are not read: none of the formats that we exchange has them.
enum class WireType : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// Reads the fields of one message of another program. Nothing is copied or allocated; each value must lie
/// within the bytes given. Throws Error, whose sentence begins with `source`, at the first byte that is no message.
///
///     ProtobufReader reader(bytes, "events.out.tfevents.1");
///     while (reader.next())
///       if (reader.field() == 2) step = reader.asInt64();
///
/// A field that is not asked for is passed over, as protocol buffers want it for fields that are new.
class ProtobufReader {
 public:
  /// Both must outlive the reader.
  ProtobufReader(std::span<const std::byte> bytes, std::string_view source) : rest_(bytes), source_(source) {}

  /// Goes to the next field; false at the end of the message.
  bool next() {
    if (rest_.empty()) return false;
    const uint64_t key = takeVarint();
    if (key >> 3 == 0 || key >> 3 > kMostField) fail("a field's number is outside of 1 .. 2^29-1");
    field_ = static_cast<uint32_t>(key >> 3);
    wire_ = static_cast<WireType>(key & 7U);
    switch (wire_) {
      case WireType::Varint:
        number_ = takeVarint();
        break;
      case WireType::Fixed64:
        number_ = takeFixed<uint64_t>();
        break;
      case WireType::Fixed32:
        number_ = takeFixed<uint32_t>();
        break;
      case WireType::Bytes:
        bytes_ = take(takeVarint());
        break;
      default:
        fail("a field has a kind of value that does not exist");
    }
    return true;
  }

  uint32_t field() const { return field_; }

  uint64_t asUint64() const { return expect(WireType::Varint), number_; }
  /// int32 and int64; not for the zigzag types sint32 and sint64.
  int64_t asInt64() const { return std::bit_cast<int64_t>(asUint64()); }
  float asFloat() const { return expect(WireType::Fixed32), std::bit_cast<float>(static_cast<uint32_t>(number_)); }
  double asDouble() const { return expect(WireType::Fixed64), std::bit_cast<double>(number_); }
  uint32_t asFixed32() const { return expect(WireType::Fixed32), static_cast<uint32_t>(number_); }
  /// A text, bytes, a message of its own, or packed numbers.
  std::span<const std::byte> asBytes() const { return expect(WireType::Bytes), bytes_; }
  std::string_view asText() const {
    const std::span<const std::byte> bytes = asBytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  ProtobufReader asMessage() const { return {asBytes(), source_}; }

  /// The first of the numbers of a repeated field, packed or not, if it has any.
  std::optional<uint64_t> firstVarint() const {
    if (wire_ == WireType::Varint) return number_;
    ProtobufReader packed = asMessage();
    if (packed.rest_.empty()) return std::nullopt;
    return packed.takeVarint();
  }
  /// The same for float (uint32_t) and double (uint64_t), as bits.
  template <std::unsigned_integral Bits>
  std::optional<Bits> firstFixed() const {
    if (wire_ == (sizeof(Bits) == 4 ? WireType::Fixed32 : WireType::Fixed64)) return static_cast<Bits>(number_);
    ProtobufReader packed = asMessage();
    if (packed.rest_.empty()) return std::nullopt;
    return packed.takeFixed<Bits>();
  }

 private:
  static constexpr uint64_t kMostField = (uint64_t{1} << 29) - 1;

  [[noreturn]] void fail(std::string_view what) const {
    std::string text(source_);
    throw Error(text.append(": not a protocol buffer: ").append(what).append("."));
  }
  void expect(WireType wanted) const {
    if (wire_ != wanted) fail("field " + std::to_string(field_) + " holds another kind of value than it should");
  }
  std::span<const std::byte> take(uint64_t count) {
    if (count > rest_.size())
      fail("a field of " + std::to_string(count) + " bytes where " + std::to_string(rest_.size()) + " are left");
    const auto taken = rest_.first(static_cast<size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  template <std::unsigned_integral Bits>
  Bits takeFixed() {
    Bits bits = 0;
    std::memcpy(&bits, take(sizeof bits).data(), sizeof bits);
    return bits;
  }
  uint64_t takeVarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const auto byte = std::to_integer<uint64_t>(take(1)[0]);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80U) return value;
    }
    fail("a number of more than 64 bits");
  }

  std::span<const std::byte> rest_;
  std::string_view source_;
  uint32_t field_ = 0;
  WireType wire_ = WireType::Varint;
  uint64_t number_ = 0;
  std::span<const std::byte> bytes_;
};

/// Puts one message together. A message within is written by a writer of its own and put in by message().
class ProtobufWriter {
 public:
  void varint(uint32_t field, uint64_t value) {
    key(field, WireType::Varint);
    putVarint(value);
  }
  /// int32 and int64.
  void int64(uint32_t field, int64_t value) { varint(field, std::bit_cast<uint64_t>(value)); }
  void float32(uint32_t field, float value) { fixed(field, WireType::Fixed32, value); }
  void float64(uint32_t field, double value) { fixed(field, WireType::Fixed64, value); }
  void text(uint32_t field, std::string_view value) {
    key(field, WireType::Bytes);
    putVarint(value.size());
    out_.append(value);
  }
  void bytes(uint32_t field, std::span<const std::byte> value) {
    text(field, {reinterpret_cast<const char*>(value.data()), value.size()});
  }
  void message(uint32_t field, const ProtobufWriter& value) { text(field, value.out_); }

  std::span<const std::byte> written() const { return std::as_bytes(std::span(out_)); }

 private:
  void key(uint32_t field, WireType wire) { putVarint(uint64_t{field} << 3 | static_cast<uint64_t>(wire)); }
  template <class T>
  void fixed(uint32_t field, WireType wire, T value) {
    key(field, wire);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out_.append(raw, sizeof value);
  }
  void putVarint(uint64_t value) {
    for (; value >= 0x80U; value >>= 7) out_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    out_.push_back(static_cast<char>(value));
  }

  std::string out_;
};

}  // namespace scanline
