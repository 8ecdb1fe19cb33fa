#pragma once

#include <memory>

#include "core/run/launcher.h"
#include "core/run/process_group.h"

namespace scanline {

/// Meets the other processes at place.host and connects to each of them by Gloo, over TCP. Takes place.listening over.
/// Throws Error if they do not all come within place.timeout.
std::unique_ptr<ProcessGroup> joinByGloo(const GroupPlace& place);

}  // namespace scanline
