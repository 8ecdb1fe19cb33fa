// The list of runs in the whole window, on a real store: asking, choosing, columns, groups, views, and
// settings that are remembered.
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>

#include "tests/app/open_window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/proposal_list.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"

using namespace scanline;
using Runs = std::vector<RunId>;

class WindowListTest : public QObject, OpenWindowTest {
  Q_OBJECT private slots : void init() {
    makeWorkspace();
    for (int i = 1; i <= 6; ++i) {
      RunSpec spec = fakeSpec((i % 2 ? "odd " : "even ") + std::to_string(i));
      spec.optimizer.learningRate = i <= 3 ? 1e-3 : 1e-2;
      const RunId run = addRun(spec);
      RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
      writer.append(run,
                    std::vector<TrainEvent>{Evaluation{6, 1.0 + 0.25 * i, {}}, StateChanged{RunState::Finished, ""}});
    }
  }
  void cleanup() { window_.reset(); }

  /// The chosen runs as lines for a spreadsheet, in two lines a run as in columns: numbers that the list rounds in
  /// full.
  void chosenRunsAreCopiedAsNumbers() {
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite)
        .append({3}, std::vector<TrainEvent>{Evaluation{8, 1.23456789, {}},
                                             ProbeResult{.step = 8, .layer = 1, .accuracy = 0.87654321}});
    open();
    QTRY_COMPARE(rows(), 6);
    QVERIFY(table()->restoreLayout(
        R"json({"format":2,"compact":false,"order":"name","descending":false,"columns":[{"field":"name","width":200},{"field":"lr","key":"optimizer.learningRate","number":true,"width":90},{"field":"last(validation/loss)","number":true,"width":90},{"field":"probe","number":true,"width":90}]})json"));
    table()->select({{3}, {5}});
    QApplication::clipboard()->clear();
    QTest::keyClick(table()->findChild<QTreeView*>(), Qt::Key_C, Qt::ControlModifier);
    QTRY_VERIFY(!QApplication::clipboard()->text().isEmpty());
    const QStringList lines = QApplication::clipboard()->text().split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 4);  // titles, two runs, and the end of the last line
    const qsizetype loss = lines[0].split(QLatin1Char('\t')).indexOf(QStringLiteral("Best loss"));
    QStringList losses{lines[1].split(QLatin1Char('\t')).value(loss), lines[2].split(QLatin1Char('\t')).value(loss)};
    losses.sort();
    QCOMPARE(losses, (QStringList{QStringLiteral("1.23456789"), QStringLiteral("2.25")}));
    const auto cell = [titles = lines[0].split(QLatin1Char('\t'))](const QString& line, const char* title) {
      return line.split(QLatin1Char('\t')).value(titles.indexOf(QLatin1String(title)), QStringLiteral("no column"));
    };
    const QString third = lines.filter(QStringLiteral("odd 3")).value(0), fifth = lines.filter("odd 5").value(0);
    QCOMPARE(cell(third, "last(validation/loss)"), QStringLiteral("1.23456789"));  // those of added columns, too
    QCOMPARE(cell(third, "probe"), QStringLiteral("0.87654321"));
    QCOMPARE(cell(third, "lr"), QStringLiteral("0.001"));
    QCOMPARE(cell(fifth, "probe"), QString());
  }

  /// Settings, results and words; the selected run stays in the inspector, although it is not among the answers.
  void askingKeepsTheSelectedRun() {
    open();
    table()->select({{6}});
    QTRY_COMPARE(inspector()->run(), RunId{6});
    QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier);
    QTest::keyClicks(box(), QStringLiteral("lr < 5e-3 and best(validation/loss) > 1.3"));
    QTRY_COMPARE(rows(), 2);
    QTRY_VERIFY(says(QStringLiteral("2 of 6 runs")));
    QCOMPARE(table()->selection(), Runs{{6}});
    QCOMPARE(inspector()->run(), RunId{6});
    QTest::keyClick(box(), Qt::Key_Escape);  // the proposals, if they are open
    QTest::keyClick(box(), Qt::Key_Escape);
    QTRY_COMPARE(rows(), 6);
    QCOMPARE(table()->selection(), Runs{{6}});
    QCOMPARE(inspector()->run(), RunId{6});
    QTest::keyClicks(box(), QStringLiteral("state:finished even"));  // words and keys of old
    QTRY_COMPARE(rows(), 3);
  }

  void namesAndValuesAreProposed() {
    open();
    QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier);
    QTest::keyClicks(box(), QStringLiteral("learn"));
    auto* list = window_->findChild<ProposalList*>();
    QTRY_VERIFY(list->isVisible());
    QTest::keyClick(box(), Qt::Key_Tab);
    QVERIFY2(box()->text().contains(QStringLiteral("earningRate")) || box()->text().startsWith(QStringLiteral("lr")),
             qPrintable(box()->text()));
    QVERIFY(box()->text().endsWith(QLatin1Char(' ')));  // taken
  }

  void aWrongFieldIsASentence() {
    open();
    QTest::keyClick(window_.get(), Qt::Key_F, Qt::ControlModifier);
    QTest::keyClicks(box(), QStringLiteral("layerz < 3"));
    QTest::keyClick(box(), Qt::Key_Return);
    QTRY_VERIFY(table()->filter()->isWrong());
    QTRY_VERIFY(!says(QStringLiteral("6 runs")));
    QCOMPARE(rows(), 6);
  }

  void aNewRunComesIntoTheList() {
    open();
    addRun(fakeSpec("late"));
    QTRY_COMPARE(rows(), 7);
    QTRY_COMPARE(view()->model()->index(0, 0).data().toString(), QStringLiteral("late"));
    QCOMPARE(table()->selection(), Runs{{6}});
  }

  void columnsSortAndGroups() {
    open();
    QVERIFY(table()->restoreLayout(
        R"({"format":2,"compact":false,"order":"lr","descending":false,"group":"lr","columns":[{"field":"name","width":200},{"field":"loss","width":90},{"field":"lr","key":"optimizer.learningRate","number":true,"width":90}]})"));
    const int column = view()->model()->columnCount() - 1;
    QTRY_COMPARE(view()->model()->index(0, column).data().toString(), QStringLiteral("0.001"));
    QCOMPARE(view()->model()->index(5, column).data().toString(), QStringLiteral("0.01"));
    auto* groups = table()->findChild<QTreeWidget*>();
    QTRY_COMPARE(groups->topLevelItemCount(), 2);
    QCOMPARE(groups->topLevelItem(0)->text(1), QStringLiteral("3"));
    QCOMPARE(groups->topLevelItem(0)->text(2), QStringLiteral("1.50 ± 0.25"));
    groups->setCurrentItem(groups->topLevelItem(1));
    groups->setFocus();
    QTest::keyClick(groups, Qt::Key_Return);
    QTRY_COMPARE(rows(), 3);
  }

  void viewsAreKeptInTheWorkspace() {
    open();
    emit table()->viewSaved(QStringLiteral("mine"), table()->viewContent());
    QTRY_COMPARE(store().savedViews().size(), size_t{1});
    emit table()->viewRemoved(QStringLiteral("mine"));
    QTRY_VERIFY(store().savedViews().empty());
  }

  void ticksAreThereTomorrow() {
    open();
    table()->setOverlay({{2}, {4}});
    window_->close();
    open();
    QTRY_COMPARE(table()->overlay(), (Runs{{2}, {4}}));
    makeWorkspaceBesides();
    open();
    QVERIFY(table()->overlay().empty());  // another workspace has ticks of its own
  }

  /// The form comes and goes, and the list keeps its width where there is room for both.
  void theListKeepsItsWidth() {
    open();
    window_->resize(1800, 900);
    const auto* dock = window_->findChild<QDockWidget*>(QStringLiteral("runs"));
    QTest::qWait(50);
    const int width = dock->width();
    choose(*window_, QStringLiteral("New run…"));
    QVERIFY(shownForm(*window_));
    QTest::qWait(50);
    QCOMPARE(dock->width(), width);
    QTest::keyClick(window_->findChild<NewRunPage*>(), Qt::Key_Escape);
    QTRY_VERIFY(window_->findChild<QTabWidget*>()->isVisible());
    QTest::qWait(50);
    QCOMPARE(dock->width(), width);
  }

  void theTableOpensWideEnough() {
    open();
    const auto* dock = window_->findChild<QDockWidget*>(QStringLiteral("runs"));
    const int before = dock->width();
    for (auto* button : table()->findChildren<QToolButton*>())
      if (button->accessibleName() == QStringLiteral("Show as columns")) QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY2(dock->width() > before + 150, qPrintable(QString::number(dock->width())));
    for (auto* button : table()->findChildren<QToolButton*>())
      if (button->accessibleName() == QStringLiteral("Show two lines a run")) QTest::mouseClick(button, Qt::LeftButton);
    QTRY_COMPARE(dock->width(), before);
  }

  /// Until the store has said so, nobody is told that there are no runs.
  void noRunsIsSaidOnlyWhenItIsKnown() {
    makeWindow();
    window_->show();
    QVERIFY(!window_->findChild<EmptyState*>()->isVisible());
    while (rows() < 6) {
      QVERIFY(!window_->findChild<EmptyState*>()->isVisible());
      QVERIFY(!says(QStringLiteral("0 runs")));
      QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 10);
    }
    QVERIFY(!window_->findChild<EmptyState*>()->isVisible());
  }

 private:
  void open() {
    openWindow();
    QTRY_COMPARE(table()->selection().size(), size_t{1});
  }
  void makeWorkspaceBesides() {
    window_.reset();
    workspace_ = folder_->path() + "/besides";
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite);
    addRun(fakeSpec("alone"));
  }
  RunTable* table() const { return window_->findChild<RunTable*>(); }
  QLineEdit* box() const { return table()->filter()->line(); }
  QTreeView* view() const { return table()->findChild<QTreeView*>(); }
  Inspector* inspector() const { return window_->findChild<Inspector*>(); }
  int rows() const { return view()->model()->rowCount(); }
  bool says(const QString& text) const {
    for (const auto* label : table()->findChildren<QLabel*>())
      if (label->text() == text) return true;
    return false;
  }
};

QTEST_MAIN(WindowListTest)
#include "window_list_test.moc"
