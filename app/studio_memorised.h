#pragma once

#include <QObject>
#include <memory>
#include <vector>

#include "app/studio_model.h"
#include "core/jobs/neighbours.h"
#include "core/jobs/studio_pictures.h"
#include "widgets/studio/memorised_panel.h"

namespace scanline {

class StudioSources;
class StudioView;

/// The tab "Memorised?": looks for the training pictures that are nearest to the one on the canvas while the tab is
/// seen. UI thread.
class StudioMemorised : public QObject {
  Q_OBJECT
 public:
  /// `lane`: of its own; features of all training pictures may take minutes the first time. `sources`: have the data.
  StudioMemorised(StudioView& view, StudioSources& sources, StudioLane& lane, QObject* parent);

  /// The model that is open; null: none.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// Shows the tab for the picture on the canvas.
  void look();

 private:
  using Kind = MemorisedPanel::Kind;
  struct Answer;
  void pictureChanged();
  void ask();
  void ask(Kind kind);
  void stop(Kind kind);
  void putOnCanvas(Kind kind, int index);

  StudioView& view_;
  StudioSources& sources_;
  StudioLane& lane_;
  MemorisedPanel* panel_;
  std::shared_ptr<const StudioSubject> subject_;
  std::shared_ptr<const StudioData> data_;  ///< as the subject sees it; null until it was read
  std::vector<Token> asked_[2];             ///< by kind: whose neighbours are shown, or on their way
  std::vector<Neighbour> found_[2];         ///< by kind
};

}  // namespace scanline
