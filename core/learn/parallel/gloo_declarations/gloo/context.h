// Declares as much of Gloo as the header of LibTorch's Gloo group needs. LibTorch holds Gloo itself, but does not bring
// its headers along. None of these classes is made or looked into by our code: objects pass through it as pointers.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
