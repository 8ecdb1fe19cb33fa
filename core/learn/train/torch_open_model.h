#pragma once

#include <memory>

#include "core/learn/train/loaded_model.h"
#include "core/run/open_model.h"

namespace scanline {

/// The codec of a model of codes is opened with it. Throws Error.
std::shared_ptr<const OpenModel> openLoaded(LoadedModel loaded);

}  // namespace scanline
