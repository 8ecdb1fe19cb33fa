#pragma once

#include <QMainWindow>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "app/edit_history.h"
#include "app/run_actions.h"
#include "app/run_feed.h"
#include "app/settings.h"
#include "app/store_thread.h"
#include "widgets/lists/next_steps.h"

class QAction;
class QDockWidget;
class QMenu;
class QStackedWidget;
class QTabWidget;
class QToolBar;

namespace scanline {

class DesktopNotice;
class EmptyState;
class FeaturesPage;
class ProbeExplorer;
class CodeExplorer;
class HelpWindow;
class Importer;
class LiveRuns;
class MirrorRefresh;
class MessageBar;
class NewRunPage;
class OpeningState;
class ReportExport;
class RunChartsPage;
class QueuePanel;
class RunNews;
class RunStarter;
class RunListFeed;
class RunTable;
class RunPages;
class StatusStrip;
class StudioPage;
class WindowTools;
struct Alert;
struct ImporterActivity;
struct QueueEntry;

/// One workspace: docks, pages, menus, and which signal goes where. It is on the screen at once and opens the workspace
/// behind that. RunActions has the commands for runs, RunPages the views. UI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(const QString& workspace, Settings& settings, std::function<std::shared_ptr<Engine>()> engine);
  ~MainWindow() override;

  /// Stops all work behind the window, and waits until checkpoints and the changes of a person
  /// are written. Reads and imports may go on after that, until the destructor has waited for them; nothing
  /// is lost if the process ends before.
  void finishWriting();
  /// Starts the tour of the window once there is a run, for a person who has not seen it.
  void offerTour();
  /// In front of other windows, with the keyboard.
  void comeForward();
  /// Moves a little aside, so that it does not cover another window exactly.
  void stepAside();

 signals:
  /// A person chose another folder. If this window has none open, it has closed itself.
  void workspaceRequested(const QString& folder);

 protected:
  void closeEvent(QCloseEvent* event) override;
  bool event(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  /// Marks a dock that the window hid; one that the person hid stays hidden.
  static constexpr auto kHiddenForPage = "hiddenForPage";

  // main_window.cpp: made of which parts, and which signal goes where
  void makeCentre();
  NewRunPage* makeForm();
  void makeDocks();
  void connectLists();
  void connectViews();
  void connectNewRuns();
  void connectImporter();

  // main_window_actions.cpp: menus, tool bar, and which of their actions are possible
  void makeMenus();
  void makeFileMenu();
  void makeEditMenu();
  void makeViewMenu();
  void makeHelpMenu();
  void makeToolBar();
  void makeTools();
  void exportChart();
  void exportPage();
  void updateEdits();
  void fillRecent(QMenu& menu);
  void tintIcons();
  void setThemeChoice(ThemeChoice choice);
  QString helpPage() const;

  // main_window_run_menu.cpp: the acts for runs, and which of them are possible
  void makeRunMenu();
  void addNextActs(QMenu& run);
  void updateActions();
  void updateNextActs(const RunSummary* one);
  void updateExports(const RunSummary* one);
  void updateBar();
  QString whyNotTrash() const;

  // main_window_news.cpp: news of runs that go on, and of those that end
  void connectNews();
  void showTitle();
  void trainingChanged();
  void runEnded(const RunSummary& run);
  void offerToResume(RunId run);
  void runAlerted(const RunSummary& run, const Alert& alert);

  // main_window_pages.cpp: which page and which runs are shown
  void arrangeDocks();
  void showCentre(QWidget* page);
  void showForm();
  void showNews(const WorkspaceNews& news);
  void showFirstRuns(RunId newest);
  void showStatus(const std::vector<RunSummary>& active, const std::vector<QueueEntry>& entries);
  void offerToGoOn();
  void widenList(bool compact);
  void showBusy(const ImporterActivity& activity);
  void selectionChanged();
  void openStudio(RunId run, qint64 step);
  const RunSummary* summary(RunId run) const;  ///< as far as it is known; valid until the next news
  std::vector<RunSummary> shownSummaries() const;
  bool anyRun() const;  ///< outside of the trash
  void complain(const QString& sentence);

  // main_window_edits.cpp: changes to the chosen runs
  void edit(const QString& text, const std::vector<RunId>& runs, std::function<void(EditDone)> act,
            std::function<void(EditDone)> takeBack, const QString& announcement = {});
  void rename(RunId run, const QString& name);
  void askToExport(RunId run, ExportForm form);
  void setNote(RunId run, const QString& note, const QString& before);
  void locateData(RunId run, const QString& path, const QString& before);
  void setTags(RunId run, const QStringList& tags);
  void askForTags(const std::vector<RunId>& runs);
  void tick(const std::vector<RunId>& runs);
  void ticksChanged(const std::vector<RunId>& ticked);
  void setTicks(const std::vector<RunId>& on, const std::vector<RunId>& off);
  void changeView(const QString& text, const QString& name, const QString& content);
  void moveJob(JobId job, std::optional<JobId> before);
  void moveJobBy(JobId job, int places);
  void moveJob(JobId job, const std::function<void(const RunActions::Formerly&, const EditDone&)>& act);
  void stop(const std::vector<RunId>& runs);
  void askToKill(RunId run);
  void askToEmptyTrash();
  void trash(const std::vector<RunId>& runs);
  void restore(const std::vector<RunId>& runs);
  void purge(const std::vector<RunId>& runs);
  void purgeAfter(const QString& question, const std::vector<RunId>& runs);
  void compare(const std::vector<RunId>& runs);
  void openFolder(RunId run);

  // main_window_outside.cpp: charts of all runs, runs of other programs, reports
  void makeOutside();
  void connectOutside();
  void exportReport();
  void exportFilm();
  void showDiskSpace();
  void askInSql();

  // main_window_closing.cpp: from the first paint to an open workspace, and from Quit to the end
  void open();
  void opened();
  void notOpened(const QString& sentence);
  void openForReading();
  void askForWorkspace();
  void requestWorkspace(const QString& folder);
  QString placeForWorkspace(const QString& folder);
  void restoreLayout();
  void saveLayout();
  bool mayLeave();
  bool mayLeaveOthers();

  QString workspace_;
  Settings& settings_;
  StoreThread reader_;
  StoreThread listReader_;  ///< makes lists of runs, so that nothing else waits for them
  StoreThread slowReader_;  ///< pictures and images, which may take long, so that the feed never waits behind them
  std::function<std::shared_ptr<Engine>()> engine_;  ///< one for runs and for the studio
  RunActions actions_;
  RunFeed* feed_;
  EditHistory* edits_;

  QStackedWidget* centre_ = nullptr;
  OpeningState* opening_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  EmptyState* empty_ = nullptr;
  NewRunPage* newRun_ = nullptr;  ///< from the first draft of a run on
  RunStarter* starter_ = nullptr;
  Importer* importer_ = nullptr;
  RunChartsPage* charts_ = nullptr;
  LiveRuns* live_ = nullptr;
  MirrorRefresh* mirror_ = nullptr;
  ReportExport* report_ = nullptr;
  StudioPage* studio_ = nullptr;
  FeaturesPage* features_ = nullptr;
  ProbeExplorer* probeExplorer_ = nullptr;
  CodeExplorer* codeExplorer_ = nullptr;
  RunNews* news_ = nullptr;
  DesktopNotice* notice_ = nullptr;
  WindowTools* tools_ = nullptr;
  bool readOnly_ = false;  ///< the workspace is open for reading alone
  int startMessage_ = 0;   ///< the last that says that a run is in the queue
  RunId training_;         ///< as of the last news
  int busyMessage_ = 0;    ///< number of the message about an import; 0 = none
  RunPages* views_ = nullptr;
  RunTable* table_ = nullptr;
  RunListFeed* list_ = nullptr;
  std::vector<RunId> shown_;  ///< whose curves are drawn
  QueuePanel* queue_ = nullptr;
  MessageBar* messages_ = nullptr;
  StatusStrip* strip_ = nullptr;
  HelpWindow* help_ = nullptr;
  QToolBar* bar_ = nullptr;
  std::vector<QDockWidget*> docks_;  ///< runs, queue, inspector
  QAction *newAction_ = nullptr, *pauseAction_ = nullptr, *resumeAction_ = nullptr, *stopAction_ = nullptr,
          *submitAction_ = nullptr, *killAction_ = nullptr;
  QAction *barPause_ = nullptr, *barStop_ = nullptr;  ///< of the run in the strip
  QAction *renameAction_ = nullptr, *tagAction_ = nullptr, *tickAction_ = nullptr, *trashShownAction_ = nullptr;
  QAction *undoAction_ = nullptr, *redoAction_ = nullptr;
  std::vector<QAction*> importActions_;
  std::vector<QAction*> nextActions_;  ///< possible for a run with a checkpoint
  QAction* codesAction_ = nullptr;     ///< possible for a VQ-VAE
  std::vector<QAction*> exportActions_;
  QAction *searchAction_ = nullptr, *winnerAction_ = nullptr, *completeAction_ = nullptr;
  QAction *duplicateAction_ = nullptr, *compareAction_ = nullptr, *trashAction_ = nullptr;

  std::map<int, int> offers_;             ///< the message that offers to undo an edit, by the edit's number
  std::vector<RunId> ticked_;             ///< as they were told last, ascending
  bool settingTicks_ = false;             ///< by no person: it is no edit
  bool inspectorWanted_ = false;          ///< even in a narrow window
  RunId wanted_;                          ///< to be selected when it arrives
  bool offered_ = false;                  ///< the runs that did not end were named once
  bool chosenOnce_ = false;               ///< the newest run was selected at start
  int compactWidth_ = 0;                  ///< of the list before it became a table
  std::vector<RunSummary> goingOnAlone_;  ///< in processes of their own, as of the last news
  bool leaving_ = false;                  ///< runs are being stopped because the window closes
};

}  // namespace scanline
