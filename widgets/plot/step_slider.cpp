#include "widgets/plot/step_slider.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QEvent>
#include <QFontMetrics>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QSignalBlocker>
#include <QWheelEvent>
#include <algorithm>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kKnob = 7;      // radius, px
constexpr int kEndRoom = 12;  // px beside the first and last tick
constexpr int kTickRoom = 4;  // px a tick needs; denser ones are thinned out
constexpr int kBigStep = 10;
constexpr int kPlayIntervalMs = 250;

/// A flat round button that draws its own sign: sharp at any scale, in any palette.
class PlayButton : public QAbstractButton {
 public:
  explicit PlayButton(QWidget* parent) : QAbstractButton(parent) {
    setCheckable(true);
    setFixedSize(32, 32);
    setFocusPolicy(Qt::TabFocus);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    const Theme theme(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF disc = QRectF(rect()).adjusted(2, 2, -2, -2);
    painter.setPen(hasFocus() ? QPen(theme.accent, 1.5) : QPen(theme.line, 1));
    painter.setBrush(isDown() || underMouse() ? theme.hover : theme.card);
    painter.drawEllipse(disc);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isEnabled() ? theme.text : theme.line);
    const QPointF c = disc.center();
    if (isChecked()) {
      painter.drawRoundedRect(QRectF(c.x() - 4.5, c.y() - 5, 3, 10), 1, 1);
      painter.drawRoundedRect(QRectF(c.x() + 1.5, c.y() - 5, 3, 10), 1, 1);
    } else {
      QPainterPath triangle(QPointF(c.x() - 3.5, c.y() - 5.5));
      triangle.lineTo(c.x() + 6, c.y());
      triangle.lineTo(c.x() - 3.5, c.y() + 5.5);
      triangle.closeSubpath();
      painter.drawPath(triangle);
    }
  }
  void enterEvent(QEnterEvent*) override { update(); }
  void leaveEvent(QEvent*) override { update(); }
};

}  // namespace

/// The track. Its value is an index into the steps, so that assistive tools see an ordinary slider; places on it are
/// proportional to the steps themselves, so that gaps show.
class StepTrack : public QAbstractSlider {
 public:
  explicit StepTrack(StepSlider* owner) : QAbstractSlider(owner), owner_(*owner) {
    setOrientation(Qt::Horizontal);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMinimumWidth(160);
    setMouseTracking(true);
    setPageStep(kBigStep);
  }

  QSize sizeHint() const override { return {400, 24 + fontMetrics().height()}; }
  QSize minimumSizeHint() const override { return {160, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent*) override;

  void keyPressEvent(QKeyEvent* event) override {
    const int by = event->modifiers() & Qt::ShiftModifier ? kBigStep : 1;
    switch (event->key()) {
      case Qt::Key_Left:
      case Qt::Key_Down:
        setValue(value() - by);
        break;
      case Qt::Key_Right:
      case Qt::Key_Up:
        setValue(value() + by);
        break;
      case Qt::Key_PageDown:
        setValue(value() - kBigStep);
        break;
      case Qt::Key_PageUp:
        setValue(value() + kBigStep);
        break;
      case Qt::Key_Home:
        setValue(minimum());
        break;
      case Qt::Key_End:
        setValue(maximum());
        break;
      case Qt::Key_Space:
        if (!event->isAutoRepeat()) owner_.setPlaying(!owner_.isPlaying());
        break;
      default:
        QWidget::keyPressEvent(event);
    }
  }
  void mousePressEvent(QMouseEvent* event) override {
    if (event->button() != Qt::LeftButton || steps().empty()) return;
    setSliderDown(true);
    setValue(indexAt(event->position().x()));
  }
  void mouseMoveEvent(QMouseEvent* event) override {
    if (isSliderDown()) {
      setValue(indexAt(event->position().x()));
    } else if (!steps().empty()) {
      setToolTip(QObject::tr("Step %1").arg(text::steps(steps()[size_t(indexAt(event->position().x()))])));
    }
  }
  void mouseReleaseEvent(QMouseEvent*) override { setSliderDown(false); }
  void wheelEvent(QWheelEvent* event) override {
    setValue(value() + (event->angleDelta().y() > 0 ? -1 : 1));
    event->accept();
  }
  void focusInEvent(QFocusEvent*) override { update(); }
  void focusOutEvent(QFocusEvent*) override { update(); }
  void sliderChange(SliderChange) override { update(); }

 private:
  const std::vector<qint64>& steps() const { return owner_.steps(); }

  double xOf(qint64 step) const {
    const double first = double(steps().front()), last = double(steps().back());
    const double share = last > first ? (double(step) - first) / (last - first) : 0.5;
    return kEndRoom + share * (width() - 2 * kEndRoom);
  }
  int indexAt(double x) const {
    const double first = double(steps().front()), last = double(steps().back());
    const double share = std::clamp((x - kEndRoom) / std::max(1, width() - 2 * kEndRoom), 0.0, 1.0);
    const double step = first + share * (last - first);
    const auto above =
        std::lower_bound(steps().begin(), steps().end(), step, [](qint64 a, double b) { return double(a) < b; });
    if (above == steps().end()) return int(steps().size()) - 1;
    if (above == steps().begin()) return 0;
    const auto nearest = step - double(*(above - 1)) < double(*above) - step ? above - 1 : above;
    return int(nearest - steps().begin());
  }
  void paintTicks(QPainter& painter, const Theme& theme, double trackY) const;

  StepSlider& owner_;
};

void StepTrack::paintTicks(QPainter& painter, const Theme& theme, double trackY) const {
  double drawn = -kTickRoom;
  painter.setPen(QPen(theme.mutedText, 1));
  for (const qint64 step : steps()) {
    const double x = xOf(step);
    if (x - drawn < kTickRoom) continue;
    painter.drawLine(QPointF(x, trackY + 5), QPointF(x, trackY + 9));
    drawn = x;
  }
}

void StepTrack::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const double y = 11.5;
  painter.setPen(QPen(theme.line, 3, Qt::SolidLine, Qt::RoundCap));
  painter.drawLine(QPointF(kEndRoom, y), QPointF(width() - kEndRoom, y));
  if (steps().empty()) return;

  const double at = xOf(steps()[size_t(value())]);
  painter.setPen(QPen(theme.accent, 3, Qt::SolidLine, Qt::RoundCap));
  painter.drawLine(QPointF(kEndRoom, y), QPointF(at, y));
  paintTicks(painter, theme, y);

  painter.setPen(theme.mutedText);
  const QRectF words(0, y + 11, width(), fontMetrics().height());
  const QString first = text::steps(steps().front()), last = text::steps(steps().back());
  if (steps().size() > 1) {
    const double overhang = fontMetrics().horizontalAdvance(first) / 2.0 - kEndRoom;
    painter.drawText(words.adjusted(std::max(0.0, -overhang), 0, 0, 0), Qt::AlignLeft | Qt::AlignTop, first);
    painter.drawText(words, Qt::AlignRight | Qt::AlignTop, last);
  } else {
    painter.drawText(words, Qt::AlignHCenter | Qt::AlignTop, first);
  }

  if (hasFocus()) {
    QColor halo = theme.accent;
    halo.setAlpha(60);
    painter.setPen(Qt::NoPen);
    painter.setBrush(halo);
    painter.drawEllipse(QPointF(at, y), kKnob + 4, kKnob + 4);
  }
  painter.setPen(QPen(theme.card, 1.5));
  painter.setBrush(theme.accent);
  painter.drawEllipse(QPointF(at, y), kKnob, kKnob);
}

StepSlider::StepSlider(QWidget* parent)
    : QWidget(parent),
      emptyText_(tr("no steps yet")),
      track_(new StepTrack(this)),
      play_(new PlayButton(this)),
      label_(new QLabel(this)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(play_);
  row->addWidget(track_, 1);
  row->addWidget(label_);
  label_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  label_->setFont(bold);
  track_->setObjectName(QStringLiteral("track"));
  play_->setObjectName(QStringLiteral("play"));
  play_->setToolTip(tr("Play or pause (Space)"));
  setFocusProxy(track_);
  setWhat(tr("Step"));

  timer_.setInterval(kPlayIntervalMs);
  connect(&timer_, &QTimer::timeout, this, &StepSlider::advance);
  connect(play_, &QAbstractButton::clicked, this, &StepSlider::setPlaying);
  connect(track_, &QAbstractSlider::sliderPressed, this, [this] { setPlaying(false); });
  connect(track_, &QAbstractSlider::valueChanged, this, [this] {
    showCurrent();
    emit stepChosen(current());
  });
  showCurrent();
}

void StepSlider::setSteps(std::vector<qint64> steps) {
  if (steps == steps_) return;
  const qint64 before = current();
  steps_ = std::move(steps);
  const QSignalBlocker quiet(track_);
  track_->setRange(0, std::max(0, int(steps_.size()) - 1));
  // The longest step sets the label's width once, so that the track does not move while playing.
  const QString widest = tr("step %1").arg(text::steps(steps_.empty() ? 0 : steps_.back()));
  label_->setMinimumWidth(QFontMetrics(label_->font()).horizontalAdvance(widest) + 4);
  setCurrent(before);
  track_->update();
}

void StepSlider::setCurrent(qint64 step) {
  const QSignalBlocker quiet(track_);
  const auto above = std::upper_bound(steps_.begin(), steps_.end(), step);
  track_->setValue(above == steps_.begin() ? 0 : int(above - steps_.begin()) - 1);
  track_->update();
  showCurrent();
}

void StepSlider::setWhat(const QString& what) {
  track_->setAccessibleName(what);
  track_->setAccessibleDescription(tr("Arrow keys choose a step, Space plays."));
  play_->setAccessibleName(tr("%1: play").arg(what));
}

void StepSlider::setEmptyText(const QString& text) {
  emptyText_ = text;
  showCurrent();
}

qint64 StepSlider::current() const {
  return steps_.empty() ? -1 : steps_[size_t(track_->value())];
}

void StepSlider::setPlaying(bool play) {
  const bool possible = play && steps_.size() > 1;
  play_->setChecked(possible);
  if (possible == isPlaying()) return;
  if (possible) {
    if (track_->value() == track_->maximum()) track_->setValue(0);
    timer_.start();
  } else {
    timer_.stop();
  }
}

void StepSlider::advance() {
  track_->setValue(track_->value() + 1);
  if (track_->value() == track_->maximum()) setPlaying(false);
}

void StepSlider::showCurrent() {
  const bool any = !steps_.empty();
  track_->setEnabled(any);
  play_->setEnabled(steps_.size() > 1);
  label_->setText(any ? tr("step %1").arg(text::steps(current())) : emptyText_);
}

void StepSlider::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) update();
}

}  // namespace scanline
