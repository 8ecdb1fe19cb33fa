#pragma once

#include <stdexcept>

namespace scanline {

/// The one exception of Scanline. what() is a sentence for the person at the window: it names the file or field, the
/// value, and the remedy. Mistakes of our own are asserts, not Errors.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace scanline
