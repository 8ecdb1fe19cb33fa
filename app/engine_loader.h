#pragma once

#include <memory>

#include "core/run/engine.h"

namespace scanline {

/// Loads the shared library `scanline_learn`, and LibTorch with it, and makes its engine. Takes a second or more: call
/// it off the UI thread. Throws Error with a sentence if the library, LibTorch, or something they need is missing or
/// broken.
std::shared_ptr<Engine> loadEngine();

}  // namespace scanline
