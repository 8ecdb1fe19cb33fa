// The window's manners: palette, panes, shortcuts, layouts, preferences, its title, and the places where things open;
// by keys.
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTest>
#include <QTimer>
#include <QToolBar>
#include <QTreeWidget>
#include <set>

#include "app/preferences.h"
#include "app/shortcut_sheet.h"
#include "tests/app/open_window_test.h"
#include "tests/support/unwritable_folder.h"
#include "tests/support/widget_pictures.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/command_palette.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/tour.h"

using namespace scanline;

class WindowMannersTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() { makeWorkspace(); }
  void cleanup() { window_.reset(); }

  void thePaletteFindsActsAndPages() {
    openWithRun();
    press(Qt::Key_K, Qt::ControlModifier);
    auto* palette = window_->findChild<CommandPalette*>();
    QTRY_VERIFY(palette && palette->isVisible());
    auto* line = palette->findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("probe"));
    QTRY_COMPARE(palette->findChild<QListView*>()->currentIndex().data().toString(), QStringLiteral("Probe"));
    takePictures(*palette, QStringLiteral("palette"));
    QTest::keyClick(line, Qt::Key_Return);
    auto* tabs = window_->findChild<QTabWidget*>();
    QCOMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Probe"));
  }

  void thePaletteFindsRunsByName() {
    addRun(fakeSpec("needle in the hay"));
    for (const char* name : {"hay", "more hay"}) addRun(fakeSpec(name));
    open();
    QTRY_COMPARE(table()->selection(), std::vector<RunId>{{3}});
    press(Qt::Key_K, Qt::ControlModifier);
    auto* palette = window_->findChild<CommandPalette*>();
    QTRY_VERIFY(palette && palette->isVisible());
    auto* line = palette->findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("needle"));
    QTRY_COMPARE(palette->findChild<QListView*>()->currentIndex().data().toString(),
                 QStringLiteral("needle in the hay"));
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(table()->selection(), std::vector<RunId>{{1}});
  }

  /// Every act of every menu is in the palette.
  void noActIsMissingFromThePalette() {
    openWithRun();
    press(Qt::Key_K, Qt::ControlModifier);
    auto* palette = window_->findChild<CommandPalette*>();
    QTRY_VERIFY(palette && palette->isVisible());
    std::set<QString> listed;
    const auto* model = palette->findChild<QListView*>()->model();
    for (int row = 0; row < model->rowCount(); ++row) listed.insert(model->index(row, 0).data().toString());
    for (const char* act : {"New run",
                            "Export the chart",
                            "Export the page",
                            "Rename",
                            "Tags",
                            "Tick",
                            "Show the trash",
                            "Close",
                            "Full screen",
                            "Preferences",
                            "Shortcuts",
                            "Empty the trash",
                            "Pause",
                            "Resume",
                            "Stop",
                            "Next pane",
                            "Save this layout",
                            "Tour of the window",
                            "Fork",
                            "As CSV tables"})
      QVERIFY2(listed.contains(QString::fromLatin1(act)), act);
  }

  /// Runs, queue, page, inspector, tool bar, and round again; back by Shift.
  void f6GoesFromPaneToPane() {
    openWithRun();
    table()->findChild<QWidget*>()->setFocus();
    const std::vector<QWidget*> panes{window_->findChild<QDockWidget*>("runs"),
                                      window_->findChild<QDockWidget*>("queue"), window_->findChild<QTabWidget*>(),
                                      window_->findChild<QDockWidget*>("inspector"), window_->findChild<QToolBar*>()};
    const auto pane = [&] {
      for (size_t i = 0; i < panes.size(); ++i)
        if (panes[i]->isAncestorOf(QApplication::focusWidget())) return static_cast<int>(i);
      return -1;
    };
    table()->focusFilter();
    QCOMPARE(pane(), 0);
    for (const int expected : {1, 2, 3, 4, 0}) {
      press(Qt::Key_F6);
      QCOMPARE(pane(), expected);
    }
    press(Qt::Key_F6, Qt::ShiftModifier);
    QCOMPARE(pane(), 4);
  }

  /// The page of the help, which the sheet shows, knows every key of the menus.
  void everyShortcutIsOnTheSheet() {
    openWithRun();
    QString all;
    for (const Shortcut& shortcut : shortcuts()) all += shortcut.keys + QLatin1Char('\n');
    int checked = 0;
    for (const QAction* action : window_->findChildren<QAction*>()) {
      QString keys = action->shortcut().toString(QKeySequence::PortableText);
      const auto* menu = qobject_cast<QMenu*>(action->parent());
      if (keys.isEmpty() || !menu) continue;
      if (keys.startsWith("Ctrl+") && keys.size() == 6 && keys[5].isDigit()) keys = QStringLiteral("Ctrl+1");
      QVERIFY2(all.contains(keys), qPrintable(keys + ": " + action->text()));
      ++checked;
    }
    QVERIFY(checked > 15);
    choose(*window_, "Shortcuts");
    auto* sheet = window_->findChild<ShortcutSheet*>();
    QTRY_VERIFY(sheet && sheet->isVisible());
    takePictures(*sheet, QStringLiteral("shortcuts"));
    QTest::keyClicks(sheet->findChild<QLineEdit*>(), QStringLiteral("palette"));
    QTest::keyClick(sheet, Qt::Key_Escape);
    QVERIFY(!sheet->isVisible());
  }

  void layoutsAreSavedRestoredAndReset() {
    openWithRun();
    window_->resize(1400, 800);
    auto* queue = window_->findChild<QDockWidget*>("queue");
    settings_->setNamedLayout(QStringLiteral("with the queue"), window_->saveState(kLayoutVersion));
    queue->close();
    QVERIFY(!queue->isVisible());
    openMenu("&Layouts");
    choose(*window_, "with the queue");
    QTRY_VERIFY(queue->isVisible());
    queue->close();
    choose(*window_, "Reset layout");
    QTRY_VERIFY(queue->isVisible());
  }

  void preferencesHoldAtOnce() {
    openWithRun();
    press(Qt::Key_Comma, Qt::ControlModifier);
    Preferences* preferences = nullptr;
    QTRY_VERIFY((preferences = window_->findChild<Preferences*>()) && preferences->isVisible());
    takePictures(*preferences, QStringLiteral("preferences"));
    QSpinBox* threads = nullptr;
    for (auto* each : preferences->findChildren<QSpinBox*>())
      if (each->accessibleName() == QStringLiteral("Threads of new runs")) threads = each;
    QVERIFY(threads);
    threads->setFocus();
    QTest::keyClick(threads, Qt::Key_Up);
    QCOMPARE(settings_->threads(), 1);
    QTest::mouseClick(preferences->findChildren<QCheckBox*>().last(), Qt::LeftButton, {}, QPoint(6, 8));
    QVERIFY(settings_->stopsDiverging());
    QTest::keyClick(preferences, Qt::Key_Escape);
    choose(*window_, "New run…");
    auto* page = shownForm(*window_);
    QVERIFY(page);
    QCOMPARE(page->specs().front().threads, int64_t{1});
  }

  void theTitleNamesTheWorkspace() {
    openWithRun();
    QVERIFY2(window_->windowTitle().endsWith("workspace"), qPrintable(window_->windowTitle()));
  }

  /// It was saved on a larger screen.
  void aSavedSizeIsCutToTheScreen() {
    {
      QMainWindow large;
      large.setGeometry(0, 0, 4000, 3000);
      settings_->setLayout(large.saveGeometry(), {});
    }
    open();
    const QRect room = window_->screen()->availableGeometry();
    QVERIFY(window_->width() <= room.width() && window_->height() <= room.height());
    QVERIFY(room.contains(window_->geometry()));
  }

  void aFolderWithOtherThingsIsAskedAbout_data() {
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("opened");
    QTest::newRow("a new folder") << "Make a new folder"
                                  << "/scanline";
    QTest::newRow("as it is") << "Use it as it is"
                              << "";
    QTest::newRow("neither") << "Cancel"
                             << "none";
  }
  void aFolderWithOtherThingsIsAskedAbout() {
    QFETCH(QString, answer);
    QFETCH(QString, opened);
    const QString folder = folder_->filePath("papers");
    QVERIFY(QDir().mkpath(folder));
    QFile(folder + "/thesis.tex").open(QIODevice::WriteOnly);
    settings_->addRecentWorkspace(folder);
    openWithRun();
    QSignalSpy wanted(window_.get(), &MainWindow::workspaceRequested);
    openMenu("&File");
    QTimer answers;
    answers.callOnTimeout([&] {
      auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
      if (!box) return;
      answers.stop();
      for (auto* each : box->buttons())
        if (each->text().remove('&') == answer) return QTest::mouseClick(each, Qt::LeftButton);
    });
    answers.start(50);
    choose(*window_, folder);
    QTRY_VERIFY(!QApplication::activeModalWidget());
    if (opened == QStringLiteral("none"))
      QCOMPARE(wanted.count(), 0);
    else
      QCOMPARE(wanted.value(0).value(0).toString(), folder + opened);
    QCOMPARE(QDir(folder).entryList(QDir::Files), QStringList{"thesis.tex"});
  }

  /// An archive, or a colleague's folder: its runs are shown, and every act that would change them is off and says why.
  void aWorkspaceThatCannotBeWrittenOpensForReading() {
    addRun(fakeSpec("a"));
    const UnwritableFolder archive(workspace_.toStdString());
    open();
    auto* read = window_->findChild<QPushButton*>("opening.read");
    QTRY_VERIFY_WITH_TIMEOUT(read->isVisible(), 20000);
    QVERIFY(!window_->findChild<QLabel*>("opening.text")->text().contains("--workspace"));
    QTest::mouseClick(read, Qt::LeftButton);
    QTRY_COMPARE(table()->selection(), std::vector<RunId>{{1}});
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{1});
    QVERIFY(window_->windowTitle().contains("for reading"));
    QVERIFY(window_->findChild<MessageBar*>()->accessibleDescription().contains("nothing in it changes"));
    for (const char* text : {"&New run…", "&Duplicate and edit…", "Move to &trash", "Re&name", "Ta&gs…"}) {
      QVERIFY2(!action(text)->isEnabled(), text);
      QVERIFY2(action(text)->toolTip().contains("for reading"), text);
    }
    QVERIFY(action("As CSV tables…")->isEnabled());
    QTest::keyClick(table()->findChild<QTreeView*>(), Qt::Key_Delete);
    QTRY_VERIFY(window_->findChild<MessageBar*>()->accessibleDescription().contains("nothing in it can be changed"));
    window_.reset();
  }

  void theTourIsForOneWhoHasNotSeenIt() {
    openWithRun();
    window_->offerTour();
    auto* tour = window_->findChild<Tour*>();
    QTRY_VERIFY(tour && tour->isVisible());
    takePictures(*window_, QStringLiteral("tour-window"));
    for (int step = 0; step < 5; ++step) QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QTRY_VERIFY(!tour->isVisible());
    QVERIFY(settings_->tourSeen());
    window_->offerTour();
    QVERIFY(!tour->isVisible());
  }

 private:
  void open() {
    makeWindow();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void openWithRun() {
    addRun(fakeSpec("a"));
    open();
    window_->resize(1440, 900);
    QTRY_COMPARE(table()->selection(), std::vector<RunId>{{1}});
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{1});
    window_->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window_.get()));
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus ? focus : window_.get(), key, modifiers);
  }
  RunTable* table() const { return window_->findChild<RunTable*>(); }
  QAction* action(const QString& text) const {
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text() == text) return each;
    return nullptr;
  }
  void openMenu(const QString& title) const {
    for (auto* each : window_->findChildren<QMenu*>())
      if (each->title() == title) emit each->aboutToShow();
  }
};

QTEST_MAIN(WindowMannersTest)
#include "window_manners_test.moc"
