#include "widgets/studio/probability_bars.h"

#include <QEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/cell_paint.h"

namespace scanline {

namespace {

constexpr int kRow = 20, kGap = 8, kSwatch = 14, kApart = 8, kEmpty = 120;
constexpr int kEdge = 4;           // px between the frame of the keyboard and the bars
constexpr int kMark = kEdge + 14;  // left of the swatches: the mark of the true token
constexpr double kLeast = 1e-4;    // per cent, the low end of a logarithmic axis at the least

}  // namespace

QString shareText(double share) {
  const double percent = 100 * share;
  if (!(percent < 0.1)) return text::percent(share);
  if (percent < 1e-6) return QStringLiteral("< 1e-6 %");
  return text::number(percent, 2) + QStringLiteral(" %");
}

double entropyOf(const std::vector<float>& probabilities) {
  double sum = 0;
  for (const float p : probabilities)
    if (p > 0) sum -= static_cast<double>(p) * std::log(static_cast<double>(p));
  return sum;
}

ProbabilityBars::ProbabilityBars(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Distribution of the next pixel"));
}

void ProbabilityBars::setValues(const std::vector<float>& probabilities, std::optional<Token> truth) {
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  const size_t shown = std::min(order.size(), static_cast<size_t>(kMostBars));
  bars_.clear();
  double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const bool isTrue = truth && order[rank] == *truth;
    if (rank >= shown && !isTrue) continue;
    const double p = probabilities[order[rank]];
    bars_.push_back({static_cast<Token>(order[rank]), static_cast<int64_t>(rank), p, isTrue});
    sum -= p;
  }
  restCount_ = static_cast<int64_t>(order.size() - bars_.size());
  rest_ = restCount_ > 0 ? std::max(0.0, sum) : 0;
  if (pointed_ >= static_cast<int>(bars_.size())) pointed_ = -1;
  rescale(isLogarithmic());
  setAccessibleDescription(bars_.empty() ? empty_ : words(pointed_ < 0 ? 0 : static_cast<size_t>(pointed_)));
  updateGeometry();
  update();
}

void ProbabilityBars::rescale(bool logarithmic) {
  double high = 0, low = 100;
  for (const Bar& bar : bars_)
    if (bar.probability > 0) high = std::max(high, 100 * bar.probability), low = std::min(low, 100 * bar.probability);
  if (high <= 0) high = 100, low = 1;
  // Full decades, and at least one, so that the lowest bar can be seen.
  const double decade = std::pow(10.0, std::floor(std::log10(low * 0.99)));
  if (logarithmic)
    scale_ = AxisScale({std::max(kLeast, decade), 100}, true);
  else
    scale_ = AxisScale({0, high}, false);
}

void ProbabilityBars::setSwatches(std::function<QImage(Token)> swatch) {
  swatch_ = std::move(swatch);
  update();
}

void ProbabilityBars::setNames(std::function<QString(Token)> name) {
  name_ = std::move(name);
  update();
}

void ProbabilityBars::setLogarithmic(bool logarithmic) {
  rescale(logarithmic);
  update();
}

void ProbabilityBars::setEmptyText(const QString& sentence) {
  empty_ = sentence;
  if (bars_.empty()) setAccessibleDescription(sentence);
  update();
}

bool ProbabilityBars::hasOutsider() const {
  return !bars_.empty() && bars_.back().rank >= kMostBars;
}

QString ProbabilityBars::restWords() const {
  if (restCount_ == 0) return {};
  return tr("and %1 more: %2").arg(text::steps(restCount_), shareText(rest_));
}

QString ProbabilityBars::words(size_t at) const {
  const Bar& bar = bars_[at];
  QString result = tr("%1: %2, %3 nats, rank %4")
                       .arg(name_ ? name_(bar.token) : QString::number(bar.token), shareText(bar.probability),
                            text::nats(-std::log(bar.probability)))
                       .arg(bar.rank + 1);
  return bar.isTrue ? tr("%1, in the picture").arg(result) : result;
}

// --- geometry ---

QSize ProbabilityBars::sizeHint() const {
  if (bars_.empty()) return {240, kEmpty};
  const int rest = restCount_ > 0 ? kRow : 0;
  return {240, static_cast<int>(bars_.size()) * kRow + (hasOutsider() ? kApart : 0) + rest + fontMetrics().height() +
                   2 * kEdge + 6};
}

QSize ProbabilityBars::minimumSizeHint() const {
  return {180, sizeHint().height()};
}

QRect ProbabilityBars::rowRect(size_t bar) const {
  const bool apart = hasOutsider() && bar + 1 == bars_.size();
  return {kEdge, kEdge + static_cast<int>(bar) * kRow + (apart ? kApart : 0), width() - 2 * kEdge, kRow};
}

QRect ProbabilityBars::area() const {
  int64_t largest = 0;
  for (const Bar& bar : bars_) largest = std::max<int64_t>(largest, bar.token);
  const QString digits(QString::number(largest).size(), QLatin1Char('0'));
  const int left = kMark + (swatch_ ? kSwatch + kGap : 0) + fontMetrics().horizontalAdvance(digits) + kGap;
  const int right = fontMetrics().horizontalAdvance(QStringLiteral("0.0042 %")) + kGap;
  const int high = static_cast<int>(bars_.size()) * kRow + (hasOutsider() ? kApart : 0);
  return {left, kEdge, std::max(8, width() - left - right - kEdge), high};
}

QRectF ProbabilityBars::barRect(size_t bar) const {
  const QRect within = area(), row = rowRect(bar);
  const double percent = 100 * bars_[bar].probability;
  const double share = scale_.shows(percent) ? std::clamp(scale_.share(percent), 0.0, 1.0) : 0;
  return {QPointF(within.left(), row.top() + 4), QSizeF(share * within.width(), kRow - 8)};
}

// --- painting ---

void ProbabilityBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  if (bars_.empty()) {
    painter.setPen(theme.mutedText);
    painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, empty_);
  } else {
    paintAxis(painter, theme);
    for (size_t bar = 0; bar < bars_.size(); ++bar) paintBar(painter, bar, theme);
    if (hasOutsider()) {
      painter.setPen(QPen(theme.line, 1, Qt::DashLine));
      const int y = rowRect(bars_.size() - 1).top() - kApart / 2;
      painter.drawLine(kMark, y, width() - kEdge, y);
    }
    painter.setFont(font());
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(kMark, area().bottom() + 1, area().left() + area().width() - kMark, kRow),
                     Qt::AlignLeft | Qt::AlignVCenter, restWords());
  }
  if (hasFocus()) paintFocusFrame(painter, rect(), theme);
}

void ProbabilityBars::paintAxis(QPainter& painter, const Theme& theme) const {
  const QRect within = area();
  const QFontMetrics metrics(font());
  const int below = within.bottom() + 1 + (restCount_ > 0 ? kRow : 0) + 2;
  int free = within.left() - 20;
  for (const AxisTick& tick : ticksOf(scale_, std::clamp(within.width() / 56, 2, 5))) {
    const int x = within.left() + qRound(tick.share * within.width());
    painter.setPen(QPen(theme.grid, 1));
    painter.drawLine(x, within.top(), x, within.bottom());
    const int wide = metrics.horizontalAdvance(tick.label);
    if (x - wide / 2 < free) continue;
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(x - wide / 2, below, wide + 1, metrics.height()), Qt::AlignCenter, tick.label);
    free = x + wide / 2 + kGap;
  }
  painter.setPen(theme.mutedText);
  painter.drawText(QRect(within.right() + kGap, below, width() - kEdge - within.right() - kGap, metrics.height()),
                   Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("%"));
}

void ProbabilityBars::paintBar(QPainter& painter, size_t at, const Theme& theme) const {
  const Bar& bar = bars_[at];
  const QRect row = rowRect(at), within = area();
  if (static_cast<int>(at) == pointed_) painter.fillRect(row, theme.hover);
  if (bar.isTrue) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.accent);
    const double y = row.center().y() + 0.5;
    painter.drawPolygon(QPolygonF({{kMark - 4.0, y}, {kEdge + 2.0, y - 4.5}, {kEdge + 2.0, y + 4.5}}));
    painter.restore();
  }
  if (swatch_) {
    const QRect square(kMark, row.top() + (kRow - kSwatch) / 2, kSwatch, kSwatch);
    const QImage picture = swatch_(bar.token);
    if (!picture.isNull()) painter.drawImage(square, picture);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(square.adjusted(0, 0, -1, -1));
  }
  QFont font = this->font();
  font.setWeight(bar.isTrue ? QFont::DemiBold : QFont::Normal);
  painter.setFont(font);
  painter.setPen(bar.isTrue ? theme.text : theme.mutedText);
  painter.drawText(QRect(0, row.top(), within.left() - kGap, kRow), Qt::AlignRight | Qt::AlignVCenter,
                   QString::number(bar.token));
  painter.fillRect(barRect(at), bar.isTrue ? theme.accent : theme.faint(theme.accent, 0.45));
  painter.drawText(QRect(within.right(), row.top(), row.right() + 1 - within.right(), kRow),
                   Qt::AlignRight | Qt::AlignVCenter, shareText(bar.probability));
}

// --- input ---

int ProbabilityBars::barAt(QPoint at) const {
  for (size_t bar = 0; bar < bars_.size(); ++bar)
    if (rowRect(bar).contains(at)) return static_cast<int>(bar);
  return -1;
}

void ProbabilityBars::point(int bar) {
  if (bar == pointed_) return;
  pointed_ = bar;
  const QString told = bar < 0 ? QString() : words(static_cast<size_t>(bar));
  if (bar >= 0) setAccessibleDescription(told);
  update();
  emit pointed(told);
}

void ProbabilityBars::mousePressEvent(QMouseEvent* event) {
  const int bar = barAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && bar >= 0) emit tokenChosen(bars_[static_cast<size_t>(bar)].token);
}

void ProbabilityBars::mouseMoveEvent(QMouseEvent* event) {
  point(barAt(event->position().toPoint()));
}

void ProbabilityBars::leaveEvent(QEvent*) {
  point(-1);
}

void ProbabilityBars::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(bars_.size()) - 1;
  switch (event->key()) {
    case Qt::Key_Up:
      if (last >= 0) point(std::max(0, pointed_ - 1));
      return;
    case Qt::Key_Down:
      if (last >= 0) point(std::min(last, pointed_ + 1));
      return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (pointed_ >= 0) emit tokenChosen(bars_[static_cast<size_t>(pointed_)].token);
      return;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Home:
    case Qt::Key_End:
      emit walkRequested(event->key(), event->modifiers());
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

bool ProbabilityBars::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int bar = barAt(help->pos());
    QToolTip::showText(help->globalPos(), bar < 0 ? QString() : words(static_cast<size_t>(bar)), this);
    return true;
  }
  return QWidget::event(event);
}

void ProbabilityBars::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
