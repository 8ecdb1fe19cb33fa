#pragma once

#include <QMainWindow>
#include <functional>
#include <memory>

#include "app/run_actions.h"
#include "app/run_feed.h"
#include "app/settings.h"
#include "app/store_thread.h"
#include "widgets/lists/next_steps.h"

class QAction;
class QDockWidget;
class QStackedWidget;
class QTabWidget;
class QToolBar;
class QUndoStack;

namespace scanline {

class EmptyState;
class HelpWindow;
class Importer;
class MessageBar;
class NewRunPage;
class PictureCompleter;
class QueuePanel;
class RunStarter;
class RunTable;
class RunPages;
class StatusStrip;
struct ImporterActivity;
struct QueueEntry;

/// Docks, menus, geometry, and who is connected to whom. What runs can do lies in RunActions, what the views show in
/// RunPages.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(const QString& workspace, Settings& settings, std::function<std::shared_ptr<Engine>()> engine);
  ~MainWindow() override;

 protected:
  void closeEvent(QCloseEvent* event) override;
  bool event(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeCentre();
  void makeDocks();
  void arrangeDocks();
  void makeMenus();
  void makeToolBar();
  void connectLists();
  void connectViews();
  void restoreLayout();
  void tintIcons();
  void setThemeChoice(ThemeChoice choice);
  void showCentre(QWidget* page);
  QString helpPage() const;

  void showRuns(const std::vector<RunSummary>& runs, const std::vector<Job>& jobs);
  void showStatus(const std::vector<RunSummary>& runs, const std::vector<QueueEntry>& entries);
  void offerToGoOn(const std::vector<RunSummary>& runs);
  void selectionChanged();
  void updateActions();
  const RunSummary* summary(RunId run) const;
  bool anyRun() const;  ///< outside of the trash
  void complain(const QString& sentence);

  void showForm();
  void showBusy(const ImporterActivity& activity);
  void rename(RunId run, const QString& name);
  void askToExport(RunId run, ExportForm form);
  void setNote(RunId run, const QString& note);
  void trash(const std::vector<RunId>& runs);
  void purge(const std::vector<RunId>& runs);
  void compare(const std::vector<RunId>& runs);
  void openFolder(RunId run);
  void openWorkspace();

  QString workspace_;
  Settings& settings_;
  StoreThread reader_;
  StoreThread slowReader_;  ///< pictures and images, which may take long, so that the feed never waits behind them
  RunActions actions_;
  RunFeed* feed_;
  QUndoStack* undo_;

  QStackedWidget* centre_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  EmptyState* empty_ = nullptr;
  NewRunPage* newRun_ = nullptr;
  RunStarter* starter_ = nullptr;
  Importer* importer_ = nullptr;
  PictureCompleter* completer_ = nullptr;
  int busyMessage_ = 0;  ///< number of the message that says what is imported; 0 = none
  RunPages* views_ = nullptr;
  RunTable* table_ = nullptr;
  QueuePanel* queue_ = nullptr;
  MessageBar* messages_ = nullptr;
  StatusStrip* strip_ = nullptr;
  HelpWindow* help_ = nullptr;
  QToolBar* bar_ = nullptr;
  std::vector<QDockWidget*> docks_;  ///< runs, queue, inspector
  QAction *newAction_ = nullptr, *pauseAction_ = nullptr, *resumeAction_ = nullptr, *stopAction_ = nullptr;
  std::vector<QAction*> nextActions_;  ///< what a run with a checkpoint allows
  std::vector<QAction*> exportActions_;
  QAction *searchAction_ = nullptr, *winnerAction_ = nullptr, *completeAction_ = nullptr;
  QAction *duplicateAction_ = nullptr, *compareAction_ = nullptr, *trashAction_ = nullptr;

  bool inspectorWanted_ = false;  ///< even in a narrow window
  RunId wanted_;                  ///< to be selected when it arrives
  bool offered_ = false;          ///< the runs that did not end were named once
  bool chosenOnce_ = false;       ///< the newest run was selected at start
  bool leaving_ = false;          ///< runs are being stopped because the window closes
};

}  // namespace scanline
