#include "widgets/parts/completion_art.h"

#include <QPainter>
#include <QStyle>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

// Three of the bundled digits (a 3, a 2 and a 7) whose upper halves are nearly the same: one beginning, three ways to
// go on.
constexpr int kSide = 8, kHalf = 32;
using Half = std::array<uint8_t, kHalf>;
constexpr Half kGiven{0, 2, 14, 16, 14, 4, 0, 0, 0, 4, 11, 5, 13, 12, 0, 0,
                      0, 0, 0,  2,  15, 7, 0, 0, 0, 0, 0,  4, 16, 4,  0, 0};
constexpr std::array<Half, 3> kDrawn{
    {{0, 0, 0, 1, 13, 13, 1, 0, 0, 0, 0, 0, 2, 16, 4, 0, 0, 0, 1, 3, 11, 15, 2, 0, 0, 1, 12, 16, 9, 2, 0, 0},
     {0, 0, 0, 12, 7, 0, 0, 0, 0, 0, 6, 12, 1, 0, 0, 0, 0, 0, 16, 3, 1, 5, 3, 0, 0, 1, 15, 16, 16, 15, 3, 0},
     {0, 0, 8, 16, 16, 16, 10, 0, 0, 0, 2, 16, 3, 0, 0, 0, 0, 0, 8, 13, 0, 0, 0, 0, 0, 0, 15, 7, 0, 0, 0, 0}}};
constexpr int kTiles = 1 + static_cast<int>(kDrawn.size());
constexpr int kSize = 96, kGap = 16, kArrow = 48;  ///< a picture, between completions, between the given and the first
constexpr int kStepMs = 90, kRestSteps = 24;
constexpr int kStill = 21;  ///< pixels drawn in a picture that does not move

}  // namespace

CompletionArt::CompletionArt(QWidget* parent) : QWidget(parent), drawn_(kStill) {
  setAccessibleName(tr("The upper half of a digit, and three lower halves that a model paints below it"));
  timer_.setInterval(kStepMs);
  connect(&timer_, &QTimer::timeout, this, [this] {
    drawn_ = (drawn_ + 1) % (kHalf + kRestSteps);
    update();
  });
}

QSize CompletionArt::sizeHint() const {
  return {kTiles * kSize + kArrow + (kTiles - 2) * kGap, kSize + 2};
}

void CompletionArt::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0 && animated_) timer_.start();
}

void CompletionArt::hideEvent(QHideEvent* event) {
  timer_.stop();
  QWidget::hideEvent(event);
}

void CompletionArt::setAnimated(bool animated) {
  animated_ = animated;
  drawn_ = kStill;
  animated&& isVisible() ? timer_.start() : timer_.stop();
  update();
}

void CompletionArt::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  // Pixels are whole device pixels, so that no seam shows between them at any scale factor.
  const double ratio = devicePixelRatioF();
  const double pixel = std::floor(std::min(height() - 2, kSize) * ratio / kSide) / ratio;
  const double tile = pixel * kSide, whole = kTiles * tile + kArrow + (kTiles - 2) * kGap;
  const double left = std::round((width() - whole) / 2);
  const auto square = [&](int tileIndex, int at) {
    const double before = tileIndex == 0 ? 0 : kArrow + (tileIndex - 1) * kGap;
    return QRectF(left + tileIndex * tile + before + at % kSide * pixel, 1 + at / kSide * pixel, pixel, pixel);
  };
  const auto shade = [&](uint8_t value, const QColor& ink) {
    QColor ground = theme.dark ? theme.card.lighter(125) : theme.card;
    const double share = value / 16.0;
    return QColor::fromRgbF(float(std::lerp(ground.redF(), ink.redF(), share)),
                            float(std::lerp(ground.greenF(), ink.greenF(), share)),
                            float(std::lerp(ground.blueF(), ink.blueF(), share)));
  };
  themedIcon(QStringLiteral("forward"), theme.mutedText)
      .paint(&painter, QRectF(left + tile + kArrow / 2.0 - 10, 1 + tile / 2 - 10, 20, 20).toRect());
  for (int i = 0; i < kTiles; ++i) {
    for (int at = 0; at < kHalf; ++at) painter.fillRect(square(i, at), shade(kGiven[size_t(at)], theme.text));
    for (int at = 0; at < kHalf; ++at) {
      const QRectF place = square(i, kHalf + at);
      if (i == 0 || at > drawn_)
        painter.fillRect(place.adjusted(pixel / 2 - 1, pixel / 2 - 1, 1 - pixel / 2, 1 - pixel / 2), theme.line);
      else if (at == drawn_)
        painter.fillRect(place, theme.accent);
      else
        painter.fillRect(place, shade(kDrawn[size_t(i) - 1][size_t(at)], theme.accent));
    }
    painter.setPen(QPen(theme.line, 0));
    painter.drawRect(square(i, 0).united(square(i, 63)));
  }
}

}  // namespace scanline
