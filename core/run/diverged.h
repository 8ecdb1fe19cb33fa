#pragma once

#include "core/base/error.h"

namespace scanline {

/// Thrown by Trainer::trainStep where loss or gradient is no longer a number: the learning rate was too high. The run
/// fails with its sentence, as by any Error; a search for the learning rate counts it as a result.
class Diverged : public Error {
 public:
  using Error::Error;
};

}  // namespace scanline
