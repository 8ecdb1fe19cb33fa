#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <functional>
#include <memory>
#include <optional>

#include "app/studio_model.h"
#include "core/store/pinned_drawing.h"

class QTimer;

namespace scanline {

class StudioView;

/// A drawing that has ended: the model, the request and the result.
struct FinishedDrawing {
  std::shared_ptr<const StudioSubject> subject;
  DrawRequest request;
  Drawing drawn;
};

/// Lets a model draw on a lane of its own, beside other questions, and shows the pixels as they come. UI thread.
class StudioPainter : public QObject {
  Q_OBJECT
 public:
  /// `isBusy`: whether a run trains in this process, which then keeps its half of the cores.
  StudioPainter(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent);

  /// The model that is open; null: none. What its drawing of the view's picture begins with is computed ahead, when
  /// the model, the picture or the mask has changed.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// Of the open model. A newer drawing takes the place of the one that goes on.
  void draw(std::shared_ptr<const StudioSubject> subject, DrawRequest request);
  /// A pinned drawing again, by the checkpoint that drew it.
  void drawAgain(const StudioSubject& subject, const PinnedDrawing& pinned);
  void stop();
  /// Asks for a file and writes the candidates of the last drawing to it, each with its nats below.
  void saveSheet();
  bool isDrawing() const { return isDrawing_; }

  /// The last one, if it came to its end.
  const std::optional<FinishedDrawing>& finished() const { return finished_; }

 signals:
  void written(const QString& file);
  void problem(const QString& sentence);

 private:
  void writeSheet(const QString& file);
  void prepare();
  struct Result;
  /// On the lane's thread: opens a model and draws.
  using Work = std::function<void(Engine&, Result&, const DrawSink&, const Control&)>;
  void start(Work work, const DrawRequest& request);

  StudioView& view_;
  StudioLane& lane_;
  std::function<bool()> isBusy_;
  bool isDrawing_ = false;
  std::optional<FinishedDrawing> finished_;
  std::shared_ptr<const StudioSubject> subject_;
  QTimer* pause_;            ///< a mask changes many times while it is painted
  DrawRequest preparation_;  ///< the last
};

}  // namespace scanline
