#pragma once

#include <QWidget>
#include <optional>

#include "core/store/run_types.h"

namespace scanline {

/// The contents of the strip. Empty texts and zeros leave their place to the rest.
struct StatusValues {
  QString device;  ///< "CPU" or the name of the GPU
  int threads = 0;
  QString precision;  ///< "bf16"
  double imagesPerSecond = 0;
  std::optional<RunSummary> run;  ///< the one that trains, or is paused
  int waiting = 0;                ///< jobs behind it
};

/// One line at the right of the toolbar: the machine, the run that trains, how far it is and when it will end. Where
/// room is short, the machine goes first, then the name gets shorter.
class StatusStrip : public QWidget {
  Q_OBJECT
 public:
  explicit StatusStrip(QWidget* parent = nullptr);
  void set(const StatusValues& values);
  /// The run in the strip, if any.
  const std::optional<RunSummary>& run() const { return values_.run; }
  QString timeText() const;  ///< "9:42 left · ends 17:08 · 2 waiting"

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  /// The strip was clicked, or Enter was pressed on it.
  void runActivated(scanline::RunId run);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QString machineText() const;
  void describe();
  StatusValues values_;
};

}  // namespace scanline
