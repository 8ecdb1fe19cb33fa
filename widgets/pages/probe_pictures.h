#pragma once

#include <QWidget>

#include "widgets/pages/feature_values.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace scanline {

class ImageGrid;

/// Which pictures of a probe are to be shown.
struct ProbePicturesWanted {
  qint64 run = 0, step = 0, layer = 0;
  int truth = -1;  ///< their class; -1: any
  int said = -1;   ///< the class that the probe says; -1: any but the true one
  bool operator==(const ProbePicturesWanted&) const = default;
};

/// The pictures of a cell of a confusion matrix, or the surest errors. A click or Enter opens one.
class ProbePicturesPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ProbePicturesPanel(QWidget* parent = nullptr);

  /// They are on their way: the pictures before go. `title`: which ones.
  void setBusy(const QString& title);
  /// 0..1; less: unknown. Only while they are being read.
  void setProgress(double share);
  /// `more`: pictures that are not shown.
  void setPictures(const DescribedPictures& pictures, qint64 more);
  /// There are none, and why.
  void setProblem(const QString& sentence);
  void setStopped();
  bool isBusy() const;
  ImageGrid* grid() const { return grid_; }
  /// The sentence below the title.
  QString state() const;

 signals:
  void openRequested(int index);
  void stopRequested();
  void closeRequested();
  void failed(const QString& sentence);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void say(const QString& sentence, bool isProblem);

  QLabel *title_, *state_;
  QProgressBar* progress_;
  QPushButton* stop_;
  ImageGrid* grid_;
};

}  // namespace scanline
