#include "widgets/studio/share_line.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "widgets/parts/theme.h"

namespace scanline {

ShareLine::ShareLine(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setToolTip(
      tr("How many particles count, along the raster. Few: most of the drawings that the model began do not fit "
         "the pixels given late. Below a half they are resampled."));
}

void ShareLine::setShares(std::vector<float> shares, qint64 candidates, qint64 particles) {
  const bool fits = candidates > 0 && static_cast<qint64>(shares.size()) % candidates == 0;
  shares_ = fits ? std::move(shares) : std::vector<float>();
  candidates_ = shares_.empty() ? 0 : candidates;
  positions_ = shares_.empty() ? 0 : static_cast<qint64>(shares_.size()) / candidates;
  particles_ = std::max<qint64>(1, particles);
  candidate_ = -1;
  setAccessibleName(words());
  update();
}

void ShareLine::setCandidate(int candidate) {
  candidate_ = candidate < candidates_ ? candidate : -1;
  setAccessibleName(words());
  update();
}

float ShareLine::least(qint64 candidate) const {
  const auto begin = shares_.begin() + candidate * positions_;
  return *std::min_element(begin, begin + positions_);
}

QString ShareLine::words() const {
  if (shares_.empty() || positions_ == 0) return {};
  float lowest = 1;
  for (qint64 i = 0; i < candidates_; ++i)
    if (candidate_ < 0 || candidate_ == i) lowest = std::min(lowest, least(i));
  const auto particles = std::max<qint64>(1, std::llround(lowest * static_cast<float>(particles_)));
  return tr("Effective particles: at least %1 of %2").arg(particles).arg(particles_);
}

void ShareLine::paintEvent(QPaintEvent*) {
  if (shares_.empty() || positions_ == 0) return;
  QPainter painter(this);
  const Theme theme(palette());
  painter.setPen(theme.text);
  const int line = fontMetrics().height();
  painter.drawText(QRect(0, 0, width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                   fontMetrics().elidedText(words(), Qt::ElideRight, width()));
  const QRectF plot(0.5, line + 6.5, width() - 1, height() - line - 8);
  const auto heightOf = [&plot](double share) { return plot.bottom() - share * plot.height(); };
  painter.setPen(QPen(theme.line, 1));
  painter.drawLine(QPointF(plot.left(), heightOf(0)), QPointF(plot.right(), heightOf(0)));
  painter.setPen(QPen(theme.line, 1, Qt::DashLine));
  painter.drawLine(QPointF(plot.left(), heightOf(0.5)), QPointF(plot.right(), heightOf(0.5)));
  painter.setRenderHint(QPainter::Antialiasing);
  const auto draw = [&](qint64 candidate, const QColor& colour, double thick) {
    QPainterPath path;
    for (qint64 i = 0; i < positions_; ++i) {
      const double share =
          std::clamp(static_cast<double>(shares_[static_cast<size_t>(candidate * positions_ + i)]), 0.0, 1.0);
      const QPointF at(plot.left() + plot.width() * (static_cast<double>(i) + 0.5) / static_cast<double>(positions_),
                       heightOf(share));
      i == 0 ? path.moveTo(at) : path.lineTo(at);
    }
    painter.setPen(QPen(colour, thick));
    painter.drawPath(path);
  };
  for (qint64 i = 0; i < candidates_; ++i)
    if (i != candidate_) draw(i, theme.faint(theme.accent, candidate_ < 0 ? 0.7 : 0.4), 1);
  if (candidate_ >= 0) draw(candidate_, theme.accent, 1.6);
}

}  // namespace scanline
