#pragma once

#include <string>

namespace scanline {

/// The processor's name as the kernel gives it, "unknown" where it gives none.
std::string processorName();

}  // namespace scanline
