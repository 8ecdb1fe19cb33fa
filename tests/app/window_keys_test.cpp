// Start, ask, compare and export with the keyboard alone, in one sitting.
#include <QApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QTimer>
#include <QTreeView>

#include "app/main_window.h"
#include "tests/app/window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/compare_view.h"

using namespace scanline;

class WindowKeysTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }

  void everythingWithoutAMouse() {
    RunSpec slow = fakeSpec("slow"), fast = fakeSpec("fast");
    slow.optimizer.learningRate = 1e-4;
    fast.optimizer.learningRate = 1e-2;
    addRun(slow);
    addRun(fast);
    const auto engine = std::make_shared<FakeEngine>();
    MainWindow window(workspace_, *settings_, [engine] { return engine; });
    window.resize(1440, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    auto* table = window.findChild<RunTable*>();
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{2}});

    // Start: a copy of the chosen run in the form, where Enter starts it; it trains to its end.
    press(window, Qt::Key_D, Qt::ControlModifier);
    auto* page = shownForm(window);
    QVERIFY(page);
    press(window, Qt::Key_Return);
    QTRY_COMPARE(store().runs().size(), size_t{3});
    QTRY_COMPARE(stateOf(3), RunState::Finished);
    QTRY_VERIFY(!page->isVisible());

    // Ask: which of them had a low rate?
    press(window, Qt::Key_F, Qt::ControlModifier);
    QVERIFY(table->isAncestorOf(QApplication::focusWidget()));
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("lr < 1e-3"));
    auto* rows = table->findChild<QTreeView*>();
    QTRY_COMPARE(rows->model()->rowCount(), 1);
    press(window, Qt::Key_Escape);  // the proposals

    // Tick both by turns, and compare them.
    press(window, Qt::Key_F, Qt::ControlModifier);
    press(window, Qt::Key_A, Qt::ControlModifier);
    press(window, Qt::Key_Delete);
    QTRY_COMPARE(rows->model()->rowCount(), 3);
    press(window, Qt::Key_Escape);
    for (int part = 0; part < 12 && QApplication::focusWidget() != rows; ++part) press(window, Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), rows);
    press(window, Qt::Key_End);
    press(window, Qt::Key_Space);
    press(window, Qt::Key_Up);
    press(window, Qt::Key_Space);
    QTRY_COMPARE(table->overlay().size(), size_t{2});
    press(window, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    auto* tabs = window.findChild<QTabWidget*>();
    QTRY_COMPARE(tabs->tabText(tabs->currentIndex()), QStringLiteral("Compare"));
    // From the list to the table of the page, whose keys walk the settings that differ.
    auto* comparison = window.findChild<CompareView*>();
    auto* compared = comparison->findChild<QTableView*>();
    for (int pane = 0; pane < 8 && !isIn(*comparison); ++pane) press(window, Qt::Key_F6);
    for (int part = 0; part < 12 && QApplication::focusWidget() != compared; ++part) press(window, Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), compared);
    QTRY_VERIFY(compared->model()->rowCount() >= 2);
    press(window, Qt::Key_N);
    QCOMPARE(compared->model()->headerData(compared->currentIndex().column(), Qt::Horizontal).toString(),
             QStringLiteral("Learning rate"));

    // Export the page.
    const QString file = folder_->filePath("compared.pdf");
    QTimer types;
    types.callOnTimeout([&] {
      auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      auto* line = dialog ? dialog->findChild<QLineEdit*>("fileNameEdit") : nullptr;
      if (!line) return;
      types.stop();
      line->setText(file);  // typed, the list of completions would open
      QTest::keyClick(line, Qt::Key_Return);
    });
    types.start(50);
    press(window, Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(QFileInfo(file).size() > 1000);
    window.close();
  }

 private:
  static bool isIn(const QWidget& page) {
    return QApplication::focusWidget() && page.isAncestorOf(QApplication::focusWidget());
  }
  static void press(QWidget& window, Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus ? focus : &window, key, modifiers);
  }
};

QTEST_MAIN(WindowKeysTest)
#include "window_keys_test.moc"
