#pragma once

#include "core/spec/run_spec.h"

namespace scanline {

/// Settings for a run of `kind` that starts from a checkpoint of a run with the settings `source`: its data, palette
/// and model, and what the paper says of the kind. Fine-tuning (paper section 3.4): no cosine, a tenth of the learning
/// rate, which is where the authors often found the best one, and the augmentation of section 3.1. A probe or a
/// low-data run takes the labelled images as the source probed them. Of the source's own kind the settings stay: it
/// goes on.
RunSpec nextSpec(const RunSpec& source, RunKind kind);
/// `spec` with the data, palette and model settings of `source`, whose checkpoint it is to start from.
RunSpec withModelOf(const RunSpec& source, RunSpec spec);
/// Settings for a search of the learning rate of such a run, over the paper's rates. A probe is solved by SGD, which
/// has one.
RunSpec searchSpec(const RunSpec& source);

}  // namespace scanline
