#pragma once

#include <memory>
#include <string>

#include "core/data/image.h"

namespace scanline {

/// Pictures of one size after each other, for ever, as GIF (at most 256 colours each; of more the rarest become their
/// nearest) or as APNG (every colour). One thread.
class Animation {
 public:
  enum class Format { Gif, Apng };

  /// `frames`: how many will come, 1 or more.
  Animation(Format format, int64_t width, int64_t height, int64_t frames);
  ~Animation();

  /// Shown for so many milliseconds. Throws Error if it is of another size, or cannot be encoded.
  void add(const Image& picture, int64_t milliseconds);
  /// The file, once all frames came.
  std::string take();

 private:
  class Encoder;
  class Gif;
  class Apng;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace scanline
