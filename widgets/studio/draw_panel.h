#pragma once

#include <QWidget>
#include <optional>

#include "widgets/studio/studio_values.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;

namespace scanline {

class DrawSettings;
class PictureTiles;
class ShareLine;

/// The tab that draws: settings, Draw and Stop, candidates as they come, and the drawings that are kept with the run.
class DrawPanel : public QWidget {
  Q_OBJECT
 public:
  explicit DrawPanel(QWidget* parent = nullptr);

  DrawSettings* settings() const { return settings_; }
  void setModel(const ModelFacts& facts);
  /// Why nothing can be drawn, in a sentence; empty: Draw may be pressed.
  void setHindrance(const QString& sentence);
  bool canDraw() const { return hindrance_.isEmpty() && !busy_; }
  bool isBusy() const { return busy_; }

  /// The drawing has been asked for: empty candidates, all of them like `given` outside of the mask.
  void setAsked(const DrawRequest& request, const StudioPicture& given);
  void setDrawing(const StudioDrawing& drawing);
  /// It has ended; `words` say how.
  void setEnded(const QString& words);
  void setPins(std::vector<StudioPin> pins);
  /// The candidates go: the model is another.
  void forget();

  const StudioDrawing& drawing() const { return drawing_; }
  const std::vector<StudioPin>& pins() const { return pins_; }
  /// Index of the pin that a candidate is kept as; -1 = none.
  int pinOf(int candidate) const;

 signals:
  void drawRequested();
  void stopRequested();
  void candidateChosen(int candidate);
  void pinRequested(qint64 candidate);
  void unpinRequested(qint64 id);
  /// A person has written other words on a kept drawing.
  void pinNoteChanged(qint64 id, const QString& note);
  void pinChosen(int index);
  void drawAgainRequested(qint64 id);
  /// The training pictures nearest to a candidate are wanted.
  void memorisedRequested(int candidate);
  /// All candidates are to be saved as one picture.
  void sheetRequested();

 private:
  QWidget* makeButtons();
  QWidget* makeAfter();
  QWidget* makePins();
  void showMenu(int candidate, const QPoint& globalPlace);
  void showState();
  void showCandidates();
  void showPins();
  void showNote(const StudioPin* pin);
  void noteEdited();
  void toggleStar(int candidate);
  QString candidateWords(size_t index) const;

  DrawSettings* settings_;
  QPushButton* draw_;
  QLabel *words_, *pinTitle_, *pinWords_;
  QProgressBar* progress_;
  PictureTiles *candidates_, *pinTiles_;
  ShareLine* shares_;
  QWidget *afterPart_, *pinPart_;
  QPushButton *again_, *remove_;
  QLineEdit* note_;
  qint64 noted_ = 0;  ///< the pin whose note is shown; 0 = none is
  QString hindrance_, ended_;
  bool busy_ = false;
  DrawRequest request_;  ///< of the candidates that are shown
  StudioDrawing drawing_;
  std::vector<StudioPin> pins_;
};

}  // namespace scanline
