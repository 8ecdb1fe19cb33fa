#pragma once

#include <QObject>

#include "app/store_thread.h"
#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/images/data_view.h"

namespace scanline {

/// Feeds the Data page: reads the images of a run's data set again, off the UI thread, when the page is looked at. UI thread.
class DataPage : public QObject {
  Q_OBJECT
 public:
  DataPage(StoreThread& slowReader, QWidget* parent);

  DataView* view() const { return view_; }
  /// The run whose data the page is to show; it is read once the page is visible.
  void setRun(RunId run, const RunSpec& spec, const RunPrepared& prepared);
  void clear();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void read();

  StoreThread& slowReader_;
  DataView* view_;
  RunId run_;
  RunId shown_;  ///< whose images are on the page, or on their way
  RunSpec spec_;
  RunPrepared prepared_;
};

}  // namespace scanline
