#pragma once

#include <string>

#include "core/base/control.h"
#include "core/run/trainer.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// The environment's entry (RunPrepared) that holds a run's fingerprint.
inline constexpr const char* kFingerprintEntry = "Data fingerprint";

struct DataFacts {
  /// 64 hexadecimal digits of sizes, labels and tokens (or pixels, of a VQ-VAE) of training, validation and test
  /// images. Of more than 64 MiB of a set, evenly spaced images are taken. Equal data give equal ones on every machine.
  std::string fingerprint;
  int64_t tokensBelow = 0;  ///< one more than the largest token of all images; 0 if there is none
};

/// Reads the data that a run learns from once, also those that lie in files. Reports images done, of all of them.
/// Throws Stopped.
DataFacts examineData(const RunData& data, const Control& control);

/// Whether `right`, which comes from `left`, is bound to learn from the same images: every setting that decides them is
/// equal but the path, which may have moved. Where they differ, their fingerprints say nothing of each other.
bool haveSameData(const RunSpec& left, const RunSpec& right);

}  // namespace scanline
