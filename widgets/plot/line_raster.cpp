#include "widgets/plot/line_raster.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace scanline {

namespace {

struct Pixels {
  explicit Pixels(QImage& image)
      : bits(reinterpret_cast<QRgb*>(image.bits())),
        stride(image.bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb))) {}
  QRgb* at(int column, int row) const { return bits + row * stride + column; }
  QRgb* bits;
  qsizetype stride;
};

/// `over` at a share of `part`/255 of a pixel.
QRgb blended(QRgb over, QRgb under, uint32_t part) {
  constexpr uint32_t kEven = 0x00ff00ff;
  const auto half = [part](uint32_t a, uint32_t b) {
    const uint32_t sum = a * part + b * (255 - part);
    return (sum + (sum >> 8 & kEven) + 0x00800080) >> 8 & kEven;
  };
  return half(over & kEven, under & kEven) | half(over >> 8 & kEven, under >> 8 & kEven) << 8;
}

/// The rows between which the pen runs, at each of the parts of all columns of the picture.
class Extents {
 public:
  Extents(int columns, double radius)
      : reach_(strokeReach(2 * radius)), radius_(radius), size_(columns * kStrokeParts) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    const auto all = static_cast<size_t>(size_ + 2 * reach_);
    tops_.assign(all, kInfinite);
    bottoms_.assign(all, -kInfinite);
    wideTops_.assign(static_cast<size_t>(size_), kInfinite);
    wideBottoms_.assign(static_cast<size_t>(size_), -kInfinite);
  }

  void add(const LineColumns& line, int64_t left, const RasterHeights& heights) {
    const int64_t from = std::max(line.first, left - reach_);
    const int64_t to = std::min(line.first + std::ssize(line.low), left + size_ + reach_);
    const auto& upper = heights.perUnit < 0 ? line.high : line.low;
    const auto& lower = heights.perUnit < 0 ? line.low : line.high;
    for (int64_t at = from; at < to; ++at) {  // a line that is not there has its top below its bottom
      const auto of = static_cast<size_t>(at - line.first), part = static_cast<size_t>(at - left + reach_);
      tops_[part] = static_cast<float>(heights.origin + heights.perUnit * upper[of]);
      bottoms_[part] = static_cast<float>(heights.origin + heights.perUnit * lower[of]);
    }
    widen();
  }

  float top(int part) const { return wideTops_[static_cast<size_t>(part)]; }
  float bottom(int part) const { return wideBottoms_[static_cast<size_t>(part)]; }

 private:
  void widen() {
    for (int by = -reach_; by <= reach_; ++by) {
      const double aside = static_cast<double>(by) / kStrokeParts;
      const auto height = static_cast<float>(std::sqrt(std::max(0.0, radius_ * radius_ - aside * aside)));
      const float *top = tops_.data() + reach_ + by, *bottom = bottoms_.data() + reach_ + by;
      for (int part = 0; part < size_; ++part) {
        float &wideTop = wideTops_[static_cast<size_t>(part)], &wideBottom = wideBottoms_[static_cast<size_t>(part)];
        wideTop = std::min(wideTop, top[part] - height);
        wideBottom = std::max(wideBottom, bottom[part] + height);
      }
    }
  }

  int reach_;  ///< parts left and right of a place that the pen covers
  double radius_;
  int size_;
  std::vector<float> tops_, bottoms_;  ///< where the middle of the line runs, from reach_ left of the picture on
  std::vector<float> wideTops_, wideBottoms_;  ///< of the pen
};

/// Which parts of the columns a dashed line leaves out, asked for from the left on.
class Gaps {
 public:
  explicit Gaps(const RasterStroke& stroke)
      : dashes_(stroke.dashes), length_(std::accumulate(dashes_.begin(), dashes_.end(), 0.0)) {
    if (!(length_ > 0)) return;
    place_ = std::fmod(0.5 / kStrokeParts - stroke.origin, length_);
    if (place_ < 0) place_ += length_;
  }
  /// Of the next part.
  bool next() {
    if (!(length_ > 0)) return false;
    double at = place_;
    place_ += 1.0 / kStrokeParts;
    if (place_ >= length_) place_ -= length_;
    bool isOn = true;
    for (const double dash : dashes_) {
      if (at < dash) break;
      at -= dash;
      isOn = !isOn;
    }
    return !isOn;
  }

 private:
  std::span<const double> dashes_;
  double length_, place_ = 0;
};

/// How much of each pixel of a column is covered.
class Cover {
 public:
  explicit Cover(int height)
      : height_(height), part_(static_cast<size_t>(height) + 2), whole_(static_cast<size_t>(height) + 2) {}

  void add(float top, float bottom) {
    top = std::clamp(top, 0.0F, static_cast<float>(height_));
    bottom = std::clamp(bottom, 0.0F, static_cast<float>(height_));
    if (!(top < bottom)) return;
    const int first = static_cast<int>(top), last = static_cast<int>(bottom);
    first_ = std::min(first_, first);
    last_ = std::max(last_, last);
    const auto a = static_cast<size_t>(first), b = static_cast<size_t>(last);
    if (first == last) {
      part_[a] += bottom - top;
      return;
    }
    part_[a] += static_cast<float>(first + 1) - top;
    part_[b] += bottom - static_cast<float>(last);
    ++whole_[a + 1];
    --whole_[b];
  }

  /// Blends the colour over a column and sets its coverage back to zero.
  void paint(const Pixels& pixels, int column, QRgb colour) {
    int whole = 0;
    for (int row = first_; row <= last_; ++row) {
      const auto at = static_cast<size_t>(row);
      whole += whole_[at];
      const float share = (part_[at] + static_cast<float>(whole)) / kStrokeParts;
      part_[at] = 0;
      whole_[at] = 0;
      if (row >= height_ || !(share > 0)) continue;
      QRgb& pixel = *pixels.at(column, row);
      pixel = share >= 1 ? colour : blended(colour, pixel, static_cast<uint32_t>(255 * share + 0.5F));
    }
    first_ = std::numeric_limits<int>::max();
    last_ = std::numeric_limits<int>::min();
  }

 private:
  int height_;
  std::vector<float> part_;  ///< covered of each row, in parts of the column
  std::vector<int> whole_;   ///< parts that cover whole rows from this one on: more or fewer than above
  int first_ = std::numeric_limits<int>::max(), last_ = std::numeric_limits<int>::min();
};

}  // namespace

int strokeReach(double width) {
  return static_cast<int>(width / 2 * kStrokeParts);
}

void drawHair(QImage& image, const LineColumns& line, int64_t left, const RasterHeights& heights, QRgb colour) {
  const int height = image.height();
  const auto row = [height](double y) {
    return static_cast<int>(std::floor(std::clamp(y, -1.0, static_cast<double>(height))));
  };
  const bool isUpwards = heights.perUnit < 0;
  const auto& upper = isUpwards ? line.high : line.low;
  const auto& lower = isUpwards ? line.low : line.high;
  const uint8_t atTop = isUpwards ? LineColumns::High : LineColumns::Low;
  const uint8_t atBottom = isUpwards ? LineColumns::Low : LineColumns::High;
  const Pixels pixels(image);
  const int64_t from = std::max(line.first, left),
                to = std::min(line.first + std::ssize(line.low), left + image.width());
  for (int64_t at = from; at < to; ++at) {
    const auto of = static_cast<size_t>(at - line.first);
    if (line.low[of] > line.high[of]) continue;
    int first = row(heights.origin + heights.perUnit * upper[of]);
    int last = row(heights.origin + heights.perUnit * lower[of]);
    // It comes in at the corner of a pixel of the column before, not beside it.
    if (first != last && (line.entry[of] & atTop) != 0) ++first;
    if (first != last && (line.entry[of] & atBottom) != 0) --last;
    for (int pixel = std::max(0, first); pixel <= std::min(height - 1, last); ++pixel)
      *pixels.at(static_cast<int>(at - left), pixel) = colour;
  }
}

void drawStroke(QImage& image, const LineColumns& line, int64_t left, const RasterHeights& heights,
                const RasterStroke& stroke) {
  Extents extents(image.width(), stroke.width / 2);
  extents.add(line, left, heights);
  Gaps gaps(stroke);
  Cover cover(image.height());
  const Pixels pixels(image);
  for (int column = 0; column < image.width(); ++column) {
    for (int part = 0; part < kStrokeParts; ++part)
      if (!gaps.next())
        cover.add(extents.top(column * kStrokeParts + part), extents.bottom(column * kStrokeParts + part));
    cover.paint(pixels, column, stroke.colour);
  }
}

void drawHair(QImage& image, std::span<const QPointF> points, QRgb colour) {
  drawHair(image, hairColumns(points, 0, static_cast<size_t>(image.width())), 0, {}, colour);
}

void drawStroke(QImage& image, std::span<const QPointF> points, const RasterStroke& stroke) {
  std::vector<QPointF> parts(points.begin(), points.end());
  for (QPointF& point : parts) point.rx() *= kStrokeParts;
  const int reach = strokeReach(stroke.width);
  drawStroke(image, strokeColumns(parts, -reach, static_cast<size_t>(image.width() * kStrokeParts + 2 * reach)), 0, {},
             stroke);
}

}  // namespace scanline
