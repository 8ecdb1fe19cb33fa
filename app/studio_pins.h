#pragma once

#include <QObject>
#include <map>
#include <memory>

#include "app/studio_model.h"
#include "core/run/paint_mask.h"
#include "core/store/pinned_drawing.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

class EditHistory;
class RunActions;
class StudioPainter;
class StudioView;

/// The drawings that are kept with a run: reads them, keeps others and lets them go, which can be undone, and draws one
/// again from its own checkpoint and settings. UI thread.
class StudioPins : public QObject {
  Q_OBJECT
 public:
  StudioPins(StudioView& view, StudioPainter& painter, StoreThread& reader, RunActions& actions, EditHistory& edits,
             QObject* parent);

  /// The model that is open, whose run's drawings are shown; null: none.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// The store has changed.
  void refresh();
  /// Of the last drawing.
  void pin(qint64 candidate);
  void unpin(qint64 id);
  /// A person's words on a kept drawing.
  void setNote(qint64 id, const QString& note);
  void drawAgain(qint64 id);

 signals:
  void problem(const QString& sentence);

 private:
  void take(const std::vector<PinnedDrawing>& drawings, const std::vector<StudioPin>& pins);
  void keep(const std::shared_ptr<PinnedDrawing>& drawing, const QString& words, bool isKept);

  StudioView& view_;
  StudioPainter& painter_;
  StoreThread& reader_;
  RunActions& actions_;
  EditHistory& edits_;
  std::shared_ptr<const StudioSubject> subject_;
  std::map<qint64, PinnedDrawing> drawings_;  ///< that are shown
};

}  // namespace scanline
