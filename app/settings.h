#pragma once

#include <QByteArray>
#include <QSettings>
#include <QStringList>

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
  QByteArray runTable() const;  ///< its columns, sorting and mode
  void setRunTable(const QByteArray& layout);
  QStringList recentWorkspaces() const;  ///< newest first, at most ten
  void addRecentWorkspace(const QString& folder);
  /// Runs that were stopped because the window closed (uuids); the next start offers to go on.
  QStringList stoppedAtExit() const;
  void setStoppedAtExit(const QStringList& uuids);
  /// GFLOP/s of recent training on this machine, for time estimates; 0 = none measured yet.
  double throughput() const;
  void setThroughput(double gflops);
  /// Writes the file now.
  void sync() { file_.sync(); }

 private:
  QSettings file_;
};

/// Grows when saved dock layouts stop fitting; older ones are then ignored.
constexpr int kLayoutVersion = 1;

}  // namespace scanline
