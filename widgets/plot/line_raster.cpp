#include "widgets/plot/line_raster.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace scanline {

namespace {

/// Hands over the pieces of a line that lie in a column: add(column, y where it enters, y where it leaves, whether it
/// comes from the column before).
template <class Add>
void walk(std::span<const QPointF> points, int columns, const Add& add) {
  for (size_t point = 1; point < points.size(); ++point) {
    const double y0 = points[point - 1].y(), y1 = points[point].y();
    if (!std::isfinite(y0) || !std::isfinite(y1)) continue;
    const double x0 = points[point - 1].x(), x1 = points[point].x();
    if (x1 < 0 || x0 >= columns) continue;
    const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
    const int first = std::max(0, static_cast<int>(std::floor(x0)));
    const int last = x1 >= columns ? columns - 1 : static_cast<int>(x1);
    double entry = x0 < first ? y0 + slope * (first - x0) : y0;
    for (int column = first; column <= last; ++column) {
      const double exit = x1 < column + 1 ? y1 : y0 + slope * (column + 1 - x0);
      add(column, entry, exit, column > first);
      entry = exit;
    }
  }
}

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

/// The heights between which the pen runs, at each of the parts of all columns.
class Extents {
 public:
  static constexpr int kParts = 4;  ///< of a column

  Extents(int columns, double radius)
      : reach_(static_cast<int>(radius * kParts)), radius_(radius), size_(columns * kParts) {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    const auto all = static_cast<size_t>(size_ + 2 * reach_);
    tops_.assign(all, kInfinite);
    bottoms_.assign(all, -kInfinite);
    wideTops_.assign(static_cast<size_t>(size_), kInfinite);
    wideBottoms_.assign(static_cast<size_t>(size_), -kInfinite);
  }

  void add(std::span<const QPointF> points) {
    for (size_t point = 1; point < points.size(); ++point) addMiddle(points[point - 1], points[point]);
    for (int by = -reach_; by <= reach_; ++by) {
      const double aside = static_cast<double>(by) / kParts;
      const auto height = static_cast<float>(std::sqrt(std::max(0.0, radius_ * radius_ - aside * aside)));
      const float *top = tops_.data() + reach_ + by, *bottom = bottoms_.data() + reach_ + by;
      for (int part = 0; part < size_; ++part) {
        float &wideTop = wideTops_[static_cast<size_t>(part)], &wideBottom = wideBottoms_[static_cast<size_t>(part)];
        wideTop = std::min(wideTop, top[part] - height);
        wideBottom = std::max(wideBottom, bottom[part] + height);
      }
    }
  }

  /// Of the middle of the line: at its points, and at the middle of each part that a stretch crosses.
  void addMiddle(QPointF a, QPointF b) {
    const auto all = static_cast<int>(tops_.size());
    const double x0 = a.x() * kParts + reach_, x1 = b.x() * kParts + reach_;
    if (!std::isfinite(a.y()) || !std::isfinite(b.y()) || x1 < 0 || x0 >= all) return;
    const auto add = [&](int part, double y) {
      float &top = tops_[static_cast<size_t>(part)], &bottom = bottoms_[static_cast<size_t>(part)];
      top = std::min(top, static_cast<float>(y));
      bottom = std::max(bottom, static_cast<float>(y));
    };
    if (x0 >= 0) add(static_cast<int>(x0), a.y());
    if (x1 < all) add(static_cast<int>(x1), b.y());
    const double slope = x1 > x0 ? (b.y() - a.y()) / (x1 - x0) : 0;
    const int first = x0 < 0.5 ? 0 : static_cast<int>(std::ceil(x0 - 0.5));
    for (int part = first; part < all && part + 0.5 <= x1; ++part) add(part, a.y() + slope * (part + 0.5 - x0));
  }

  float top(int part) const { return wideTops_[static_cast<size_t>(part)]; }
  float bottom(int part) const { return wideBottoms_[static_cast<size_t>(part)]; }

 private:
  int reach_;  ///< parts left and right of a place that the pen covers
  double radius_;
  int size_;
  std::vector<float> tops_, bottoms_;  ///< where the middle of the line runs, from reach_ left of the picture on
  std::vector<float> wideTops_, wideBottoms_;  ///< of the pen
};

/// Which parts of the columns a dashed line leaves out.
class Gaps {
 public:
  explicit Gaps(const RasterStroke& stroke)
      : stroke_(stroke), length_(std::accumulate(stroke.dashes.begin(), stroke.dashes.end(), 0.0)) {}
  bool has(double x) const {
    if (!(length_ > 0)) return false;
    double at = std::fmod(x - stroke_.origin, length_);
    if (at < 0) at += length_;
    bool isOn = true;
    for (const double dash : stroke_.dashes) {
      if (at < dash) break;
      at -= dash;
      isOn = !isOn;
    }
    return !isOn;
  }

 private:
  const RasterStroke& stroke_;
  double length_;
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
      const float share = (part_[at] + static_cast<float>(whole)) / Extents::kParts;
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

void drawHair(QImage& image, std::span<const QPointF> points, QRgb colour) {
  struct Rows {
    int first = std::numeric_limits<int>::max(), last = std::numeric_limits<int>::min();
  };
  const int height = image.height();
  std::vector<Rows> columns(static_cast<size_t>(image.width()));
  const auto row = [height](double y) {
    return static_cast<int>(std::floor(std::clamp(y, -1.0, static_cast<double>(height))));
  };
  walk(points, image.width(), [&](int column, double entry, double exit, bool isOn) {
    Rows& rows = columns[static_cast<size_t>(column)];
    int from = row(entry);
    const int to = row(exit);
    if (isOn && from != to) from += to > from ? 1 : -1;  // it comes in at the corner, not beside it
    rows.first = std::min({rows.first, from, to});
    rows.last = std::max({rows.last, from, to});
  });
  const Pixels pixels(image);
  for (int column = 0; column < image.width(); ++column) {
    const Rows& rows = columns[static_cast<size_t>(column)];
    for (int at = std::max(0, rows.first); at <= std::min(height - 1, rows.last); ++at) *pixels.at(column, at) = colour;
  }
}

void drawStroke(QImage& image, std::span<const QPointF> points, const RasterStroke& stroke) {
  Extents extents(image.width(), stroke.width / 2);
  extents.add(points);
  const Gaps gaps(stroke);
  Cover cover(image.height());
  const Pixels pixels(image);
  for (int column = 0; column < image.width(); ++column) {
    for (int part = 0; part < Extents::kParts; ++part)
      if (!gaps.has(column + (part + 0.5) / Extents::kParts))
        cover.add(extents.top(column * Extents::kParts + part), extents.bottom(column * Extents::kParts + part));
    cover.paint(pixels, column, stroke.colour);
  }
}

}  // namespace scanline
