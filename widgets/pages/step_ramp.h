#pragma once

#include <QWidget>

namespace scanline {

/// Where the line of a step lies on the ramp of its colour: the first at 0, the last at 1; not so pale that it is lost.
inline double rampPlace(double share) {
  return 0.25 + 0.75 * share;
}

/// The legend of lines whose colour deepens with the step: a ramp of a run's colour between the first step and the
/// last.
class StepRamp : public QWidget {
  Q_OBJECT
 public:
  explicit StepRamp(QWidget* parent = nullptr);

  /// `colour`: index of the run's.
  void setSteps(qint64 first, qint64 last, int colour);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  qint64 first_ = 0, last_ = 0;
  int colour_ = 0;
};

}  // namespace scanline
