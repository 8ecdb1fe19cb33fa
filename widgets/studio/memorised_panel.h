#pragma once

#include <vector>

#include "widgets/studio/picture_tiles.h"
#include "widgets/studio/question_panel.h"

class QComboBox;

namespace scanline {

/// Was the picture on the canvas memorised? Its nearest training pictures by the difference of pixels, and by the
/// features of a layer.
class MemorisedPanel : public QuestionPanel {
  Q_OBJECT
 public:
  enum Kind { ByPixels, ByFeatures };
  static constexpr int kNeighbours = 8;  ///< of each kind

  explicit MemorisedPanel(QWidget* parent = nullptr);

  /// Layers 0 .. `layers`; the middle one is chosen. Emits nothing.
  void setLayers(int layers);
  int layer() const;
  /// Another picture: all answers go.
  void clear();
  /// An answer, the nearest first.
  void setNearest(Kind kind, std::vector<PictureTiles::Tile> tiles);
  /// In place of an answer: the work that goes on, or the reason why there is none.
  void setWords(Kind kind, const QString& sentence);
  PictureTiles* tiles(Kind kind) const { return parts_[kind].tiles; }
  QString words(Kind kind) const;

 signals:
  void layerChosen(int layer);
  void chosen(scanline::MemorisedPanel::Kind kind, int index);

 private:
  struct Part {
    PictureTiles* tiles = nullptr;
    QLabel* words = nullptr;
  };
  void addPart(Kind kind, QWidget* title, const QString& name);

  QComboBox* layer_;
  Part parts_[2];
};

}  // namespace scanline
