#include "widgets/lists/run_table.h"

#include <QAction>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>

#include "tests/widgets/lists/pictures.h"
#include "tests/widgets/lists/sample_runs.h"

using namespace scanline;
using Runs = std::vector<RunId>;

class RunTableTest : public QObject {
  Q_OBJECT
 private:
  struct Window {
    RunTable table;
    QTreeView* view = table.findChild<QTreeView*>();
    QLineEdit* filter = table.findChild<QLineEdit*>();
    explicit Window(const std::vector<RunSummary>& runs = sampleRuns()) {
      table.resize(300, 600);
      table.setRuns(runs);
      table.show();
      table.activateWindow();
      if (!QTest::qWaitForWindowActive(&table)) qFatal("no active window");
      view->setFocus();
    }
    QRect row(int row) const { return view->visualRect(view->model()->index(row, 0)); }
    void click(QPoint place, Qt::KeyboardModifiers modifiers = {}) {
      QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers, place);
    }
    /// Opens the context menu of a row and triggers the action of these words.
    void chooseFromMenu(int at, const QString& words) {
      bool found = false;
      QTimer::singleShot(0, &table, [&] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        for (QAction* action : menu->actions()) {
          if (!action->text().startsWith(words) || !action->isEnabled()) continue;
          menu->setActiveAction(action);
          QTest::keyClick(menu, Qt::Key_Return);
          found = true;
          return;
        }
        menu->close();
      });
      emit view->customContextMenuRequested(row(at).center());
      QVERIFY2(found, qPrintable(words + " is not offered"));
    }
  };

  /// A search under way with its trials, a run that prepares, one that takes no steps, and a fork.
  static std::vector<RunSummary> family() {
    std::vector<RunSummary> runs{sampleRun(1, "rates of the deep model", RunState::Running, 1, 3)};
    runs[0].kind = RunKind::Search, runs[0].detail = "Trial 2 of 3: learning rate 0.003";
    runs.push_back(sampleRun(2, "rates of the deep model: 0.01", RunState::Finished, 600));
    runs[1].bestLoss = 1.363, runs[1].bestAccuracy = 0.893, runs[1].bestLayer = 3;
    runs.push_back(sampleRun(3, "rates of the deep model: 0.003", RunState::Running, 240));
    runs[2].bestLoss = 1.451, runs[2].secondsPerStep = 0.1;
    for (size_t trial : {1, 2}) runs[trial].parent = runs[0].id;
    runs.push_back(sampleRun(4, "images of birds", RunState::Preparing));
    runs[3].dataset = "images", runs[3].detail = "Turning pixels into tokens: 300 of 1200";
    runs.push_back(sampleRun(5, "probe of the deep model", RunState::Running));
    runs[4].kind = RunKind::Probe, runs[4].layers = 8;
    runs.push_back(sampleRun(6, "deep model, goes on slower", RunState::Finished, 900, 900));
    runs[5].parent = RunId{2}, runs[5].parentStep = 600, runs[5].bestLoss = 1.291;
    return runs;
  }

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void clickSelectsAndControlClickAdds() {
    Window window;
    QSignalSpy selected(&window.table, &RunTable::selectionChanged);
    window.click(window.row(1).center());
    QCOMPARE(window.table.selection(), Runs{{2}});
    window.click(window.row(3).center(), Qt::ControlModifier);
    QCOMPARE(window.table.selection(), (Runs{{2}, {4}}));
    QCOMPARE(selected.count(), 2);
    QCOMPARE(selected[1][0].value<Runs>(), (Runs{{2}, {4}}));
  }

  void spaceTicksAllSelectedRuns() {
    Window window;
    window.click(window.row(0).center());
    QTest::keyClick(window.view, Qt::Key_Down, Qt::ShiftModifier);
    QSignalSpy overlay(&window.table, &RunTable::overlayChanged);
    QTest::keyClick(window.view, Qt::Key_Space);
    QCOMPARE(window.table.overlay(), (Runs{{1}, {2}}));
    QTest::keyClick(window.view, Qt::Key_Space);
    QCOMPARE(window.table.overlay(), Runs{});
    QCOMPARE(overlay.count(), 2);
  }

  void clickOnTheBoxTicksWithoutSelecting() {
    Window window;
    window.click(window.row(0).center());
    window.click(window.row(2).topLeft() + QPoint(16, 14));
    QCOMPARE(window.table.overlay(), Runs{{3}});
    QCOMPARE(window.table.selection(), Runs{{1}});
    window.click(window.row(2).topLeft() + QPoint(16, 14));
    QCOMPARE(window.table.overlay(), Runs{});
  }

  void f2RenamesWhileTheRunGoesOn() {
    Window window;
    window.click(window.row(0).center());
    QSignalSpy wish(&window.table, &RunTable::renameRequested);
    QTest::keyClick(window.view, Qt::Key_F2);
    auto* editor = qobject_cast<QLineEdit*>(QApplication::focusWidget());
    QVERIFY(editor);
    QCOMPARE(editor->text(), QStringLiteral("quick start"));
    QTest::keyClicks(editor, QStringLiteral("renam"));
    auto runs = sampleRuns();
    runs[0].step = 400;  // news of the same run must not touch what is being typed
    window.table.setRuns(runs);
    QTest::keyClicks(editor, QStringLiteral("ed"));
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(wish.count(), 1);
    QCOMPARE(wish[0][0].value<RunId>(), RunId{1});
    QCOMPARE(wish[0][1].toString(), QStringLiteral("renamed"));
  }

  void doubleClickRenamesOnTheNameAlone() {
    Window window;
    const QRect row = window.row(1);
    QTest::mouseDClick(window.view->viewport(), Qt::LeftButton, {}, row.bottomRight() - QPoint(20, 6));
    QVERIFY(!qobject_cast<QLineEdit*>(QApplication::focusWidget()));
    QTest::mouseDClick(window.view->viewport(), Qt::LeftButton, {}, row.topLeft() + QPoint(60, 14));
    QVERIFY(qobject_cast<QLineEdit*>(QApplication::focusWidget()));
  }

  void deleteTrashesWhatDoesNotRun() {
    Window window;
    QSignalSpy trash(&window.table, &RunTable::trashRequested);
    window.click(window.row(0).center());
    QTest::keyClick(window.view, Qt::Key_Delete);
    QCOMPARE(trash.count(), 0);
    window.click(window.row(1).center());
    window.click(window.row(5).center(), Qt::ControlModifier);
    QTest::keyClick(window.view, Qt::Key_Delete);
    QCOMPARE(trash.count(), 1);
    QCOMPARE(trash[0][0].value<Runs>(), (Runs{{2}, {6}}));
  }

  void otherKeys() {
    Window window;
    QSignalSpy duplicate(&window.table, &RunTable::duplicateRequested),
        compare(&window.table, &RunTable::compareRequested);
    window.click(window.row(1).center());
    QTest::keyClick(window.view, Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(duplicate.count(), 1);
    QCOMPARE(duplicate[0][0].value<RunId>(), RunId{2});
    QTest::keyClick(window.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(compare.count(), 0);
    window.click(window.row(0).center(), Qt::ControlModifier);
    QTest::keyClick(window.view, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(compare[0][0].value<Runs>(), (Runs{{1}, {2}}));
  }

  void menuOffersWhatIsPossible() {
    Window window;
    QSignalSpy pause(&window.table, &RunTable::pauseRequested), stop(&window.table, &RunTable::stopRequested),
        resume(&window.table, &RunTable::resumeRequested), folder(&window.table, &RunTable::openFolderRequested);
    window.click(window.row(0).center());
    window.chooseFromMenu(0, QStringLiteral("Pause"));
    QCOMPARE(pause[0][0].value<Runs>(), Runs{{1}});
    window.chooseFromMenu(0, QStringLiteral("Stop"));
    QCOMPARE(stop[0][0].value<Runs>(), Runs{{1}});
    window.click(window.row(6).center());
    window.chooseFromMenu(6, QStringLiteral("Resume"));
    QCOMPARE(resume[0][0].value<Runs>(), Runs{{7}});
    window.chooseFromMenu(6, QStringLiteral("Open folder"));
    QCOMPARE(folder[0][0].value<RunId>(), RunId{7});
  }

  void trashCanBeSeenAndEmptied() {
    Window window;
    window.table.setTrashShown(true);
    QCOMPARE(window.view->model()->rowCount(), 1);
    QSignalSpy restore(&window.table, &RunTable::restoreRequested), purge(&window.table, &RunTable::purgeRequested);
    window.click(window.row(0).center());
    window.chooseFromMenu(0, QStringLiteral("Restore"));
    window.chooseFromMenu(0, QStringLiteral("Delete for good"));
    QCOMPARE(restore[0][0].value<Runs>(), Runs{{10}});
    QCOMPARE(purge[0][0].value<Runs>(), Runs{{10}});
  }

  void typingFilters() {
    Window window;
    window.table.focusFilter();
    QCOMPARE(QApplication::focusWidget(), window.filter);
    QTest::keyClicks(window.filter, QStringLiteral("lr 0.0"));
    QCOMPARE(window.view->model()->rowCount(), 2);
    QTest::keyClick(window.filter, Qt::Key_Down);
    QCOMPARE(QApplication::focusWidget(), window.view);
    QCOMPARE(window.table.selection(), Runs{{4}});
    window.filter->setFocus();
    QTest::keyClick(window.filter, Qt::Key_Escape);
    QCOMPARE(window.view->model()->rowCount(), 9);
    QCOMPARE(window.table.selection(), Runs{{4}});
  }

  void newsKeepSelectionAndScroll() {
    std::vector<RunSummary> runs;
    for (int id = 1; id <= 500; ++id)
      runs.push_back(sampleRun(id, "run " + std::to_string(id), RunState::Finished, 600));
    Window window(runs);
    window.table.select({{200}, {201}});
    const int scroll = window.view->verticalScrollBar()->value();
    QVERIFY(scroll > 0);
    QSignalSpy selected(&window.table, &RunTable::selectionChanged);
    for (auto& run : runs) run.step = 599;
    window.table.setRuns(runs);
    QCOMPARE(window.view->verticalScrollBar()->value(), scroll);
    std::vector<RunSummary> odd;  // so many gaps that the model starts anew
    for (const auto& run : runs)
      if (run.id.value % 2 == 1 || run.id.value == 200) odd.push_back(run);
    window.table.setRuns(odd);
    QCOMPARE(window.table.selection(), (Runs{{200}, {201}}));
    QCOMPARE(window.table.current(), RunId{200});
    QCOMPARE(selected.count(), 0);
  }

  void tenThousandRunsAreShown() {
    std::vector<RunSummary> runs;
    for (int id = 1; id <= 10'000; ++id)
      runs.push_back(sampleRun(id, "run " + std::to_string(id), RunState::Finished, 600));
    Window window(runs);
    QCOMPARE(window.view->model()->rowCount(), 10'000);
    QBENCHMARK {
      runs[0].step = runs[0].step % 600 + 1;
      window.table.setRuns(runs);
      window.view->viewport()->repaint();
    }
    QTest::keyClicks(window.filter, QStringLiteral("run 77"));
    QCOMPARE(window.view->model()->rowCount(), 280);  // numbers with two sevens in a row
  }

  void columnsAndTheirLayoutComeBack() {
    Window window;
    for (auto* button : window.table.findChildren<QToolButton*>())
      if (button->accessibleName() == QStringLiteral("Show as columns")) QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(window.view->header()->isVisible());
    window.view->setColumnHidden(2, true);
    window.view->header()->resizeSection(1, 333);
    window.view->sortByColumn(6, Qt::AscendingOrder);
    const QByteArray layout = window.table.saveLayout();
    for (const bool startCompact : {true, false}) {
      Window other;
      other.table.setCompact(startCompact);
      QVERIFY(other.table.restoreLayout(layout));
      QVERIFY(other.view->header()->isVisibleTo(other.view));
      QVERIFY(other.view->isColumnHidden(2));
      QCOMPARE(other.view->header()->sectionSize(1), 333);
      QCOMPARE(other.view->model()->index(0, 0).data().toString(), QStringLiteral("overnight"));
      other.table.setCompact(true);
      QVERIFY(other.view->isColumnHidden(5));
      other.table.setCompact(false);
      QVERIFY(!other.view->isColumnHidden(5));
      QVERIFY(other.view->isColumnHidden(2));
    }
    QVERIFY(!window.table.restoreLayout("nonsense"));
    QVERIFY(!window.table.restoreLayout({}));
  }

  void pictures() {
    Window window;
    window.table.setOverlay({{1}, {7}});
    window.table.select({{1}});
    takePictures(window.table, QStringLiteral("runs-two-lines"));
    window.table.setCompact(false);
    window.table.resize(1180, 360);
    takePictures(window.table, QStringLiteral("runs-columns"));
    Window children(family());
    takePictures(children.table, QStringLiteral("runs-children"));
    children.table.setCompact(false);
    children.table.resize(1180, 360);
    takePictures(children.table, QStringLiteral("runs-children-columns"));
    RunTable empty;
    empty.resize(300, 200);
    takePictures(empty, QStringLiteral("runs-empty"));
  }
};

QTEST_MAIN(RunTableTest)
#include "run_table_test.moc"
