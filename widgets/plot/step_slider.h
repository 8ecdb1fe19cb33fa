#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

class QAbstractButton;
class QLabel;

namespace scanline {

class StepTrack;

/// Chooses one of the training steps at which something was measured: a play button, a track with a tick where data
/// exist, and the step in words. Keys, on the track: arrows one tick, with Shift ten, Home and End, Space plays and
/// pauses.
class StepSlider : public QWidget {
  Q_OBJECT

 public:
  explicit StepSlider(QWidget* parent = nullptr);

  /// Steps with data, strictly ascending. The current step stays if it is among them, else the nearest before it is
  /// taken. Emits nothing.
  void setSteps(std::vector<qint64> steps);
  /// Goes to the last tick at or before `step` (the first tick if there is none). Emits nothing.
  void setCurrent(qint64 step);
  /// The meaning of the ticks, for people who cannot see the track ("Probe step").
  void setWhat(const QString& what);
  /// Shown instead of a step while there are no ticks.
  void setEmptyText(const QString& text);

  const std::vector<qint64>& steps() const { return steps_; }
  /// The chosen step; -1 without ticks.
  qint64 current() const;
  bool isPlaying() const { return timer_.isActive(); }

 public slots:
  /// From the current tick to the last, some ticks a second; from the start if the last is already shown.
  void setPlaying(bool play);

 signals:
  /// By the person or by playing; never by the setters.
  void stepChosen(qint64 step);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void showCurrent();
  void advance();

  std::vector<qint64> steps_;
  QString emptyText_;
  StepTrack* track_;
  QAbstractButton* play_;
  QLabel* label_;
  QTimer timer_;
};

}  // namespace scanline
