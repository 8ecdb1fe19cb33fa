#include "widgets/pages/step_ramp.h"

#include <QPainter>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart_types.h"

namespace scanline {

namespace {
constexpr int kRamp = 48, kGap = 6;
}

StepRamp::StepRamp(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void StepRamp::setSteps(qint64 first, qint64 last, int colour) {
  first_ = first;
  last_ = last;
  colour_ = colour;
  setAccessibleName(tr("Lines deepen from step %1 to step %2").arg(text::steps(first), text::steps(last)));
  setToolTip(accessibleName());
  updateGeometry();
  update();
}

QSize StepRamp::sizeHint() const {
  const QFontMetrics metrics(font());
  return {metrics.horizontalAdvance(text::steps(first_) + text::steps(last_)) + 2 * kGap + kRamp, metrics.height()};
}

void StepRamp::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  const QFontMetrics metrics(font());
  const QString from = text::steps(first_);  // the legend beside it says that these are steps
  const int left = metrics.horizontalAdvance(from) + kGap;
  painter.setPen(theme.mutedText);
  painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, from);
  painter.drawText(rect().adjusted(left + kRamp + kGap, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text::steps(last_));
  const QColor colour = theme.run(colour_);
  for (int x = 0; x < kRamp; ++x)
    painter.fillRect(QRect(left + x, height() / 2 - 2, 1, 4),
                     theme.faint(colour, rampShare(rampPlace(double(x) / (kRamp - 1)))));
}

}  // namespace scanline
