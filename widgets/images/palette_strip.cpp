#include "widgets/images/palette_strip.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <numeric>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

PaletteStrip::PaletteStrip(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::TabFocus);
  setAccessibleName(tr("Palette"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void PaletteStrip::setColours(const Palette& palette, std::vector<int64_t> uses) {
  colours_.clear();
  for (int64_t i = 0; i < palette.size(); ++i) colours_.push_back(palette.rgb(static_cast<Token>(i)));
  uses_ = std::move(uses);
  if (uses_.size() != colours_.size()) uses_.clear();
  usesInAll_ = std::accumulate(uses_.begin(), uses_.end(), int64_t{0});
  order_.resize(colours_.size());
  std::iota(order_.begin(), order_.end(), Token{0});
  const auto lightness = [this](Token token) {
    const auto& c = colours_[token];
    return 299 * c[0] + 587 * c[1] + 114 * c[2];
  };
  std::stable_sort(order_.begin(), order_.end(),
                   [&](Token a, Token b) { return uses_.empty() ? lightness(a) < lightness(b) : uses_[a] > uses_[b]; });
  pointed_ = -1;
  updateGeometry();
  update();
}

void PaletteStrip::clear() {
  colours_.clear();
  order_.clear();
  uses_.clear();
  pointed_ = -1;
  updateGeometry();
  update();
}

int PaletteStrip::swatch() const {
  return order_.size() <= 64 ? 24 : order_.size() <= 1024 ? 16 : 8;
}
int PaletteStrip::columns(int width) const {
  return std::max(1, width / swatch());
}

QRect PaletteStrip::rectOf(int place) const {
  const int side = swatch(), across = columns(width());
  return {(place % across) * side, (place / across) * side, side, side};
}

std::optional<Token> PaletteStrip::at(const QPoint& place) const {
  const int across = columns(width());
  if (place.x() < 0 || place.y() < 0 || place.x() / swatch() >= across) return {};
  const auto index = static_cast<size_t>(place.y() / swatch() * across + place.x() / swatch());
  return index < order_.size() ? std::optional(order_[index]) : std::nullopt;
}

QString PaletteStrip::words(Token token) const {
  const auto& rgb = colours_[token];
  QString result = tr("Colour %1 · RGB %2, %3, %4").arg(token).arg(rgb[0]).arg(rgb[1]).arg(rgb[2]);
  if (usesInAll_ > 0)
    result += tr(" · %1 pixels, %2")
                  .arg(text::steps(uses_[token]),
                       text::percent(static_cast<double>(uses_[token]) / static_cast<double>(usesInAll_)));
  return result;
}

QSize PaletteStrip::sizeHint() const {
  return {320, heightForWidth(320)};
}
QSize PaletteStrip::minimumSizeHint() const {
  return {swatch() * 4, swatch()};
}

int PaletteStrip::heightForWidth(int width) const {
  const int across = columns(width), count = static_cast<int>(order_.size());
  return std::max(1, (count + across - 1) / across) * swatch();
}

void PaletteStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(QWidget::palette());
  for (int i = 0; i < static_cast<int>(order_.size()); ++i) {
    const auto& rgb = colours_[order_[static_cast<size_t>(i)]];
    painter.fillRect(rectOf(i).adjusted(0, 0, -1, -1), QColor(rgb[0], rgb[1], rgb[2]));
  }
  if (pointed_ < 0) return;
  painter.setPen(QPen(theme.accent, 2));
  painter.drawRect(rectOf(pointed_).adjusted(0, 0, -1, -1));
}

void PaletteStrip::point(int place) {
  if (place == pointed_) return;
  pointed_ = place;
  const QString words = place < 0 ? QString() : this->words(order_[static_cast<size_t>(place)]);
  setAccessibleDescription(words);
  update();
  emit pointed(words);
}

void PaletteStrip::mouseMoveEvent(QMouseEvent* event) {
  const auto token = at(event->position().toPoint());
  point(token ? static_cast<int>(std::find(order_.begin(), order_.end(), *token) - order_.begin()) : -1);
}

void PaletteStrip::leaveEvent(QEvent*) {
  point(-1);
}

void PaletteStrip::keyPressEvent(QKeyEvent* event) {
  int next = std::max(0, pointed_);
  switch (event->key()) {
    case Qt::Key_Left:
      next -= 1;
      break;
    case Qt::Key_Right:
      next += pointed_ < 0 ? 0 : 1;
      break;
    case Qt::Key_Up:
      next -= columns(width());
      break;
    case Qt::Key_Down:
      next += columns(width());
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  if (next >= 0 && next < static_cast<int>(order_.size())) point(next);
}

bool PaletteStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto token = at(help->pos());
    QToolTip::showText(help->globalPos(), token ? words(*token) : QString(), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace scanline
