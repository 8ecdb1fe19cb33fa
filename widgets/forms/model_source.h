#pragma once

#include <QString>
#include <cstdint>
#include <optional>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

namespace scanline {

/// The checkpoint that a new run starts from.
struct ModelSource {
  RunId run;
  int64_t step = 0;  ///< -1: the one that the run itself started from
  QString name;      ///< of the run
  QString note;      ///< why this checkpoint: "best", "last"; may be empty
  /// Settings as the checkpoint has them; those that isDecidedByCheckpoint() cannot be changed. Empty: not read yet.
  std::optional<RunSpec> settings = {};

  bool operator==(const ModelSource& other) const { return run == other.run && step == other.step; }
};

}  // namespace scanline
