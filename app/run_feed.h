#pragma once

#include <QObject>
#include <QTimer>
#include <map>
#include <unordered_map>
#include <vector>

#include "app/store_thread.h"
#include "core/store/run_list.h"
#include "core/store/run_types.h"

namespace scanline {

/// The news of one shown run since the last look.
struct RunUpdate {
  RunId run;
  bool reset = false;  ///< drop the rows that are shown of it first: it went back to an earlier step, or is shown anew
  std::map<std::string, std::vector<Point>> points;  ///< by series name, ascending steps; of many, a part at a time
  std::map<std::string, int64_t> expected;  ///< of a series of which this is a part: points that there are in all
  std::vector<ProbeResult> probes;
  std::vector<SampleSetInfo> sampleSets;  ///< all of them, if any is new; else empty
  std::vector<LowDataResult> lowData;     ///< all of them
  std::vector<CodebookUse> codebookUse;
  std::vector<LogRow> log;
  RunDetails details;
};

/// The changes in the workspace since the last news.
struct WorkspaceNews {
  std::vector<RunSummary> active;   ///< waiting, preparing, running or paused, of any process; ascending ids
  std::vector<RunSummary> watched;  ///< the shown and the watched runs, and those that they come from
  std::vector<Job> jobs;            ///< waiting, running and paused, in order
  std::vector<RunId> changed;       ///< new or changed, ascending
  std::vector<RunId> gone;          ///< watched before, and purged
  bool removed = false;             ///< some run is gone for good
  int64_t count = 0;                ///< runs outside of the trash
};

/// Brings changes of the store to the views: after each notification, and by a slow poll for runs of other
/// processes. It reads the runs that go on and those that are looked at, never all. Reads happen on the reader thread;
/// answers arrive on the UI thread as values. Live runs and old ones are read the same way.
class RunFeed : public QObject {
  Q_OBJECT
 public:
  RunFeed(StoreThread& reader, QObject* parent);

  /// Looks now, and then every half second.
  void start();

  /// The runs whose rows are wanted: the selected and the ticked ones. Those not wanted before arrive whole.
  void setShown(const std::vector<RunId>& runs);
  /// Runs whose facts are wanted with every news, besides.
  void setWatched(const std::vector<RunId>& runs);
  /// Look now. Calls while a look is under way are joined into one more look after it.
  void refresh();

  /// The facts of active, shown and watched runs, and of the runs that these come from; null for others. Valid until
  /// the next news.
  const RunSummary* summary(RunId run) const;
  /// Runs outside of the trash; nullopt until the first look.
  std::optional<int64_t> count() const { return count_; }

 signals:
  void changed(const WorkspaceNews& news);
  void runUpdated(const RunUpdate& update);
  void failed(const QString& sentence);

 private:
  /// Up to where the views have the rows of a run.
  struct Cursor {
    int64_t version = -1;  ///< -1: nothing was told; 0: points are left to be told
    int64_t step = 0;      ///< that the run had reached
    std::map<std::string, int64_t> lastStep;
    std::vector<ProbeResult> newestProbes;  ///< the rows of the newest probed step, as last told
    size_t sampleSets = 0;
    int64_t lastSampleStep = -1;
    int64_t lastCodebookStep = -1;
    int64_t lastLog = 0;
  };
  struct Question {
    std::map<int64_t, Cursor> cursors;
    std::vector<RunId> watched;
    int64_t dataVersion = -1;   ///< of the last look; -1: this is the first
    int64_t version = -1;       ///< of the last RunChanges
    std::vector<RunId> active;  ///< at the last look, ascending
    int64_t count = 0;
  };
  struct Answer {
    WorkspaceNews news;
    std::vector<RunUpdate> updates;
    std::map<int64_t, Cursor> cursors;
    int64_t dataVersion = 0, version = 0;
    bool again = false;      ///< there are more points of a shown run
    bool unchanged = false;  ///< nothing in the store; there may be updates of runs that are shown anew
  };
  static Answer read(RunStore& store, Question question);
  static void readWatched(RunStore& store, std::vector<RunId> watched, WorkspaceNews& news);
  static bool readPoints(RunStore& store, const std::vector<SeriesSummary>& series, Cursor& cursor, RunUpdate& update,
                         int64_t& left);
  static RunUpdate readRun(RunStore& store, RunDetails details, Cursor& cursor, int64_t& left, bool& isWhole);
  static std::vector<ProbeResult> newProbes(RunStore& store, RunId run, Cursor& cursor);
  static bool wentBack(const RunSummary& summary, const std::vector<SeriesSummary>& series, const Cursor& cursor);
  void take(Answer answer);
  void keepWanted(Answer& answer);

  StoreThread& reader_;
  QTimer poll_;
  std::map<int64_t, Cursor> cursors_;  ///< by run id: exactly the shown runs
  std::vector<RunId> watched_;
  std::unordered_map<int64_t, RunSummary> known_;
  std::optional<int64_t> count_;
  std::vector<RunId> active_;  ///< at the last look, ascending
  int64_t dataVersion_ = -1, version_ = -1;
  bool reading_ = false;
  bool again_ = false;
};

}  // namespace scanline
