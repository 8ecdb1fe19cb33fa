#pragma once

#include <QObject>
#include <memory>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "app/studio_lane.h"
#include "core/jobs/probe_predictions.h"
#include "core/store/run_types.h"
#include "widgets/pages/probe_pictures.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

class ProbeView;

/// Which pictures probes of the window classify: all of the split, or where these are many, those of `rows` (ascending)
/// and, of the validation pictures, those that the run's own probes are scored on. Equal questions let pages share
/// results.
std::vector<int64_t> rowsToClassify(const StudioData& data, const ProbeSettings& settings, DataSplit split,
                                    std::vector<int64_t> rows = {});

/// Finds the pictures behind the numbers of the Probe page: a checkpoint is opened on a lane of its own, its probes are
/// fitted again, or read where that was done before, and the pictures of a cell are handed to the page. UI thread.
class ProbeExplorer : public QObject {
  Q_OBJECT
 public:
  /// `reader`: the store.
  ProbeExplorer(ProbeView& view, StoreThread& reader, const EngineSource& engine, QObject* parent);
  ~ProbeExplorer() override;
  /// Gives up everything that goes on, for good. Does not wait.
  void cancel();

 signals:
  /// A picture is to be opened in the studio, with this checkpoint.
  void studioRequested(scanline::RunId run, qint64 step, const scanline::SourcePicture& picture);
  void failed(const QString& sentence);

 private:
  struct Subject;
  struct Explored;
  struct Found;

  void ask(const ProbePicturesWanted& wanted);
  void explore(const ProbePicturesWanted& wanted, const Subject& subject);
  void take(const Found& found);
  void open(int index);
  void stop();

  ProbeView& view_;
  StoreThread& reader_;
  StudioLane lane_;
  int64_t request_ = 0;                       ///< answers of older readings of the store are dropped
  std::shared_ptr<const Explored> explored_;  ///< of the run and step that were asked about last
  std::vector<int64_t> rows_;                 ///< of the pictures that are shown
};

}  // namespace scanline
