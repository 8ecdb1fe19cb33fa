#pragma once

#include <string_view>

#include "core/store/run_list.h"

namespace scanline {

/// Of the numbers of the field of this name; None if there is no such field.
RunField::Unit unitOfField(std::string_view name);

}  // namespace scanline
