#pragma once

#include <QObject>
#include <functional>
#include <map>
#include <memory>

#include "app/studio_model.h"
#include "core/jobs/studio_timeline.h"
#include "widgets/studio/timeline_panel.h"

namespace scanline {

class StudioView;

/// One picture and mask through all checkpoints of a run, and files of it. UI thread.
class StudioTimeline : public QObject {
  Q_OBJECT
 public:
  StudioTimeline(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent);

  /// The model that is open; null: none.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// The run may have more checkpoints by now.
  void setRun(const RunDetails& run);

 signals:
  void written(const QString& file);

 private:
  void draw();
  void stop();
  void forget();
  void askForFile(FilmFormat format, int frameMs);
  void write(const QString& file, FilmFormat format, int frameMs);

  StudioView& view_;
  StudioLane& lane_;
  std::function<bool()> isBusy_;
  TimelinePanel* panel_;
  std::shared_ptr<const StudioSubject> subject_;
  std::vector<TimelineStep> steps_;
  std::map<int64_t, std::shared_ptr<const TimelineFrame>> frames_;  ///< by step
};

}  // namespace scanline
