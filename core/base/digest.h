#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace scanline {

/// A checksum of bytes that come piece by piece: "sha256" or "md5". One thread at a time.
class Digest {
 public:
  /// Throws Error if `name` is unknown.
  explicit Digest(std::string_view name);
  ~Digest();

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// The sum of all so far as hexadecimal digits. Once.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace scanline
