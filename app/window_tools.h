#pragma once

#include <QObject>
#include <QPointer>
#include <functional>
#include <vector>

#include "app/settings.h"
#include "app/store_thread.h"
#include "widgets/parts/tour.h"

class QAction;
class QMainWindow;
class QMenu;

namespace scanline {

class CommandPalette;
class Preferences;
class ShortcutSheet;

/// Tools of the window that need no runs: the command palette, the keys from pane to pane, named arrangements of the
/// docks, preferences, the sheet of shortcuts, the tour. UI thread.
class WindowTools : public QObject {
  Q_OBJECT
 public:
  WindowTools(QMainWindow& window, Settings& settings, StoreThread& reader);

  // Entries of the menus.
  void addToEdit(QMenu& edit);
  void addToView(QMenu& view);
  void addToHelp(QMenu& help);

  /// The parts that F6 goes through, in their order; hidden ones are left out.
  void setPanes(std::vector<QPointer<QWidget>> panes);
  /// How the window shows a run.
  void setRunOpener(std::function<void(RunId run)> open) { open_ = std::move(open); }
  /// `steps` is asked for when the tour starts.
  void setTour(std::function<std::vector<TourStep>()> steps) { tourSteps_ = std::move(steps); }
  /// The theme of the settings is another one.
  void showTheme();
  /// Starts the tour, if this person has never seen it.
  void offerTour();

 signals:
  void themeChanged(scanline::ThemeChoice choice);
  void lanesChanged(int lanes);
  /// The docks are to be as at the very first start.
  void layoutReset();

 private:
  void openPreferences();
  void openPalette();
  void findRuns(const QString& text);
  void goToPane(int by);
  void keepFocus(QWidget* now);
  void fillLayouts(QMenu& menu);
  void saveLayout();
  void startTour();

  QMainWindow& window_;
  Settings& settings_;
  StoreThread& reader_;
  QPointer<Preferences> preferences_;
  CommandPalette* palette_ = nullptr;
  ShortcutSheet* sheet_ = nullptr;
  Tour* tour_ = nullptr;
  std::vector<QPointer<QWidget>> panes_;
  std::vector<QPointer<QWidget>> lastFocus_;  ///< in each pane
  std::function<void(RunId)> open_;
  std::function<std::vector<TourStep>()> tourSteps_;
};

}  // namespace scanline
