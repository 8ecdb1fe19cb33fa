// k-means over the different colours of the drawn pixels, each with the number of pixels that have it. Colours are
// whole numbers 0..255, so the distances of the start and the sums of the centres are whole too: exact, and the same in
// every order in which threads add them.
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/tokens/nearest.h"
#include "core/tokens/palette.h"

namespace scanline {

namespace {

constexpr size_t kAllColours = size_t{1} << 24;

/// A colour and how many of the pixels have it.
struct Weighted {
  std::array<int32_t, 3> rgb;
  int64_t weight;
};

uint32_t packed(const uint8_t* rgb) {
  return static_cast<uint32_t>(rgb[0]) << 16 | static_cast<uint32_t>(rgb[1]) << 8 | rgb[2];
}
std::array<int32_t, 3> unpacked(uint32_t colour) {
  return {static_cast<int32_t>(colour >> 16), static_cast<int32_t>(colour >> 8 & 255),
          static_cast<int32_t>(colour & 255)};
}

Palette paletteOf(std::vector<ColourPoint> colours) {
  // Darkest first.
  std::ranges::sort(colours, {}, [](const ColourPoint& p) { return std::pair(p[0] + p[1] + p[2], p); });
  std::vector<Colour> out;
  for (const ColourPoint& p : colours)
    out.push_back({static_cast<float>(p[0] / 127.5 - 1), static_cast<float>(p[1] / 127.5 - 1),
                   static_cast<float>(p[2] / 127.5 - 1)});
  return Palette(std::move(out));
}

/// All colours of the images, or nothing if there are more than `most`.
std::vector<ColourPoint> fewColours(const ImageSet& images, int64_t most) {
  std::vector<bool> seen(kAllColours);
  std::vector<ColourPoint> colours;
  for (int64_t image = 0; image < images.count; ++image) {
    const std::span<const uint8_t> pixels = images.image(image);
    for (size_t i = 0; i < pixels.size(); i += 3) {
      const uint8_t* rgb = &pixels[i];
      if (seen[packed(rgb)]) continue;
      if (std::ssize(colours) == most) return {};
      seen[packed(rgb)] = true;
      colours.push_back({static_cast<double>(rgb[0]), static_cast<double>(rgb[1]), static_cast<double>(rgb[2])});
    }
  }
  return colours;
}

/// The bits of the three channels in turns, highest first: neighbours in this order are neighbours in colour space.
uint32_t interleaved(const std::array<int32_t, 3>& rgb) {
  uint32_t key = 0;
  for (int bit = 7; bit >= 0; --bit)
    for (const int32_t value : rgb) key = key << 1 | (static_cast<uint32_t>(value) >> bit & 1);
  return key;
}

/// The colours of `pixels` pixels drawn with replacement, or of every pixel if there are no more.
std::vector<Weighted> drawColours(const ImageSet& images, size_t pixels, uint64_t seed) {
  std::vector<uint32_t> weight(kAllColours);
  const auto total = static_cast<uint64_t>(images.count * images.width * images.height);
  if (pixels >= total) {
    for (uint64_t i = 0; i < total; ++i) ++weight[packed(images.pixel(i))];
  } else {
    RandomStream random(seed, Purpose::PalettePixels);
    for (size_t i = 0; i < pixels; ++i) ++weight[packed(images.pixel(random.below(total)))];
  }
  std::vector<Weighted> colours;
  for (uint32_t colour = 0; colour < kAllColours; ++colour)
    if (weight[colour] > 0) colours.push_back({unpacked(colour), weight[colour]});
  std::ranges::sort(colours, {}, [](const Weighted& w) { return interleaved(w.rgb); });
  return colours;
}

ColourPoint toPoint(const std::array<int32_t, 3>& rgb) {
  return {static_cast<double>(rgb[0]), static_cast<double>(rgb[1]), static_cast<double>(rgb[2])};
}

/// k-means++ (Arthur and Vassilvitskii, 2007): each centre is a pixel drawn with probability proportional to its
/// squared distance from the nearest centre so far.
std::vector<ColourPoint> startCentres(const std::vector<Weighted>& colours, int64_t size, uint64_t seed,
                                      const Control& control) {
  RandomStream random(seed, Purpose::PaletteStart);
  std::vector<int64_t> cost(colours.size());  // first the weight alone: any pixel may begin
  std::ranges::transform(colours, cost.begin(), &Weighted::weight);
  std::vector<int32_t> nearest(colours.size(), std::numeric_limits<int32_t>::max());
  std::vector<ColourPoint> centres;
  while (std::ssize(centres) < size) {
    control.check();
    auto target = static_cast<int64_t>(random.below(static_cast<uint64_t>(std::reduce(cost.begin(), cost.end()))));
    size_t chosen = 0;
    while (target >= cost[chosen]) target -= cost[chosen++];
    const auto centre = colours[chosen].rgb;
    centres.push_back(toPoint(centre));
    for (size_t i = 0; i < colours.size(); ++i) {
      const auto& rgb = colours[i].rgb;
      const int32_t red = rgb[0] - centre[0], green = rgb[1] - centre[1], blue = rgb[2] - centre[2];
      nearest[i] = std::min(nearest[i], red * red + green * green + blue * blue);
      cost[i] = nearest[i] * colours[i].weight;
    }
  }
  return centres;
}

/// The share of one chunk of the colours in each centre.
struct Sums {
  std::array<int64_t, 3> rgb{};
  int64_t weight = 0;
};

class Lloyd {
 public:
  Lloyd(const std::vector<Weighted>& colours, std::vector<ColourPoint> centres, int threads)
      : colours_(colours), centres_(std::move(centres)), threads_(threads), owner_(colours.size()), sums_(kChunks) {}

  /// One iteration; false when no centre moved.
  bool step() {
    inParallel(kChunks, threads_, [this](int64_t chunk) { assign(static_cast<size_t>(chunk)); });
    std::vector<Sums> total(centres_.size());
    for (const auto& part : sums_)
      for (size_t k = 0; k < total.size(); ++k) {
        for (size_t c = 0; c < 3; ++c) total[k].rgb[c] += part[k].rgb[c];
        total[k].weight += part[k].weight;
      }
    std::vector<ColourPoint> moved(centres_.size());
    std::vector<size_t> empty;
    for (size_t k = 0; k < total.size(); ++k) {
      if (total[k].weight == 0) empty.push_back(k);
      for (size_t c = 0; c < 3; ++c)
        moved[k][c] = total[k].weight == 0
                          ? centres_[k][c]
                          : static_cast<double>(total[k].rgb[c]) / static_cast<double>(total[k].weight);
    }
    if (!empty.empty()) refill(empty, moved);
    const bool changed = moved != centres_;
    centres_ = std::move(moved);
    return changed;
  }

  const std::vector<ColourPoint>& centres() const { return centres_; }

 private:
  static constexpr int64_t kChunks = 32;  // fixed, so that nothing depends on the number of threads
  static constexpr size_t kGroup = 64;    // colours that share one list of candidates

  void assign(size_t chunk) {
    auto& sums = sums_[chunk];
    sums.assign(centres_.size(), {});
    const size_t end = colours_.size() * (chunk + 1) / kChunks;
    std::vector<uint16_t> candidates;
    std::vector<double> scratch;
    for (size_t begin = colours_.size() * chunk / kChunks; begin < end; begin += kGroup) {
      const size_t stop = std::min(begin + kGroup, end);
      candidatesFor(boxOf(begin, stop), centres_, candidates, scratch);
      for (size_t i = begin; i < stop; ++i) {
        const auto& [rgb, weight] = colours_[i];
        owner_[i] = nearestOf(toPoint(rgb), centres_, candidates);
        Sums& sum = sums[owner_[i]];
        for (size_t c = 0; c < 3; ++c) sum.rgb[c] += rgb[c] * weight;
        sum.weight += weight;
      }
    }
  }

  Box boxOf(size_t begin, size_t end) const {
    Box box{toPoint(colours_[begin].rgb), toPoint(colours_[begin].rgb)};
    for (size_t i = begin; i < end; ++i)
      for (size_t c = 0; c < 3; ++c) {
        const double value = colours_[i].rgb[c];
        box.low[c] = std::min(box.low[c], value);
        box.high[c] = std::max(box.high[c], value);
      }
    return box;
  }

  /// Puts each centre that owns nothing onto the colour that is farthest from its own centre.
  void refill(const std::vector<size_t>& empty, std::vector<ColourPoint>& moved) const {
    std::vector<size_t> order(colours_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto distance = [&](size_t i) { return squaredDistance(toPoint(colours_[i].rgb), centres_[owner_[i]]); };
    const auto farthest = order.begin() + static_cast<ptrdiff_t>(std::min(empty.size(), order.size()));
    std::ranges::partial_sort(
        order, farthest, [&](size_t a, size_t b) { return std::pair(-distance(a), a) < std::pair(-distance(b), b); });
    for (size_t k = 0; k < empty.size(); ++k) moved[empty[k]] = toPoint(colours_[order[k]].rgb);
  }

  const std::vector<Weighted>& colours_;
  std::vector<ColourPoint> centres_;
  int threads_;
  std::vector<uint16_t> owner_;          ///< the centre of each colour
  std::vector<std::vector<Sums>> sums_;  ///< [chunk][centre]
};

}  // namespace

Palette fitPalette(const ImageSet& images, int64_t size, int64_t pixels, int64_t iterations, uint64_t seed, int threads,
                   const Control& control) {
  if (images.count == 0) throw Error("There are no training images to take a palette from.");
  const std::vector<ColourPoint> few = fewColours(images, size);
  if (few.size() == 1)
    throw Error(
        "Every pixel of the training images has the same colour, so there is nothing to learn. Look at the data set.");
  if (!few.empty()) return paletteOf(few);

  std::vector<Weighted> colours = drawColours(images, static_cast<size_t>(pixels), seed);
  if (std::ssize(colours) < size)
    colours = drawColours(images, std::numeric_limits<size_t>::max(), seed);  // too few drawn: take every pixel
  Lloyd lloyd(colours, startCentres(colours, size, seed, control), threads);
  for (int64_t i = 0; i < iterations; ++i) {
    control.check();
    if (!lloyd.step()) break;
  }
  return paletteOf(lloyd.centres());
}

}  // namespace scanline
