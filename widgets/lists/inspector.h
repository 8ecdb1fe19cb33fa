#pragma once

#include <QWidget>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

class QLabel;
class QStackedWidget;
class QTabBar;

namespace scanline {

class CheckpointsPage;
class LogPage;
class OverviewPage;
class RunSettingsPage;

/// Everything about one run: its results, settings, checkpoints, log, notes and tags.
class Inspector : public QWidget {
  Q_OBJECT
 public:
  enum class Page { Overview, Settings, Checkpoints, Log };

  explicit Inspector(QWidget* parent = nullptr);
  /// Shows a run. The same run again only brings new values: scroll positions, search and a note being typed stay, and
  /// so do the log's lines. Another run empties the log.
  /// `parentName`: of the run that it comes from; empty = not known.
  void setDetails(const RunDetails& details, const QString& parentName = {});
  /// Lines of the shown run that came after the last ones, ascending ids. Ones that are shown already are left out.
  void appendLog(const std::vector<LogRow>& rows);
  /// Shows no run.
  void clear();
  RunId run() const { return run_; }
  void showPage(Page page);

 signals:
  void noteChanged(scanline::RunId run, const QString& note, const QString& before);
  void tagsChanged(scanline::RunId run, const QStringList& tags);
  void parentActivated(scanline::RunId parent);
  void openFolderRequested(scanline::RunId run);
  void forkRequested(scanline::RunId run, qint64 step);                          ///< start a run from this checkpoint
  void nextRequested(scanline::RunId run, qint64 step, scanline::RunKind kind);  ///< step -1: the best
  void completeRequested(scanline::RunId run, qint64 step);  ///< pictures, by the model of this checkpoint
  void winnerRequested(scanline::RunId search);
  void showFileRequested(const QString& path);  ///< absolute; a checkpoint in its folder

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void restyle();
  void describe();

  RunId run_;
  RunSummary summary_;
  QString architecture_;  ///< "BERT, 4 layers, width 64, seed 1"
  QLabel* chip_;
  QLabel* name_;
  QLabel* subtitle_;
  QLabel* state_;
  QLabel* problem_;
  QTabBar* tabs_;
  QStackedWidget* pages_;
  OverviewPage* overview_;
  RunSettingsPage* settings_;
  CheckpointsPage* checkpoints_;
  LogPage* log_;
};

}  // namespace scanline
