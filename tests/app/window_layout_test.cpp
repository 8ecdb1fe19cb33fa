// Places of the window's parts, at the start and by its width.
#include <QAction>
#include <QDockWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTest>

#include "tests/app/open_window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/run_table.h"

using namespace scanline;

class WindowLayoutTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    addRun({});
    open();
  }
  void cleanup() { window_.reset(); }

  void theNewestRunIsShownAtStart() {
    const RunId newest = addRun({});
    window_.reset();
    open();
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{newest});
  }

  void everyPageFitsIntoTheSmallestWindow() {
    window_->resize(900, 560);
    QTRY_VERIFY(!dock("inspector")->isVisible());
    const auto* tabs = window_->findChild<QTabWidget*>();
    for (int at = 0; at < tabs->count(); ++at) {
      const QSize least = tabs->widget(at)->minimumSizeHint();
      QTRY_VERIFY2(least.width() <= tabs->width(), qPrintable(tabs->tabText(at)));
    }
  }

  void theInspectorComesBackWithTheRoomForIt() {
    window_->resize(900, 560);
    QTRY_VERIFY(!dock("inspector")->isVisible());
    window_->resize(1440, 900);
    QTRY_VERIFY(dock("inspector")->isVisible());
  }

  void whoAsksForTheInspectorHasIt() {
    window_->resize(900, 560);
    QTRY_VERIFY(!dock("inspector")->isVisible());
    dock("inspector")->toggleViewAction()->trigger();
    QVERIFY(dock("inspector")->isVisible());
    window_->resize(920, 560);
    QTest::qWait(600);  // longer than the feed's poll
    QVERIFY(dock("inspector")->isVisible());
  }

  void theFormTakesTheRoomOfTheTable() {
    window_->resize(900, 560);
    openForm();
    QVERIFY(!dock("runs")->isVisible());
    auto* page = window_->findChild<NewRunPage*>();
    QTRY_VERIFY(page->minimumSizeHint().width() <= page->width());
    QTest::keyClick(page, Qt::Key_Escape);
    QTRY_VERIFY(dock("runs")->isVisible());
  }

  /// A dock that the window hid for a page or a width comes back: the person did not hide it.
  void whatAPageHidIsThereAtTheNextStart() {
    window_->resize(1440, 900);
    openForm();
    QVERIFY(!dock("inspector")->isVisible());
    window_->close();
    open();
    window_->resize(1440, 900);  // the screen here is smaller
    QTRY_VERIFY(dock("inspector")->isVisible());
  }

 private:
  void open() {
    makeWindow();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_VERIFY(window_->findChild<QTabWidget*>()->isVisible());
  }
  void openForm() {
    QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shownForm(*window_));
  }
  QDockWidget* dock(const char* name) const { return window_->findChild<QDockWidget*>(QString::fromLatin1(name)); }
};

QTEST_MAIN(WindowLayoutTest)
#include "window_layout_test.moc"
