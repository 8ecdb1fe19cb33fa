#pragma once

#include <QMainWindow>
#include <functional>
#include <memory>

#include "app/run_actions.h"
#include "app/run_feed.h"
#include "app/settings.h"
#include "app/store_thread.h"

class QLabel;
class QStackedWidget;
class QTabWidget;

namespace scanline {

class EmptyState;
class HelpWindow;
class MessageBar;
class NewRunPage;
class QueuePanel;
class RunTable;
class RunViews;
class StatusStrip;

/// Docks, menus, geometry, and who is connected to whom. What runs can do lies in RunActions, what the views show in RunViews.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(const QString& workspace, Settings& settings, std::function<std::shared_ptr<Engine>()> engine);
  ~MainWindow() override;

 protected:
  void closeEvent(QCloseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void makeCentre();
  void makeDocks();
  void makeMenus();
  void makeToolBar();
  void connectLists();
  void connectViews();
  void restoreLayout();
  void setThemeChoice(ThemeChoice choice);

  void showRuns(const std::vector<RunSummary>& runs, const std::vector<Job>& jobs);
  void offerToGoOn(const std::vector<RunSummary>& runs);
  void selectionChanged();
  void openNewRun(const RunSpec& spec, const QString& base);
  void startQuickStart();
  void startRuns(const std::vector<RunSpec>& specs);
  void duplicate(RunId run);
  void trash(const std::vector<RunId>& runs);
  void compareSelected();
  void openWorkspace();
  void showCentre(QWidget* page);
  QString helpPage() const;
  const RunSummary* summary(RunId run) const;
  std::vector<RunId> selectedRuns() const;

  QString workspace_;
  Settings& settings_;
  StoreThread reader_;
  StoreThread slowReader_;
  RunActions actions_;
  RunFeed* feed_;

  RunTable* table_ = nullptr;
  QueuePanel* queue_ = nullptr;
  MessageBar* messages_ = nullptr;
  StatusStrip* strip_ = nullptr;
  EmptyState* empty_ = nullptr;
  NewRunPage* newRun_ = nullptr;
  HelpWindow* help_ = nullptr;
  QStackedWidget* centre_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  RunViews* views_ = nullptr;
  bool offered_ = false;   ///< the interrupted runs were named once
  bool leaving_ = false;   ///< runs are being stopped because the window closes
  RunId wanted_;           ///< to be selected when it arrives
};

}  // namespace scanline
