#pragma once

#include <QByteArray>
#include <QSettings>
#include <QStringList>
#include <vector>

#include "core/store/run_types.h"
#include "widgets/forms/speeds.h"
#include "widgets/parts/theme.h"

namespace scanline {

/// The settings that the window remembers: typed access to one INI file under $XDG_CONFIG_HOME. Made in main, passed by
/// reference. UI thread.
class Settings {
 public:
  Settings();
  explicit Settings(const QString& file);  ///< tests use a file of their own

  ThemeChoice theme() const;
  void setTheme(ThemeChoice choice);
  QByteArray geometry() const;
  QByteArray docks() const;
  void setLayout(const QByteArray& geometry, const QByteArray& docks);
  void clearLayout();  ///< the run table's, too
  double smoothing() const;
  void setSmoothing(double smoothing);
  QByteArray curves() const;  ///< the Curves page, besides smoothing
  void setCurves(const QByteArray& state);
  QByteArray runTable() const;  ///< its columns, sorting and mode
  void setRunTable(const QByteArray& layout);
  /// Runs that are ticked in a workspace, ascending ids.
  std::vector<RunId> ticked(const QString& workspace) const;
  void setTicked(const QString& workspace, const std::vector<RunId>& runs);
  QByteArray runCharts() const;  ///< which fields the charts of runs show
  void setRunCharts(const QByteArray& choices);
  /// Folders whose event files are watched in a workspace.
  QStringList watchedFolders(const QString& workspace) const;
  void setWatchedFolders(const QString& workspace, const QStringList& folders);
  QStringList questions() const;  ///< asked of the list of runs, the newest first
  void setQuestions(const QStringList& questions);
  QStringList recentWorkspaces() const;  ///< newest first, at most ten
  void addRecentWorkspace(const QString& folder);
  /// Runs that were stopped because the window closed (uuids); the next start offers to go on.
  QStringList stoppedAtExit() const;
  void setStoppedAtExit(const QStringList& uuids);
  /// Measured speeds of training on this machine, for time estimates; the newest last.
  std::vector<MeasuredSpeed> speeds() const;
  void setSpeeds(const std::vector<MeasuredSpeed>& speeds);
  // Set in preferences.h.
  int threads() const;  ///< of new runs; 0: as many as the machine has
  void setThreads(int threads);
  QString defaultWorkspace() const;  ///< opened where none is named; empty: the desktop's data folder
  void setDefaultWorkspace(const QString& folder);
  bool ownProcess() const;  ///< new runs of the form train in a process of their own
  void setOwnProcess(bool own);
  bool notifies() const;  ///< on the desktop, of ended runs and alerts, while another window is in front
  void setNotifies(bool notifies);
  bool stopsDiverging() const;  ///< a run whose loss is no number, or rises, is stopped
  void setStopsDiverging(bool stops);
  bool tourSeen() const;
  void setTourSeen();
  /// Arrangements of the docks by their names.
  QStringList layoutNames() const;
  QByteArray namedLayout(const QString& name) const;
  void setNamedLayout(const QString& name, const QByteArray& docks);  ///< empty: removes it
  /// Writes the file now.
  void sync() { file_.sync(); }

 private:
  QSettings file_;
};

/// Grows when saved dock layouts stop fitting; older ones are then ignored.
constexpr int kLayoutVersion = 1;

}  // namespace scanline
