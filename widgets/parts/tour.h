#pragma once

#include <QPointer>
#include <QWidget>
#include <vector>

class QLabel;
class QPushButton;

namespace scanline {

/// One step of a tour: a part of the window, and the words about it.
struct TourStep {
  QPointer<QWidget> part;  ///< a step whose part is hidden is left out
  QString title, text;
};

/// A few words beside each part of a window, one after the other: Next or Enter goes on, Escape ends it. The part is
/// framed; the window stays usable.
class Tour : public QWidget {
  Q_OBJECT
 public:
  explicit Tour(QWidget* window);
  void start(std::vector<TourStep> steps);

 signals:
  void ended();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void go(int step);
  void place();
  void end();

  std::vector<TourStep> steps_;
  int step_ = 0;
  QWidget* frame_;
  QLabel* title_;
  QLabel* text_;
  QLabel* count_;
  QPushButton* end_;
  QPushButton* back_;
  QPushButton* next_;
};

}  // namespace scanline
