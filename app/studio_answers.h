#pragma once

#include <QObject>
#include <memory>
#include <vector>

#include "app/studio_model.h"
#include "app/studio_others.h"
#include "core/run/paint_mask.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

class AttentionPanel;
class NextPixelPanel;
class StudioView;
class SurprisePanel;

/// Asks the model for the contents of the panels beside the canvas: its loss on the picture, and its prediction and
/// attention at the pixel under the pointer, or at the chosen one. Only the visible panel asks. UI thread.
class StudioAnswers : public QObject {
  Q_OBJECT
 public:
  /// `quick`: for single pixels while the pointer moves; `slow`: for whole pictures.
  StudioAnswers(StudioView& view, StudioLane& quick, StudioLane& slow, QObject* parent);

  /// The model that is open; null: none.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// That its surprise can be compared with.
  void setOthers(const std::vector<OtherModel>& others);

 private:
  /// The picture that answers are about, and for BERT the tokens that the model sees.
  struct Picture {
    std::vector<Token> tokens;
    std::vector<uint8_t> keep;  ///< [n], or empty
    bool operator==(const Picture&) const = default;
  };
  Picture picture() const;
  bool canAsk() const;
  void connectPanels();
  void pictureChanged();
  void showPanel();
  void showLayer();
  void ask();
  void askSurprise();
  void askOther();
  void askNext();
  void askCodePatches();
  void askAttention();
  void askPatterns();
  qint64 pointed() const;

  StudioView& view_;
  StudioLane &quick_, &slow_;
  SurprisePanel* surprise_;
  NextPixelPanel* next_;
  AttentionPanel* attention_;
  std::shared_ptr<const StudioSubject> subject_;
  Picture surprised_;  ///< whose surprise is shown, or on its way
  bool hasAskedPatches_ = false;
  std::vector<OtherModel> others_;
  qint64 hovered_ = -1;
};

}  // namespace scanline
