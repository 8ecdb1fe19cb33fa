#pragma once

#include "core/run/open_model.h"
#include "widgets/studio/heat_layer.h"
#include "widgets/studio/model_choice.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_picture.h"

class QComboBox;
class QLabel;
class QSlider;

namespace scanline {

class FactList;
class ScaleBar;
class SegmentedControl;
class TokenMap;

/// How well a model predicts each pixel of a picture: nats, entropy, rank, or the log-ratio to another model, as
/// colours over the picture with their sum and mean.
class SurprisePanel : public QuestionPanel {
  Q_OBJECT
 public:
  enum Shown { Nats, Entropy, Rank, Ratio };

  explicit SurprisePanel(QWidget* parent = nullptr);

  /// Forgets all values.
  void setModel(const ModelFacts& facts);
  /// Forgets the values, unless the tokens are those that were there.
  void setPicture(const StudioPicture& picture);
  /// The answer for this picture, the only one of `surprise`. `asked`: BERT, [n], 1 where the pixel was hidden from the
  /// model; the others have no value. Empty: all. Values of another size are a problem that is said.
  void setSurprise(const Surprise& surprise, std::vector<uint8_t> asked = {});
  /// The models that log-ratios can be taken against.
  void setOtherModels(const std::vector<ModelChoice>& choices);
  /// Answers otherModelChosen; ignored if another model is chosen by now.
  void setOtherSurprise(const QString& key, const Surprise& surprise);
  /// The token that the canvas has chosen; emits nothing.
  void setChosen(qint64 position);

  Shown shown() const;
  void setShown(Shown shown);
  /// The other model's key; empty = none.
  QString otherModel() const;
  /// The values as a layer over the canvas; empty while there are none.
  const HeatLayer& layer() const { return layer_; }
  /// The values that are shown, [n]; NaN where there is none.
  const std::vector<float>& values() const { return layer_.values; }
  /// One token in words: "row 3, column 7 · 2.310 nats · entropy 3.020 · rank 4 of 512".
  QString words(qint64 position) const;

 signals:
  void layerChanged();
  /// The surprise of this picture is wanted of it, too; empty = of none.
  void otherModelChosen(const QString& key);
  void positionHovered(qint64 position);  ///< -1 = none
  void positionChosen(qint64 position);
  void failed(const QString& sentence);

 private:
  void build();
  bool fits(const Surprise& surprise) const;
  void refresh();
  std::vector<float> shownValues() const;
  ColourScale scaleOf(const std::vector<float>& values) const;
  QString unit() const;
  QString note() const;
  void showFacts();
  void showPointed();

  ModelFacts facts_;
  StudioPicture picture_;
  Surprise surprise_, other_;
  std::vector<uint8_t> asked_;
  HeatLayer layer_;

  SegmentedControl* kind_;
  QWidget* otherRow_;
  QComboBox* otherBox_;
  TokenMap* map_;
  ScaleBar* bar_;
  QWidget* opacityRow_;
  QSlider* opacity_;
  QLabel* pointed_;
  FactList* list_;
  QLabel* note_;
};

}  // namespace scanline
