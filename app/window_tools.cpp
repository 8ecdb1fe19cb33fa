#include "app/window_tools.h"

#include <QApplication>
#include <QInputDialog>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <algorithm>

#include "app/preferences.h"
#include "app/shortcut_sheet.h"
#include "widgets/parts/command_palette.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

QString plain(QString text) {
  return text.remove(QLatin1Char('&')).remove(QStringLiteral("…"));
}

/// Every act of a menu and the menus below it, once it has been brought up to date.
void collect(QMenu& menu, const QString& path, std::vector<PaletteEntry>& entries) {
  emit menu.aboutToShow();
  for (QAction* action : menu.actions()) {
    if (action->isSeparator() || !action->isVisible()) continue;
    if (QMenu* below = action->menu()) {
      collect(*below, path + QStringLiteral(" › ") + plain(action->text()), entries);
      continue;
    }
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    QString why;
    if (!action->isEnabled())
      why = action->toolTip() != plain(action->text()) ? action->toolTip() : WindowTools::tr("not possible now");
    entries.push_back({plain(action->text()), keys.isEmpty() ? path : path + QStringLiteral("   ") + keys,
                       [action = QPointer(action)] {
                         if (action) action->trigger();
                       },
                       why});
  }
}

/// The first widget in it that takes the keyboard.
QWidget* firstFocus(QWidget* pane) {
  if (pane->focusPolicy() & Qt::TabFocus) return pane;
  for (QWidget* next = pane->nextInFocusChain(); next && next != pane; next = next->nextInFocusChain())
    if (pane->isAncestorOf(next) && next->isVisible() && next->isEnabled() && (next->focusPolicy() & Qt::TabFocus))
      return next;
  return nullptr;
}

}  // namespace

WindowTools::WindowTools(QMainWindow& window, Settings& settings, StoreThread& reader)
    : QObject(&window), window_(window), settings_(settings), reader_(reader) {
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { keepFocus(now); });
}

void WindowTools::addToEdit(QMenu& edit) {
  edit.addAction(tr("&Commands…"), QKeySequence(Qt::CTRL | Qt::Key_K), this, &WindowTools::openPalette);
  edit.addSeparator();
  edit.addAction(tr("&Preferences…"), QKeySequence(Qt::CTRL | Qt::Key_Comma), this, &WindowTools::openPreferences);
}

void WindowTools::openPreferences() {
  if (!preferences_) {
    auto* preferences = new Preferences(settings_, &window_);
    preferences->setAttribute(Qt::WA_DeleteOnClose);
    connect(preferences, &Preferences::themeChanged, this, &WindowTools::themeChanged);
    connect(preferences, &Preferences::lanesChanged, this, &WindowTools::lanesChanged);
    reader_.post(
        preferences, [](RunStore& store) { return store.chosenLanes(); },
        [preferences](int64_t lanes) { preferences->setLanes(static_cast<int>(lanes)); },
        [](const QString&) {});  // without an open workspace there is none to set
    preferences_ = preferences;
  }
  preferences_->show();
  preferences_->raise();
  preferences_->activateWindow();
}

void WindowTools::showTheme() {
  if (preferences_) preferences_->showTheme();
}

void WindowTools::addToView(QMenu& view) {
  view.addAction(tr("Next pane"), QKeySequence(Qt::Key_F6), this, [this] { goToPane(1); });
  view.addAction(tr("Previous pane"), QKeySequence(Qt::SHIFT | Qt::Key_F6), this, [this] { goToPane(-1); });
  QMenu* layouts = view.addMenu(tr("&Layouts"));
  connect(layouts, &QMenu::aboutToShow, this, [this, layouts] { fillLayouts(*layouts); });
  fillLayouts(*layouts);
  QAction* full = view.addAction(tr("&Full screen"), QKeySequence(Qt::Key_F11), this,
                                 [this] { window_.setWindowState(window_.windowState() ^ Qt::WindowFullScreen); });
  full->setCheckable(true);
  connect(&view, &QMenu::aboutToShow, full, [this, full] { full->setChecked(window_.isFullScreen()); });
}

void WindowTools::addToHelp(QMenu& help) {
  help.addAction(tr("&Shortcuts"), QKeySequence(QStringLiteral("Ctrl+?")), this, [this] {
    if (!sheet_) sheet_ = new ShortcutSheet(&window_);
    sheet_->show();
    sheet_->raise();
    sheet_->activateWindow();
  });
  help.addAction(tr("&Tour of the window"), this, &WindowTools::startTour);
}

// --- the palette

void WindowTools::openPalette() {
  if (!palette_) {
    palette_ = new CommandPalette(&window_);
    connect(palette_, &CommandPalette::searched, this, &WindowTools::findRuns);
  }
  std::vector<PaletteEntry> acts;
  for (const QAction* action : window_.menuBar()->actions())
    if (QMenu* menu = action->menu()) collect(*menu, plain(action->text()), acts);
  palette_->open(std::move(acts));
}

void WindowTools::findRuns(const QString& text) {
  reader_.post(
      this,
      [text](RunStore& store) {
        constexpr size_t kMost = 40;
        RunListRequest request;
        // Words as they are, not a question: a name may look like one.
        QStringList words;
        for (QString word : text.split(QLatin1Char(' '), Qt::SkipEmptyParts))
          words << QLatin1Char('"') + word.remove(QLatin1Char('"')) + QLatin1Char('"');
        request.where = RunQuery(words.join(QLatin1Char(' ')).toStdString());
        std::vector<RunId> found;
        for (const RunList::Row& row : store.list(request).rows) {
          found.push_back(row.run);
          if (found.size() == kMost) break;
        }
        return store.rows(found);
      },
      [this, text](const std::vector<RunRow>& rows) {
        std::vector<PaletteEntry> entries;
        for (const RunRow& row : rows)
          entries.push_back({QString::fromStdString(row.run.name),
                             tr("run") + QStringLiteral("   ") + text::stateName(row.run.state),
                             [this, run = row.run.id] {
                               if (open_) open_(run);
                             }});
        palette_->setRuns(text, std::move(entries));
      },
      [](const QString&) {});  // acts are found all the same
}

// --- panes

void WindowTools::setPanes(std::vector<QPointer<QWidget>> panes) {
  panes_ = std::move(panes);
  lastFocus_.assign(panes_.size(), {});
}

void WindowTools::keepFocus(QWidget* now) {
  for (size_t i = 0; i < panes_.size(); ++i)
    if (now && panes_[i] && (panes_[i] == now || panes_[i]->isAncestorOf(now))) lastFocus_[i] = now;
}

/// To where the keyboard was in the next pane the last time.
void WindowTools::goToPane(int by) {
  const int count = static_cast<int>(panes_.size());
  QWidget* focus = QApplication::focusWidget();
  int here = by > 0 ? -1 : count;
  for (int i = 0; i < count; ++i)
    if (const auto& pane = panes_[static_cast<size_t>(i)];
        pane && focus && (pane == focus || pane->isAncestorOf(focus)))
      here = i;
  for (int step = 1; step <= count; ++step) {
    const auto at = static_cast<size_t>(((here + by * step) % count + count) % count);
    QWidget* pane = panes_[at];
    if (!pane || !pane->isVisible()) continue;
    QWidget* last = lastFocus_[at];
    QWidget* target = last && last->isVisible() && last->isEnabled() ? last : firstFocus(pane);
    if (!target) continue;
    target->setFocus(Qt::TabFocusReason);
    return;
  }
}

// --- layouts

void WindowTools::fillLayouts(QMenu& menu) {
  menu.clear();
  for (const QString& name : settings_.layoutNames())
    menu.addAction(QString(name).replace(QLatin1Char('&'), QStringLiteral("&&")), this,
                   [this, name] { window_.restoreState(settings_.namedLayout(name), kLayoutVersion); });
  menu.addSeparator();
  menu.addAction(tr("&Save this layout…"), this, &WindowTools::saveLayout);
  QMenu* remove = menu.addMenu(tr("&Remove"));
  for (const QString& name : settings_.layoutNames())
    remove->addAction(QString(name).replace(QLatin1Char('&'), QStringLiteral("&&")), this,
                      [this, name] { settings_.setNamedLayout(name, {}); });
  remove->setEnabled(!settings_.layoutNames().isEmpty());
  menu.addAction(tr("R&eset layout"), this, &WindowTools::layoutReset);
}

void WindowTools::saveLayout() {
  const QString name = QInputDialog::getText(&window_, tr("Save this layout"), tr("Name of the layout:")).simplified();
  if (!name.isEmpty()) settings_.setNamedLayout(name, window_.saveState(kLayoutVersion));
}

// --- the tour

void WindowTools::offerTour() {
  if (!settings_.tourSeen()) startTour();
}

void WindowTools::startTour() {
  if (!tourSteps_) return;
  if (!tour_) {
    tour_ = new Tour(&window_);
    connect(tour_, &Tour::ended, this, [this] { settings_.setTourSeen(); });
  }
  tour_->start(tourSteps_());
}

}  // namespace scanline
