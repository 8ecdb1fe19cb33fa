#include "widgets/studio/colour_swatches.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <numeric>
#include <tuple>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {

constexpr int kHues = 12;
constexpr int kGreyBelow = 26;  // difference of the strongest and the weakest channel

/// Group and lightness: greys are group 0, then hues from red on.
std::tuple<int, int> placeOfColour(const std::array<uint8_t, 3>& rgb) {
  const auto [least, most] = std::minmax({rgb[0], rgb[1], rgb[2]});
  const int lightness = 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2];
  if (most - least < kGreyBelow) return {0, lightness};
  const int hue = QColor(rgb[0], rgb[1], rgb[2]).hsvHue();
  // Red lies on both sides of 0.
  return {1 + (hue + 180 / kHues) % 360 * kHues / 360, lightness};
}

}  // namespace

std::vector<Token> swatchOrder(const Palette& palette, const std::vector<int64_t>& uses, SwatchOrder order) {
  std::vector<Token> tokens(static_cast<size_t>(palette.size()));
  std::iota(tokens.begin(), tokens.end(), Token{0});
  const bool byUse = order == SwatchOrder::ByUse && uses.size() == tokens.size();
  std::ranges::stable_sort(tokens, [&](Token a, Token b) {
    if (byUse && uses[a] != uses[b]) return uses[a] > uses[b];
    return placeOfColour(palette.rgb(a)) < placeOfColour(palette.rgb(b));
  });
  return tokens;
}

ColourSwatches::ColourSwatches(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Colours to paint in"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void ColourSwatches::setColours(const Palette& palette, std::vector<int64_t> uses) {
  colours_ = palette;
  uses_ = std::move(uses);
  if (static_cast<int64_t>(uses_.size()) != palette.size()) uses_.clear();
  usesInAll_ = std::accumulate(uses_.begin(), uses_.end(), int64_t{0});
  order_ = swatchOrder(palette, uses_, sorted_);
  if (current_ >= palette.size()) current_ = 0;
  updateGeometry();
  update();
}

void ColourSwatches::setOrder(SwatchOrder order) {
  sorted_ = order;
  if (!colours_) return;
  order_ = swatchOrder(*colours_, uses_, sorted_);
  update();
}

void ColourSwatches::setCurrent(Token token) {
  current_ = token;
  if (colours_ && token < colours_->size()) setAccessibleDescription(words(token));
  update();
}

QString ColourSwatches::words(Token token) const {
  const auto rgb = colours_->rgb(token);
  QString result = tr("Colour %1 · RGB %2, %3, %4").arg(token).arg(rgb[0]).arg(rgb[1]).arg(rgb[2]);
  if (usesInAll_ > 0)
    result += tr(" · %1 of the pixels")
                  .arg(text::percent(static_cast<double>(uses_[token]) / static_cast<double>(usesInAll_)));
  return result;
}

int ColourSwatches::side() const {
  return order_.size() <= 32 ? 24 : order_.size() <= 128 ? 18 : 14;
}

int ColourSwatches::heightForWidth(int width) const {
  const int across = columns(width), count = static_cast<int>(order_.size());
  return std::max(1, (count + across - 1) / across) * side();
}

QRect ColourSwatches::placeRect(int place) const {
  const int across = columns(width());
  return {place % across * side(), place / across * side(), side(), side()};
}

QRect ColourSwatches::rectOf(Token token) const {
  return placeRect(static_cast<int>(std::ranges::find(order_, token) - order_.begin()));
}

int ColourSwatches::placeAt(const QPoint& at) const {
  const int across = columns(width());
  if (at.x() < 0 || at.y() < 0 || at.x() / side() >= across) return -1;
  const int place = at.y() / side() * across + at.x() / side();
  return place < static_cast<int>(order_.size()) ? place : -1;
}

void ColourSwatches::choose(int place) {
  if (place < 0 || place >= static_cast<int>(order_.size())) return;
  setCurrent(order_[static_cast<size_t>(place)]);
  emit chosen(current_);
}

void ColourSwatches::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(placeAt(event->position().toPoint()));
}

void ColourSwatches::keyPressEvent(QKeyEvent* event) {
  const int at = static_cast<int>(std::ranges::find(order_, current_) - order_.begin());
  switch (event->key()) {
    case Qt::Key_Left:
      return choose(at - 1);
    case Qt::Key_Right:
      return choose(at + 1);
    case Qt::Key_Up:
      return choose(at - columns(width()));
    case Qt::Key_Down:
      return choose(at + columns(width()));
    case Qt::Key_Home:
      return choose(0);
    case Qt::Key_End:
      return choose(static_cast<int>(order_.size()) - 1);
    default:
      QWidget::keyPressEvent(event);
  }
}

void ColourSwatches::paintEvent(QPaintEvent* event) {
  if (!colours_) return;
  QPainter painter(this);
  const Theme theme(palette());
  for (int i = 0; i < static_cast<int>(order_.size()); ++i) {
    const QRect place = placeRect(i);
    if (!place.intersects(event->rect())) continue;
    const auto rgb = colours_->rgb(order_[static_cast<size_t>(i)]);
    painter.fillRect(place.adjusted(0, 0, -1, -1), QColor(rgb[0], rgb[1], rgb[2]));
  }
  paintCellRing(painter, QRectF(rectOf(current_)).adjusted(1.5, 1.5, -2.5, -2.5), hasFocus(), theme);
}

bool ColourSwatches::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int place = placeAt(help->pos());
    QToolTip::showText(help->globalPos(), place < 0 ? QString() : words(order_[static_cast<size_t>(place)]), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace scanline
