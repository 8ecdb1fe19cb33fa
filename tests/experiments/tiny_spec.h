#pragma once

#include <cstdint>
#include <string>

#include "core/spec/presets.h"

/// A run whose steps take next to nothing, on bundled data; validated and with a checkpoint every `every` steps.
inline scanline::RunSpec tinySpec(const std::string& name, int64_t steps, int64_t every = 25) {
  scanline::RunSpec spec = scanline::preset("quick-start").spec;
  spec.name = name;
  spec.threads = 1;
  spec.data.limit = 120;
  spec.palette.size = 4;
  spec.model.layers = 1;
  spec.model.width = 8;
  spec.model.heads = 1;
  spec.train.steps = steps;
  spec.train.batchSize = 8;
  spec.train.evaluateImages = 8;
  spec.train.evaluateEvery = spec.train.checkpointEvery = every;
  spec.probe.every = 0;
  spec.sample.every = 0;
  return spec;
}
