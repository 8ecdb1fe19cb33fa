#include "core/data/colour_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scanline {

namespace {

// The maps' colours at evenly spaced places, from 0 to 1.
constexpr std::array<Rgb, 9> kViridis{{{0x44, 0x01, 0x54},
                                       {0x47, 0x2d, 0x7b},
                                       {0x3b, 0x52, 0x8b},
                                       {0x2c, 0x72, 0x8e},
                                       {0x21, 0x91, 0x8c},
                                       {0x28, 0xae, 0x80},
                                       {0x5e, 0xc9, 0x62},
                                       {0xad, 0xdc, 0x30},
                                       {0xfd, 0xe7, 0x25}}};
constexpr std::array<Rgb, 11> kVik{{{0x00, 0x12, 0x61},
                                    {0x03, 0x31, 0x71},
                                    {0x0f, 0x61, 0x92},
                                    {0x4c, 0x93, 0xb4},
                                    {0x9e, 0xc3, 0xd7},
                                    {0xec, 0xe5, 0xe0},
                                    {0xdc, 0xb2, 0x97},
                                    {0xc3, 0x7a, 0x4b},
                                    {0xa3, 0x48, 0x1a},
                                    {0x7c, 0x1d, 0x06},
                                    {0x59, 0x00, 0x08}}};

template <size_t N>
Rgb colourAt(const std::array<Rgb, N>& colours, double at) {
  const double place = std::clamp(at, 0.0, 1.0) * (N - 1);
  const size_t low = std::min(static_cast<size_t>(place), N - 2);
  const double share = place - static_cast<double>(low);
  Rgb colour{};
  for (size_t c = 0; c < colour.size(); ++c)
    colour[c] = static_cast<uint8_t>(std::lround((1 - share) * colours[low][c] + share * colours[low + 1][c]));
  return colour;
}

}  // namespace

Rgb evenColour(double at) {
  return colourAt(kViridis, at);
}

Rgb divergingColour(double at) {
  return colourAt(kVik, at);
}

}  // namespace scanline
