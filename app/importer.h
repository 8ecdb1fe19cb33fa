#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QStringList>
#include <QTimer>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "app/store_thread.h"
#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/lists/next_steps.h"

class QMimeData;
class QWidget;

namespace scanline {

/// The import or export that goes on, in words for people.
struct ImporterActivity {
  QString sentence;   ///< empty: nothing
  double share = -1;  ///< of it that is done, 0..1; below 0: unknown
  bool mayBeCancelled = false;
};

/// Other people's files into the workspace and runs out of it, on a thread of its own. UI thread.
class Importer : public QObject {
  Q_OBJECT
 public:
  Importer(const QString& workspace, QWidget* window);
  ~Importer() override;

  /// Files of a drag that may be dropped: those of this machine.
  static QStringList files(const QMimeData& data);
  /// Asks for files, or for a folder.
  void askForFiles();
  void askForFolder();
  /// Checkpoints, models, event files, tables and runs become runs; settings and data sets a run to be started.
  void import(const QStringList& paths);
  /// Gives up all imports that wait or go on, as soon as the file that is being read allows. Runs that are complete
  /// stay.
  void cancel();
  /// Gives up all imports, and waits until the exports are written. Nothing is taken after that.
  void finishExports();
  /// Asks where to; `name` is the run's.
  void askToExport(RunId run, const QString& name, ExportForm form);
  /// `path`: the file of JSON; for the other forms the folder that gets a new one, named after the run.
  void exportTo(RunId run, ExportForm form, const QString& path);

 signals:
  /// An import or export goes on; shown until the next of these.
  void busy(const ImporterActivity& activity);
  void cancelled(const QString& sentence);
  void imported(RunId run);
  /// Settings that a file or a data set brought, and where they came from.
  void specFound(const RunSpec& spec, const QString& from);
  void done(const QString& sentence);
  void warned(const QString& sentence);
  void failed(const QString& sentence);

 private:
  /// The result of importing one path.
  struct Outcome {
    std::vector<RunId> runs;
    std::optional<RunSpec> spec;
    QStringList warnings;
  };
  /// Shared with the thread that does it.
  struct Progress {
    std::atomic<int64_t> done = 0, total = 0;  ///< bytes; total 0 = not known
    std::atomic<bool> cancelled = false;
  };
  struct Task {
    QString doing;
    std::shared_ptr<Progress> progress;  ///< null if it cannot be cancelled
  };
  static Outcome importOne(RunStore& store, const std::string& path, Progress& progress);
  void take(const QString& path, const Outcome& outcome);
  void begin(Task task);
  void tell();
  void end();

  QWidget* window_;
  QTimer tick_;
  QElapsedTimer clock_;
  std::deque<Task> tasks_;  ///< those that wait or go on, in order
  StoreThread thread_;      // last: it delivers to this
};

}  // namespace scanline
