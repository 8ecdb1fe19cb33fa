#pragma once

#include <vector>

#include "core/run/open_model.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_picture.h"

class QCheckBox;
class QLabel;

namespace scanline {

class FactList;
class ProbabilityBars;

/// A model's prediction of the chosen pixel: the colours by probability, the true one marked, its rank, probability and
/// nats, and the entropy. Left and Right walk along the raster.
class NextPixelPanel : public QuestionPanel {
  Q_OBJECT
 public:
  explicit NextPixelPanel(QWidget* parent = nullptr);

  /// Forgets the distribution.
  void setModel(const ModelFacts& facts);
  /// The pixels of each code of a VQ-VAE decoded alone, [V]; empty = not known, and codes have no swatches.
  void setCodePatches(std::vector<QImage> patches);
  /// Forgets the distribution, unless the tokens are those that were there.
  void setPicture(const StudioPicture& picture);
  /// The pixel that is asked for, -1 = none. Emits nothing. The old distribution stays until the next one comes.
  void setPosition(qint64 position);
  qint64 position() const { return position_; }
  /// [V]. Ignored if another pixel is asked for by now; another number of colours is a problem that is said.
  void setDistribution(qint64 position, const std::vector<float>& probabilities);

  ProbabilityBars* bars() const { return bars_; }

 signals:
  /// Keys or buttons of the panel went to another pixel; position() is that one.
  void positionChosen(qint64 position);
  /// A click on a bar: for example the colour to paint with.
  void tokenChosen(scanline::Token token);

 private:
  void build();
  void walk(int key, Qt::KeyboardModifiers modifiers);
  void refresh();
  void showPlace();
  void showPointed(const QString& words);
  QString nameOf(Token token) const;
  QImage swatchOf(Token token) const;

  ModelFacts facts_;
  StudioPicture picture_;
  std::vector<QImage> patches_;
  std::vector<float> probabilities_;
  qint64 position_ = -1, answered_ = -1;

  QWidget *back_, *forward_;
  QLabel* place_;
  QCheckBox* logarithmic_;
  ProbabilityBars* bars_;
  FactList* list_;
  QLabel* pointed_;
  QLabel* note_;
};

}  // namespace scanline
