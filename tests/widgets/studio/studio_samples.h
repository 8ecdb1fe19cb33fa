#pragma once

#include <cmath>

#include "widgets/studio/studio_values.h"

namespace scanline {

// Pictures and a model for tests of the studio's widgets.

/// 8 x 8 x 8 = 512 colours, evenly spread.
inline Palette samplePalette() {
  std::vector<Colour> colours;
  for (int i = 0; i < 512; ++i) {
    const auto channel = [](int step) { return static_cast<float>(step) / 3.5F - 1; };
    colours.push_back({channel(i / 64), channel(i / 8 % 8), channel(i % 8)});
  }
  return Palette(std::move(colours));
}

/// A red disc in a green landscape under a blue sky; `turn` moves the disc.
inline QImage sampleImage(int across, int down, double turn = 0) {
  QImage image(across, down, QImage::Format_RGB32);
  for (int y = 0; y < down; ++y)
    for (int x = 0; x < across; ++x) {
      const double u = (x + 0.5) / across, v = (y + 0.5) / down;
      const double dx = u - 0.5 - 0.22 * std::cos(turn), dy = v - 0.45 - 0.2 * std::sin(turn);
      QColor colour = v < 0.55 + 0.08 * std::sin(6 * u + turn)
                          ? QColor(static_cast<int>(90 + 90 * v), static_cast<int>(140 + 90 * v), 235)
                          : QColor(static_cast<int>(60 + 60 * u), static_cast<int>(150 - 60 * v), 60);
      if (dx * dx + dy * dy < 0.04) colour = QColor(225, static_cast<int>(70 + 300 * std::abs(dy)), 60);
      image.setPixelColor(x, y, colour);
    }
  return image;
}

inline StudioPicture samplePicture(int across = 8, int down = 8, double turn = 0) {
  StudioPicture picture{.across = across, .down = down};
  picture.palette = samplePalette();
  const QImage image = sampleImage(across, down, turn);
  for (int y = 0; y < down; ++y)
    for (int x = 0; x < across; ++x) {
      const QRgb colour = image.pixel(x, y);
      picture.tokens.push_back(picture.palette->nearest(static_cast<uint8_t>(qRed(colour)),
                                                        static_cast<uint8_t>(qGreen(colour)),
                                                        static_cast<uint8_t>(qBlue(colour))));
    }
  return picture;
}

/// Codes of 8 x 8 pixels each, and their pixels.
inline StudioPicture sampleCodes(int across = 4, int down = 4, double turn = 0) {
  StudioPicture picture{.across = across, .down = down};
  picture.stride = 8;
  picture.pixels = sampleImage(across * 8, down * 8, turn);
  for (int i = 0; i < across * down; ++i) picture.tokens.push_back(static_cast<Token>(i * 7 % 64));
  return picture;
}

inline ModelFacts sampleFacts(int across = 8, int down = 8, Objective objective = Objective::Autoregressive) {
  ModelFacts facts{.objective = objective,
                   .layers = 4,
                   .width = 128,
                   .heads = 4,
                   .paletteSize = 512,
                   .across = across,
                   .down = down,
                   .pixelsAcross = across,
                   .pixelsDown = down,
                   .step = 600,
                   .palette = samplePalette()};
  if (objective == Objective::Bert) facts.maskRate = 0.15;
  return facts;
}

}  // namespace scanline
