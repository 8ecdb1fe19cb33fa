#pragma once

#include "widgets/studio/attention_values.h"
#include "widgets/studio/heat_layer.h"
#include "widgets/studio/map_sheet.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_picture.h"

class QCheckBox;
class QLabel;
class QSlider;

namespace scanline {

class ChoiceStrip;
class ImageGrid;
class ScaleBar;
class SegmentedControl;
class TokenMap;

/// A model's attention when it predicts the chosen pixel: the weights of one head, their mean, or the attention rollout
/// up to a layer, over the picture; of all heads at once as small maps; and each head's typical pattern, its mean
/// weights by the distance from the predicted pixel to the attended one.
class AttentionPanel : public QuestionPanel {
  Q_OBJECT
 public:
  enum Page { Pixel, AllHeads, Patterns };

  explicit AttentionPanel(QWidget* parent = nullptr);

  /// Forgets all weights and patterns.
  void setModel(const ModelFacts& facts);
  /// Forgets the weights and the patterns, unless the tokens are those that were there.
  void setPicture(const StudioPicture& picture);
  /// The pixel that is asked for, -1 = none. Emits nothing. The old weights stay until the next ones come.
  void setPosition(qint64 position);
  qint64 position() const { return position_; }
  /// Ignored if another pixel is asked for by now; weights of another size are a problem that is said.
  void setAttention(qint64 position, const AttentionRow& row);
  /// One layer's, from 0; answers patternsRequested layer by layer.
  void setPatterns(int64_t layer, const std::vector<OffsetPattern>& patterns);

  Page page() const;
  void setPage(Page page);
  AttentionChoice choice() const;
  void setChoice(const AttentionChoice& choice);
  /// The weights as a layer over the canvas; empty while there are none.
  const HeatLayer& layer() const { return layer_; }
  /// Share of the start vector in the shown weights, 0..1.
  double startShare() const { return start_; }
  /// "row 3, column 7 · 12.3 % of the weight"
  QString words(qint64 position) const;

 signals:
  void layerChanged();
  void positionChosen(qint64 position);
  void positionHovered(qint64 position);  ///< -1 = none
  /// The patterns of all layers are to be shown, and are not known.
  void patternsRequested();
  void failed(const QString& sentence);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void build();
  QWidget* makePixelPage();
  QWidget* makeSheetPage();
  void refresh();
  void showWeights();
  void showSheet();
  void fitSheet();
  void showWords();
  void askForPatterns();
  MapSheet headsSheet() const;
  MapSheet patternsSheet() const;
  QString sheetNote() const;

  ModelFacts facts_;
  StudioPicture picture_;
  AttentionRow row_;
  qint64 position_ = -1, answered_ = -1;
  std::vector<std::vector<OffsetPattern>> patterns_;  ///< [L], empty where not known
  bool patternsAsked_ = false;
  HeatLayer layer_;
  double start_ = 0;

  SegmentedControl* page_;
  QLabel* place_;
  QWidget* controls_;  ///< layer and heads
  QSlider* layerSlider_;
  QLabel* layerLabel_;
  SegmentedControl* kind_;
  ChoiceStrip* heads_;
  QWidget *pixelPage_, *sheetPage_;
  TokenMap* map_;
  ScaleBar *bar_, *sheetBar_;
  QLabel *pointed_, *startLabel_, *sheetWords_, *sheetNote_;
  ImageGrid* sheet_;
  QCheckBox* oneScale_;
};

}  // namespace scanline
