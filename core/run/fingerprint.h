#pragma once

#include <string>

#include "core/run/trainer.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// The environment's entry (RunPrepared) that holds a run's fingerprint.
inline constexpr const char* kFingerprintEntry = "Data fingerprint";

/// Data that a run learns from, as 64 hexadecimal digits: sizes, labels and tokens (or pixels, of a VQ-VAE) of
/// training, validation and test images. Of more than 64 MiB of a set, evenly spaced images are taken. Equal data give
/// equal fingerprints on every machine.
std::string fingerprintOf(const RunData& data);

/// Whether `right`, which comes from `left`, is bound to learn from the same images: every setting that decides them is
/// equal but the path, which may have moved. Where they differ, their fingerprints say nothing of each other.
bool haveSameData(const RunSpec& left, const RunSpec& right);

}  // namespace scanline
