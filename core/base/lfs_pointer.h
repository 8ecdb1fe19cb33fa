#pragma once

#include "core/base/error.h"

namespace scanline {

/// The Error of refuseLfsPointer(), for readers of many files that say it once for all of them.
class LfsPointerError : public Error {
 public:
  using Error::Error;
};

}  // namespace scanline
