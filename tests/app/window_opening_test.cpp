// From the first paint to an open workspace, and everything remembered until the next start.
#include <SQLiteCpp/SQLiteCpp.h>

#include <QAction>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include "core/store/workspace_lock.h"
#include "tests/app/open_window_test.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/opening_state.h"

using namespace scanline;

class WindowOpeningTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }
  void cleanup() { window_.reset(); }

  /// The store has to be set up first, and another process holds the lock: the window is there and drawn, says so, and
  /// goes on by itself.
  void theWindowIsThereWhileTheStoreIsNot() {
    addRun(fakeSpec("a"));
    leaveWithoutLog();
    std::optional<WorkspaceLock> lock(workspace_.toStdString());
    std::optional<Held> held(std::in_place, *lock, WorkspaceLock::Clock::now() + std::chrono::seconds(20));
    open();
    QVERIFY(opening()->isVisible());
    QVERIFY(!window_->grab().isNull());
    QTRY_VERIFY(text()->isVisible());
    QVERIFY(text()->text().contains(workspace_));
    QVERIFY(!action("&New run…")->isEnabled());
    QVERIFY(!window_->acceptDrops());
    QVERIFY(!window_->findChild<EmptyState*>()->isVisible());  // nobody knows that there are no runs
    held.reset();
    QTRY_VERIFY_WITH_TIMEOUT(window_->findChild<QTabWidget*>()->isVisible(), 20000);
    QVERIFY(action("&New run…")->isEnabled());
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{1}});
  }

  /// A store that is as it should be is opened without the lock.
  void aProcessThatWritesKeepsUpNoWindow() {
    addRun(fakeSpec("a"));
    WorkspaceLock lock(workspace_.toStdString());
    const Held held(lock, WorkspaceLock::Clock::now() + std::chrono::seconds(20));
    open();
    QTRY_VERIFY(window_->findChild<QTabWidget*>()->isVisible());
    QVERIFY(action("&New run…")->isEnabled());
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{1}});
  }

  void anEmptyWorkspaceIsKnownToBeEmptyFirst() {
    open();
    QVERIFY(!window_->findChild<EmptyState*>()->isVisible());
    QTRY_VERIFY(window_->findChild<EmptyState*>()->isVisible());
  }

  void aWorkspaceThatCannotBeOpenedIsASentenceInTheWindow_data() {
    QTest::addColumn<QString>("what");
    QTest::newRow("a file is in the way") << "file";
    QTest::newRow("not a database") << "nonsense";
    QTest::newRow("of a later version") << "later";
  }
  void aWorkspaceThatCannotBeOpenedIsASentenceInTheWindow() {
    QFETCH(QString, what);
    const QString right = workspace_;
    workspace_ = folder_->path() + "/other";
    if (what == "file") {
      write(workspace_, "hello");
    } else {
      QVERIFY(QDir().mkpath(workspace_));
      write(workspace_ + "/scanline.db", what == "nonsense" ? QByteArray(5000, 'x') : QByteArray("later"));
    }
    open();
    auto* other = window_->findChild<QPushButton*>("opening.other");
    QTRY_VERIFY_WITH_TIMEOUT(other->isVisible(), 20000);
    QVERIFY2(text()->text().contains(workspace_), qPrintable(text()->text()));
    QVERIFY(!action("&New run…")->isEnabled());
    QVERIFY(settings_->recentWorkspaces().isEmpty());
    // It is mended meanwhile.
    if (what == "file")
      QVERIFY(QFile::remove(workspace_));
    else
      QVERIFY(QFile::remove(workspace_ + "/scanline.db"));
    QTest::mouseClick(window_->findChild<QPushButton*>("opening.retry"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(window_->findChild<EmptyState*>()->isVisible(), 20000);
    QCOMPARE(settings_->recentWorkspaces(), QStringList{workspace_});
  }

  /// Of workspaces that were open before, by the menu. A window without a workspace has nothing to keep it.
  void recentWorkspacesAreOneClickAway() {
    settings_->addRecentWorkspace(QStringLiteral("/data/older"));
    settings_->addRecentWorkspace(QStringLiteral("/data/newer"));
    open();
    QTRY_VERIFY(window_->findChild<EmptyState*>()->isVisible());
    QSignalSpy wanted(window_.get(), &MainWindow::workspaceRequested);
    QCOMPARE(recent(), (QStringList{"/data/newer", "/data/older"}));
    action("/data/older")->trigger();
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].toString(), QStringLiteral("/data/older"));
    QVERIFY(window_->isVisible());

    write(folder_->path() + "/file", "hello");
    workspace_ = folder_->path() + "/file";
    open();
    QTRY_VERIFY_WITH_TIMEOUT(window_->findChild<QPushButton*>("opening.other")->isVisible(), 20000);
    QCOMPARE(recent().size(), 3);
    action("/data/newer")->trigger();
    QVERIFY(!window_->isVisible());
  }

  void theColumnsOfTheRunsAreThereAtTheNextStart() {
    addRun(fakeSpec("a"));
    open();
    QTRY_VERIFY(window_->findChild<QTabWidget*>()->isVisible());
    for (auto* button : table()->findChildren<QToolButton*>())
      if (button->accessibleName() == QStringLiteral("Show as columns")) QTest::mouseClick(button, Qt::LeftButton);
    header()->resizeSection(1, 222);
    header()->hideSection(3);
    table()->findChild<QTreeView*>()->sortByColumn(0, Qt::AscendingOrder);
    window_->close();
    open();
    QTRY_VERIFY(window_->findChild<QTabWidget*>()->isVisible());
    QVERIFY(header()->isVisible());
    QCOMPARE(header()->sectionSize(1), 222);
    QVERIFY(header()->isSectionHidden(3));
    QCOMPARE(header()->sortIndicatorSection(), 0);
  }

  void theFirstWindowFitsOnTheScreen() {
    open();
    const QRect room = window_->screen()->availableGeometry();
    QVERIFY2(room.contains(QRect(room.topLeft(), window_->size())), "larger than the screen");
    QVERIFY(window_->minimumWidth() <= room.width() && window_->minimumHeight() <= room.height());
  }

 private:
  using Held = WorkspaceLock::Held;

  void open() {
    makeWindow();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  /// As a database browser's copy is: the write-ahead log has to be switched on again, which takes the lock.
  void leaveWithoutLog() const {
    SQLite::Database store((workspace_ + "/scanline.db").toStdString(), SQLite::OPEN_READWRITE);
    QCOMPARE(store.execAndGet("PRAGMA journal_mode = DELETE").getString(), std::string("delete"));
  }
  static void write(const QString& path, const QByteArray& text) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
  }
  OpeningState* opening() const { return window_->findChild<OpeningState*>(); }
  QLabel* text() const { return window_->findChild<QLabel*>("opening.text"); }
  RunTable* table() const { return window_->findChild<RunTable*>(); }
  QHeaderView* header() const { return table()->findChild<QTreeView*>()->header(); }
  QAction* action(const QString& text) const {
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text() == text) return each;
    return nullptr;
  }
  QStringList recent() const {
    QMenu* menu = nullptr;
    for (auto* each : window_->findChildren<QMenu*>())
      if (each->title() == QStringLiteral("Open &recent")) menu = each;
    emit static_cast<QMenu*>(menu->parentWidget())->aboutToShow();
    QStringList folders;
    for (const QAction* each : menu->actions()) folders << each->text();
    return folders;
  }
};

QTEST_MAIN(WindowOpeningTest)
#include "window_opening_test.moc"
