#pragma once

#include <limits>
#include <map>
#include <vector>

#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_picture.h"

class QLabel;
class QPushButton;
class QSpinBox;

namespace scanline {

class ImageGrid;
class StepSlider;
class TokenMap;

/// The picture at one checkpoint.
struct ShownFrame {
  qint64 step = 0;
  StudioPicture picture;
  double nats = std::numeric_limits<double>::quiet_NaN();  ///< mean over the drawn pixels; NaN = not known
};

/// The file format of a film.
enum class FilmFormat { Apng, Gif, ContactSheet };

/// One picture and mask through all checkpoints of a run: a strip of frames, a slider, play, and files of it.
class TimelinePanel : public QuestionPanel {
  Q_OBJECT
 public:
  explicit TimelinePanel(QWidget* parent = nullptr);

  /// The checkpoints of the run, ascending; frames of others are forgotten.
  void setSteps(std::vector<qint64> steps);
  /// Another picture, mask or seed: all frames are forgotten.
  void clearFrames();
  /// A frame that has been drawn, of any of the steps. The newest that comes is shown until the person chooses one.
  void setFrame(const ShownFrame& frame);
  /// Frames are being drawn.
  void setDrawing(bool drawing);

  const std::map<qint64, ShownFrame>& frames() const { return frames_; }
  /// The step shown; -1 = none.
  qint64 step() const;
  void setStep(qint64 step);

 signals:
  void drawRequested();
  void stopRequested();
  void stepChosen(qint64 step);  ///< by the person or by playing
  /// The frames, `frameMs` milliseconds each, are to be written.
  void exportRequested(scanline::FilmFormat format, int frameMs);
  void failed(const QString& sentence);

 private:
  void build();
  void refresh();
  void showStep();
  void showStrip();

  std::vector<qint64> steps_;
  std::map<qint64, ShownFrame> frames_;
  bool drawing_ = false, followed_ = true;

  QLabel* title_;
  TokenMap* map_;
  QLabel* caption_;
  StepSlider* slider_;
  ImageGrid* strip_;
  QPushButton* draw_;
  QWidget* exports_;
  QSpinBox* frameMs_;
  QPushButton* save_;
  QLabel* progress_;
};

}  // namespace scanline
