#pragma once

#include <QString>
#include <cstdint>

#include "core/store/run_types.h"

namespace scanline {

/// The checkpoint that a new run starts from.
struct ModelSource {
  RunId run;
  int64_t step = 0;  ///< -1: the one that the run itself started from
  QString name;      ///< of the run
  QString note;      ///< why this checkpoint: "best", "last"; may be empty

  bool operator==(const ModelSource& other) const { return run == other.run && step == other.step; }
};

}  // namespace scanline
