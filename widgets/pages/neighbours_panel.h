#pragma once

#include <QWidget>
#include <array>

#include "widgets/pages/feature_values.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace scanline {

class ImageGrid;
class SegmentedControl;

/// The pictures most like the chosen one: by the features of the layer, and by their pixels. UI thread.
class NeighboursPanel : public QWidget {
  Q_OBJECT
 public:
  enum By { Features, Pixels };

  explicit NeighboursPanel(QWidget* parent = nullptr);

  /// The name of the map's own split: "validation". If it is the training split, there is no other.
  void setSplit(const QString& name);
  /// As it is set, of picture `index`.
  NeighbourQuestion questionOf(int index) const;
  /// Nothing is shown but a sentence.
  void clear(const QString& sentence);
  /// The search goes on; total 0: unknown.
  void setBusy(By by, int64_t done = 0, int64_t total = 0);
  void setNeighbours(By by, const DescribedPictures& found);
  void setProblem(By by, const QString& sentence);
  /// By features: they are not looked for any more.
  void setStopped();
  ImageGrid* grid(By by) const { return parts_[by].grid; }
  QString state(By by) const;

 signals:
  /// Another split or number.
  void changed();
  void stopRequested();
  void failed(const QString& sentence);

 private:
  struct Part {
    ImageGrid* grid = nullptr;
    QLabel* state = nullptr;
    QProgressBar* progress = nullptr;
  };
  QWidget* makePart(By by, const QString& title, const QString& note);
  void say(By by, const QString& sentence, bool isProblem);

  SegmentedControl* split_;
  QSpinBox* count_;
  QPushButton* stop_ = nullptr;
  QString splitName_;
  std::array<Part, 2> parts_;
};

}  // namespace scanline
