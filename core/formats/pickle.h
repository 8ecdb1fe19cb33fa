#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanline {

/// The content of a Python pickle of protocol 2 to 5, as plain data: https://docs.python.org/3/library/pickletools.html
///
/// A pickle is a program that may import and call anything. Here it calls nothing: names that it imports must be in a
/// list, or reading stops; a call becomes a value of a kind of its own. Values lie in one table and refer to each other
/// by number, so that neither depth nor cycles matter, when it is read or released. Immutable; any thread.
class Pickle {
 public:
  using Id = uint32_t;
  enum class Kind : uint8_t {
    None,
    Bool,        ///< integer: 0 or 1
    Integer,     ///< integer
    Text,        ///< text
    Other,       ///< a float, bytes, or an integer beyond 64 bits: nothing that we need
    Tuple,       ///< items
    List,        ///< items
    Dict,        ///< items: key, value, key, value, ... in the order written; OrderedDict, too
    Global,      ///< text: "module.name", one of the allowed
    Call,        ///< items: a Global and the Tuple of its arguments
    Persistent,  ///< items: the one value that names something outside of the pickle
  };
  struct Value {
    Kind kind = Kind::None;
    int64_t integer = 0;
    std::string_view text;  ///< into the pickle's bytes
    std::vector<Id> items;
  };

  /// Reads one pickle from the beginning of `bytes`, which must outlive this object. `allowed`: names that
  /// may be imported ("module.name"); collections.OrderedDict always may. `source`: for messages. Throws Error on
  /// anything malformed or not allowed. Needs at most some 64 bytes of memory a byte of the pickle.
  Pickle(std::span<const std::byte> bytes, std::span<const std::string_view> allowed, std::string_view source);

  const Value& operator[](Id id) const { return values_[id]; }
  const Value& top() const { return values_[top_]; }
  size_t size() const { return size_; }  ///< bytes up to its end

 private:
  std::vector<Value> values_;
  Id top_ = 0;
  size_t size_ = 0;
};

}  // namespace scanline
