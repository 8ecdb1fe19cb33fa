#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/run/open_model.h"
#include "widgets/studio/studio_picture.h"

namespace scanline {

/// `size` colours along a hue circle that grows lighter.
inline Palette samplePalette(int size) {
  std::vector<Colour> colours;
  for (int i = 0; i < size; ++i) {
    const double at = double(i) / double(size - 1);
    const auto wave = [&](double phase) { return float(0.45 * std::sin(5 * at + phase) + 1.1 * at - 0.55); };
    colours.push_back({wave(0), wave(2), wave(4)});
  }
  return Palette(colours);
}

/// A bright disc before a sky that grows darker.
inline StudioPicture samplePicture(int across, int down, int colours) {
  StudioPicture picture{.across = across, .down = down, .palette = samplePalette(colours)};
  for (int y = 0; y < down; ++y)
    for (int x = 0; x < across; ++x) {
      const double dx = double(x) / across - 0.55, dy = double(y) / down - 0.45;
      const double level = std::hypot(dx, dy) < 0.28 ? 0.9 - std::hypot(dx, dy) : 0.45 - 0.35 * double(y) / down;
      picture.tokens.push_back(Token(std::lround(level * (colours - 1))));
    }
  return picture;
}

inline ModelFacts sampleFacts(int across, int down, int colours, int layers = 4, int heads = 8) {
  ModelFacts facts;
  facts.layers = layers;
  facts.heads = heads;
  facts.width = 64;
  facts.paletteSize = colours;
  facts.across = facts.pixelsAcross = across;
  facts.down = facts.pixelsDown = down;
  facts.step = 600;
  facts.palette = samplePalette(colours);
  return facts;
}

}  // namespace scanline
