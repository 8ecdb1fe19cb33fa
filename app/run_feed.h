#pragma once

#include <QObject>
#include <QTimer>
#include <map>
#include <vector>

#include "app/store_thread.h"
#include "core/store/run_types.h"

namespace scanline {

/// The news of one shown run since the last look.
struct RunUpdate {
  RunId run;
  bool reset = false;  ///< drop the rows that are shown of it first: it went back to an earlier step, or is shown anew
  std::map<std::string, std::vector<Point>> points;  ///< by series name, ascending steps
  std::vector<ProbeResult> probes;
  std::vector<SampleSetInfo> sampleSets;  ///< all of them, if any is new; else empty
  std::vector<LowDataResult> lowData;     ///< all of them
  std::vector<CodebookUse> codebookUse;
  std::vector<LogRow> log;
  RunDetails details;
};

/// Brings new rows of the store to the views: after each notification, and by a slow poll for runs of other processes.
/// Reads happen on the reader thread; answers arrive on the UI thread as values. A live run and last year's take this
/// same road.
class RunFeed : public QObject {
  Q_OBJECT
 public:
  RunFeed(StoreThread& reader, QObject* parent);

  /// Looks now, and then every half second.
  void start();

  /// The runs whose rows are wanted: the selected and the ticked ones. Those not wanted before arrive whole.
  void setShown(const std::vector<RunId>& runs);
  /// Look now. Calls while a look is under way are joined into one more look after it.
  void refresh();
  const std::vector<RunSummary>& runs() const { return runs_; }

 signals:
  void runsChanged(const std::vector<RunSummary>& runs, const std::vector<Job>& jobs);
  void runUpdated(const RunUpdate& update);
  void failed(const QString& sentence);

 private:
  /// Where the views stand in the rows of a run.
  struct Cursor {
    int64_t version = -1;
    std::map<std::string, int64_t> lastStep;
    std::vector<ProbeResult> newestProbes;  ///< the rows of the newest probed step, as last told
    size_t sampleSets = 0;
    int64_t lastSampleStep = -1;
    int64_t lastCodebookStep = -1;
    int64_t lastLog = 0;
  };
  struct Answer {
    std::vector<RunSummary> runs;
    std::vector<Job> jobs;
    std::vector<RunUpdate> updates;
    std::map<int64_t, Cursor> cursors;
    int64_t dataVersion = 0;
    bool unchanged = false;
  };
  static Answer read(RunStore& store, std::map<int64_t, Cursor> cursors, int64_t knownVersion);
  static RunUpdate readRun(RunStore& store, const RunSummary& summary, Cursor& cursor);
  static std::vector<ProbeResult> newProbes(RunStore& store, RunId run, Cursor& cursor);
  static bool wentBack(const RunSummary& summary, const std::vector<SeriesSummary>& series, const Cursor& cursor);
  /// `upToDate`: nothing else was wanted since the question.
  void take(Answer answer, bool upToDate);

  StoreThread& reader_;
  QTimer poll_;
  std::map<int64_t, Cursor> cursors_;  ///< by run id: exactly the shown runs
  std::vector<RunSummary> runs_;
  int64_t dataVersion_ = -1;  ///< of the store, when everything wanted was last read; -1 = not yet
  int64_t selections_ = 0;    ///< how often setShown was called
  bool reading_ = false;
  bool again_ = false;
};

}  // namespace scanline
