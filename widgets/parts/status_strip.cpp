#include "widgets/parts/status_strip.h"

#include <QDateTime>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/state_mark.h"

namespace scanline {

namespace {
constexpr int kGap = 10, kBar = 110, kMark = 14, kMargin = 8;
}

StatusStrip::StatusStrip(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  describe();
}

void StatusStrip::set(const StatusValues& values) {
  values_ = values;
  setFocusPolicy(values.run ? Qt::TabFocus : Qt::NoFocus);
  values.run ? setCursor(Qt::PointingHandCursor) : unsetCursor();
  describe();
  update();
}

QString StatusStrip::machineText() const {
  QStringList parts;
  if (!values_.device.isEmpty()) parts << values_.device;
  if (values_.threads > 0) parts << (values_.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(values_.threads));
  if (!values_.precision.isEmpty()) parts << values_.precision;
  QString text = parts.join(QStringLiteral(", "));
  const bool isAtWork = values_.run && values_.run->state == RunState::Running;  // else it is the last run's
  if (isAtWork && values_.imagesPerSecond > 0) {
    const double rate = values_.imagesPerSecond;
    text += (text.isEmpty() ? QString() : QStringLiteral(" · ")) +
            tr("%1 img/s").arg(rate >= 9.95 ? QString::number(std::llround(rate)) : QString::number(rate, 'f', 1));
  }
  return text;
}

QString StatusStrip::timeText() const {
  if (!values_.run) return {};
  const RunSummary& run = *values_.run;
  QString text = text::stateName(run.state);
  if (const auto left = text::remainingMs(run))
    text = tr("%1 left · ends %2")
               .arg(text::duration(*left), text::clockTime(QDateTime::currentMSecsSinceEpoch() + *left));
  else if (run.steps == 0 && run.step > 0)
    text = tr("step %1").arg(text::steps(run.step));
  else if (text::preparedShare(run))
    text = QString::fromStdString(run.detail.substr(run.detail.rfind(": ") + 2));
  if (values_.waiting > 0) text += QStringLiteral(" · ") + tr("%1 waiting").arg(values_.waiting);
  return text;
}

void StatusStrip::describe() {
  setAccessibleName(tr("Status"));
  QString said = machineText();
  if (values_.run) {
    const RunSummary& run = *values_.run;
    const auto left = text::remainingMs(run);
    const QString done = run.state == RunState::Preparing && !run.detail.empty() ? QString::fromStdString(run.detail)
                         : !takesSteps(run)                                      ? text::stateName(run.state)
                         : text::isSearch(run)
                             ? tr("learning rate %1 of %2").arg(text::steps(run.step), text::steps(run.steps))
                         : run.steps == 0 ? tr("step %1").arg(text::steps(run.step))
                                          : tr("step %1 of %2").arg(text::steps(run.step), text::steps(run.steps));
    setToolTip(tr("%1: %2%3\n%4")
                   .arg(QString::fromStdString(run.name), done,
                        left ? tr(", ends in %1").arg(text::duration(*left)) : QString(), said));
    said = toolTip();
  } else {
    setToolTip(said);
  }
  setAccessibleDescription(said);
}

QSize StatusStrip::sizeHint() const {
  return {600, fontMetrics().height() + 12};
}
QSize StatusStrip::minimumSizeHint() const {
  return {kBar + 90, fontMetrics().height() + 8};
}

void StatusStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  const QFontMetrics metrics(font());
  const int centre = height() / 2;
  int right = width() - kMargin;
  const auto draw = [&](const QString& text, int room, const QColor& colour, QFont::Weight weight = QFont::Normal) {
    QFont font = this->font();
    font.setWeight(weight);
    const QString shown = QFontMetrics(font).elidedText(text, Qt::ElideRight, room);
    const int wide = QFontMetrics(font).horizontalAdvance(shown) + 1;
    painter.setFont(font);
    painter.setPen(colour);
    painter.drawText(QRect(right - wide, 0, wide, height()), Qt::AlignVCenter | Qt::TextSingleLine, shown);
    right -= wide + kGap;
  };
  if (hasFocus()) {
    painter.setPen(theme.accent);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
  if (values_.run) {
    const RunSummary& run = *values_.run;
    draw(timeText(), right, theme.text);
    if ((takesSteps(run) && run.steps > 0) || text::preparedShare(run)) {
      const int bar = std::clamp(right - 120, 40, kBar);
      paintProgress(painter, QRectF(right - bar, centre - 3, bar, 6), run.state, text::progress(run), theme);
      right -= bar + kGap;
    }
    draw(QString::fromStdString(run.name), std::min(right - kMark - kGap, 220), theme.text, QFont::DemiBold);
    paintState(painter, QRectF(right + kGap - kMark - 6, centre - kMark / 2, kMark, kMark), run.state,
               text::progress(run), theme);
    right -= kMark + 6 + kGap;
  } else {
    draw(tr("Idle"), right, theme.mutedText);
  }
  const QString machine = machineText();
  if (metrics.horizontalAdvance(machine) + kGap < right) draw(machine, right, theme.mutedText);
}

void StatusStrip::mouseReleaseEvent(QMouseEvent* event) {
  if (values_.run && event->button() == Qt::LeftButton && rect().contains(event->pos()))
    emit runActivated(values_.run->id);
}

void StatusStrip::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
  if (values_.run && enter)
    emit runActivated(values_.run->id);
  else
    QWidget::keyPressEvent(event);
}

}  // namespace scanline
