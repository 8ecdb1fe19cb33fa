#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <vector>

#include "app/studio_model.h"
#include "app/studio_others.h"

namespace scanline {

class SideBySidePanel;
class StudioView;

/// Up to four models draw the same picture under the same mask with the same random numbers. UI thread.
class StudioComparison : public QObject {
  Q_OBJECT
 public:
  StudioComparison(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent);

  /// The model that is open, the first column; null: none.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// Which models a column can be added for.
  void setOthers(const std::vector<OtherModel>& others);

 private:
  struct Column {
    OtherModel model;
    std::shared_ptr<const OpenModel> open;  ///< of the first one
  };
  void showColumns();
  void draw();
  void stop();

  StudioView& view_;
  StudioLane& lane_;
  std::function<bool()> isBusy_;
  SideBySidePanel* panel_;
  std::shared_ptr<const StudioSubject> subject_;
  std::vector<OtherModel> others_;
  std::vector<Column> columns_;
};

}  // namespace scanline
