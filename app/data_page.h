#pragma once

#include <QDialog>
#include <QObject>

#include "app/store_thread.h"
#include "core/base/control.h"
#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/pages/data_view.h"

namespace scanline {

/// The contents of a data page for the data that a spec names: a few images of each split, and the cost of a palette.
/// `palette`: the run's, or empty: as the spec says, found on these images. Throws Error, and Stopped. Any
/// thread; can take long.
ShownData readDataPicture(const RunSpec& spec, const std::vector<Colour>& palette, const Control& control);

/// Feeds the Data page: reads the images that a run learns from, or those of a run to be, off the UI thread, when the
/// page is looked at. UI thread.
class DataPage : public QObject {
  Q_OBJECT
 public:
  DataPage(StoreThread& slowReader, QWidget* parent);
  ~DataPage() override;

  DataView* view() const { return view_; }
  /// The run whose data the page is to show; it is read once the page is visible and the run has prepared it.
  void setRun(RunId run, const RunSpec& spec, const RunPrepared& prepared);
  /// The data of a run that does not exist yet, in the palette that it would find.
  void setSpec(const RunSpec& spec);
  void clear();
  /// Ends the reading that goes on.
  void stop() { reading_.request_stop(); }

 signals:
  /// The person has chosen the file or folder in which a run's images are now.
  /// `before`: where they were looked for.
  void pathChosen(RunId run, const QString& path, const QString& before);
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void forget();
  void locate();
  void read();

  StoreThread& slowReader_;
  DataView* view_;
  RunId run_;  ///< none: the data of a spec, or nothing
  RunSpec spec_;
  RunPrepared prepared_;
  bool ready_ = false;               ///< there is something to read
  int64_t request_ = 0, asked_ = 0;  ///< numbers of the data to be shown, and of those asked for last
  std::stop_source reading_;         ///< ends a reading whose images are no longer wanted
};

/// The data of a run to be, in a window beside the form: it stays before it, Escape closes it, and it goes with the
/// form. Deletes itself. UI thread.
class DataWindow : public QDialog {
  Q_OBJECT
 public:
  DataWindow(StoreThread& slowReader, const RunSpec& spec, QWidget* form);

 signals:
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace scanline
