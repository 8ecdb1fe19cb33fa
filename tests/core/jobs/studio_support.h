#pragma once

#include <cmath>
#include <memory>

#include "core/jobs/studio_pictures.h"
#include "core/spec/spec_text.h"
#include "tests/core/run/fake_open_model.h"

namespace scanline {

/// Greys, dark to light.
inline Palette greys(int64_t count) {
  std::vector<Colour> colours;
  for (int64_t i = 0; i < count; ++i) {
    const float value = -1 + 2 * static_cast<float>(i) / static_cast<float>(count - 1);
    colours.push_back({value, value, value});
  }
  return Palette(std::move(colours));
}

/// A run on the bundled digits, of few images.
inline RunSpec digitsSpec() {
  RunSpec spec;
  spec.data.limit = 200;
  spec.data.validationShare = 0.25;
  spec.model.layers = 3;
  spec.model.width = 12;
  spec.model.heads = 2;
  return spec;
}

inline CheckpointInfo digitsInfo(const RunSpec& spec = digitsSpec()) {
  return {.specToml = toToml(spec),
          .step = 100,
          .positions = 64,
          .width = 8,
          .height = 8,
          .model = spec.model,
          .palette = greys(5)};
}

inline std::shared_ptr<FakeOpenModel> digitsModel(const RunSpec& spec = digitsSpec()) {
  return std::make_shared<FakeOpenModel>(digitsInfo(spec), 100);
}

/// Says nothing, and never stops.
inline PrepareContext quietContext() {
  return {.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
}

}  // namespace scanline
