#include "widgets/lists/run_table.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>

#include "tests/widgets/lists/fake_runs.h"
#include "tests/widgets/lists/pictures.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/proposal_list.h"
#include "widgets/lists/run_name.h"
#include "widgets/parts/number_text.h"

using namespace scanline;
using Runs = std::vector<RunId>;

class RunTableTest : public QObject {
  Q_OBJECT
 private:
  struct Window {
    RunTable table;
    FakeRuns store{table};
    QTreeView* view = table.findChild<QTreeView*>();
    QLineEdit* filter = table.findChild<QLineEdit*>();
    explicit Window(const std::vector<RunSummary>& runs = sampleRuns()) {
      table.resize(300, 600);
      store.set(runs);
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

  static QStringList labels(const QWidget& of) {
    QStringList texts;
    for (const auto* label : of.findChildren<QLabel*>()) texts << label->text();
    return texts;
  }

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

  void theRunUnderThePointerIsTold() {
    Window window;
    QSignalSpy hovered(&window.table, &RunTable::runHovered);
    const auto last = [&] { return qvariant_cast<RunId>(hovered.last().first()); };
    QTest::mouseMove(window.view->viewport(), window.row(0).center());
    QTRY_VERIFY(!hovered.isEmpty());
    const RunId first = last();
    QVERIFY(first.value != 0);
    QTest::mouseMove(window.view->viewport(), window.row(1).center());
    QTRY_VERIFY(last().value != 0 && last() != first);
    QTest::mouseMove(window.filter, window.filter->rect().center());
    QTRY_COMPARE(last().value, 0);
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
    runs[0].step = 400;  // news of the same run must not touch the text that is being typed
    window.store.set(runs);
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

  /// Of a run at work, too: the receiver says why it cannot go.
  void deleteAsksForTheTrash() {
    Window window;
    QSignalSpy trash(&window.table, &RunTable::trashRequested);
    window.click(window.row(0).center());
    QTest::keyClick(window.view, Qt::Key_Delete);
    QCOMPARE(trash.count(), 1);
    trash.clear();
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
    QVERIFY(labels(window.table).contains(QStringLiteral("2 of 9 runs")));
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
    window.store.set(runs);
    QCOMPARE(window.view->verticalScrollBar()->value(), scroll);
    std::vector<RunSummary> odd;  // so many gaps that the model starts anew
    for (const auto& run : runs)
      if (run.id.value % 2 == 1 || run.id.value == 200) odd.push_back(run);
    window.store.set(odd);
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
      window.store.set(runs);
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
    QCOMPARE(window.table.request().order, std::string("loss"));
    QVERIFY(!window.table.request().descending);
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

  /// A column of a setting, by its menu, is sorted by and comes back with the layout; and goes again.
  void columnsOfAnyField() {
    Window window;
    window.table.setCompact(false);
    window.store.cell = [](const RunSummary& run, const std::string& field) {
      return field == "lr" ? RunCell{RunCell::Kind::Number, 0.001 * static_cast<double>(run.id.value), {}} : RunCell{};
    };
    QSignalSpy wanted(&window.table, &RunTable::fieldsRequested);
    emit window.view->header()->customContextMenuRequested({5, 5});
    QCOMPARE(wanted.count(), 1);
    window.table.setFields({{"lr", "optimizer.learningRate", "setting", true}, {"seed", "seed", "setting", true}});
    QWidget* chooser = QApplication::activePopupWidget();
    QVERIFY(chooser);
    auto* search = chooser->findChild<QLineEdit*>();
    QTest::keyClicks(search, QStringLiteral("learningR"));
    QTest::keyClick(search, Qt::Key_Return);
    QTest::keyClick(search, Qt::Key_Escape);
    QCOMPARE(window.table.columns(), std::vector<std::string>{"lr"});
    const int column = window.view->model()->columnCount() - 1;
    QTRY_COMPARE(window.view->model()->index(0, column).data().toString(), QStringLiteral("0.001"));
    window.view->header()->resizeSection(column, 123);
    window.view->header()->moveSection(window.view->header()->visualIndex(column), 1);
    window.view->sortByColumn(column, Qt::AscendingOrder);
    QCOMPARE(window.table.request().order, std::string("lr"));

    Window other;
    QVERIFY(other.table.restoreLayout(window.table.saveLayout()));
    QCOMPARE(other.table.columns(), std::vector<std::string>{"lr"});
    QCOMPARE(other.table.request().order, std::string("lr"));
    QCOMPARE(other.view->header()->sectionSize(column), 123);
    QCOMPARE(other.view->header()->visualIndex(column), 1);
  }

  /// Filter, sorting, columns and groups by a name, through the menu of views.
  void aViewIsSavedAndComesBack() {
    Window window;
    window.filter->setText(QStringLiteral("lr"));
    window.view->sortByColumn(0, Qt::AscendingOrder);
    QSignalSpy saved(&window.table, &RunTable::viewSaved);
    const QString content = window.table.viewContent();
    Window other;
    other.table.setViews({{QStringLiteral("rates"), content}});
    QVERIFY(other.table.applyView(content));
    QCOMPARE(other.filter->text(), QStringLiteral("lr"));
    QCOMPARE(other.table.request(), window.table.request());
    QCOMPARE(other.view->model()->rowCount(), 3);
    QVERIFY(!other.table.applyView(QStringLiteral("nonsense")));
  }

  void groupsShowMeansAndAskForTheirRuns() {
    Window window;
    QSignalSpy wanted(&window.table, &RunTable::groupsRequested);
    QVERIFY(window.table.restoreLayout(
        R"({"format":2,"compact":true,"order":"created","descending":true,"group":"lr","columns":[{"field":"name","width":200}]})"));
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<std::string>(), std::string("lr"));
    const RunCell rate{RunCell::Kind::Number, 0.001, {}};
    window.table.setGroups("lr", {"loss"}, {{rate, 3, {{3, 1.5, 0.25, 1.2, 1.8}}}, {{}, 2, {{0, 0, 0, 0, 0}}}});
    auto* groups = window.table.findChild<QTreeWidget*>();
    QVERIFY(groups->isVisible());
    QCOMPARE(groups->topLevelItemCount(), 2);
    QCOMPARE(groups->topLevelItem(0)->text(2), QStringLiteral("1.50 ± 0.25"));
    groups->setFocus();
    QTest::keyClick(groups, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(),
             QStringLiteral("lr\tRuns\tloss\tdeviation\n0.001\t3\t1.5\t0.25\nnone\t2\t\t\n"));
    groups->setCurrentItem(groups->topLevelItem(0));
    QTest::keyClick(groups, Qt::Key_Return);
    QCOMPARE(window.filter->text(), QStringLiteral("lr = 0.001"));
    window.filter->clear();
    groups->setCurrentItem(groups->topLevelItem(1));  // of the runs without a value
    QTest::keyClick(groups, Qt::Key_Return);
    QCOMPARE(window.filter->text(), QStringLiteral("not has(lr)"));
  }

  /// Digits of mean and deviation end at one place, and every field has its unit.
  void groupsShowNumbersInTheirUnits() {
    Window window;
    QVERIFY(window.table.restoreLayout(
        R"({"format":2,"compact":true,"order":"created","descending":true,"group":"lr","columns":[{"field":"name","width":200}]})"));
    const RunCell rate{RunCell::Kind::Number, 0.001, {}};
    window.table.setGroups("lr", {"loss", "accuracy", "duration", "started"},
                           {{rate,
                             3,
                             {{3, 1.557, 0.00287, 1.2, 1.8},
                              {3, 0.6, 0.1414, 0.5, 0.75},
                              {2, 125, 7, 120, 130},
                              {2, 1764612000000, 60000, 1764611940000, 1764612060000}}},
                            {{}, 1, {{1, 1.561, 0, 1.561, 1.561}, {1, 0.5, 0, 0.5, 0.5}, {}, {}}}});
    const auto* group = window.table.findChild<QTreeWidget*>()->topLevelItem(0);
    QCOMPARE(group->text(2), QStringLiteral("1.5570 ± 0.0029"));
    QCOMPARE(group->text(3), QStringLiteral("60.0 ± 14.1 %"));
    QVERIFY2(group->toolTip(3).contains(QStringLiteral("from 50.0 % to 75.0 %")), qPrintable(group->toolTip(3)));
    QCOMPARE(group->text(4), QStringLiteral("2:05 ± 0:07"));
    QCOMPARE(group->text(5), text::dateTime(1764612000000) + QStringLiteral(" ± 1:00"));
    const auto* single = window.table.findChild<QTreeWidget*>()->topLevelItem(1);
    QCOMPARE(single->text(2), QStringLiteral("1.561"));
    QCOMPARE(single->text(3), QStringLiteral("50.0 %"));
    QCOMPARE(single->text(4), QString());
  }

  /// The filter hides the selected run: it stays selected, while typing and after it.
  void hiddenRunsStaySelected() {
    Window window;
    window.click(window.row(6).center());
    QCOMPARE(window.table.selection(), Runs{{7}});
    QSignalSpy selected(&window.table, &RunTable::selectionChanged);
    window.filter->setFocus();
    QTest::keyClicks(window.filter, QStringLiteral("lr"));
    QCOMPARE(window.view->model()->rowCount(), 3);
    QCOMPARE(window.table.selection(), Runs{{7}});
    QSignalSpy trash(&window.table, &RunTable::trashRequested);
    window.view->setFocus();
    QTest::keyClick(window.view, Qt::Key_Delete);  // on nothing that is seen
    QCOMPARE(trash.count(), 0);
    window.filter->clear();
    QCOMPARE(window.table.selection(), Runs{{7}});
    QVERIFY(window.view->selectionModel()->isRowSelected(6, {}));
    QCOMPARE(selected.count(), 0);
  }

  /// A run that goes to the trash leaves the selection, and the one in its place is selected.
  void theNextRunIsSelectedAfterTheTrash() {
    Window window;
    window.click(window.row(5).center());
    auto runs = sampleRuns();
    runs[5].trashed = true;
    window.store.set(runs);
    QCOMPARE(window.table.selection(), Runs{{7}});
  }

  void rowsThatAreNotThereYetAreAskedForByPages() {
    std::vector<RunSummary> runs;
    for (int id = 1; id <= 5000; ++id)
      runs.push_back(sampleRun(id, "run " + std::to_string(id), RunState::Finished, 600));
    Window window(runs);
    const int before = window.store.pagesRead;
    window.store.silent = true;
    window.view->verticalScrollBar()->setValue(window.view->verticalScrollBar()->maximum() / 2);
    QTRY_VERIFY(window.store.pagesRead > before);
    const QModelIndex middle = window.view->indexAt({20, 100});
    QVERIFY(middle.isValid());
    QVERIFY(!middle.data().isValid());  // a muted bar
    window.store.silent = false;
    window.table.takeNews({}, {}, {});
    window.store.answer();
    window.view->verticalScrollBar()->setValue(0);
    QTRY_VERIFY(window.view->indexAt({20, 100}).data().isValid());
  }

  /// While the store is slow, old rows stay, and only the answer to the newest question is shown.
  void theNewestQuestionCounts() {
    Window window;
    window.store.silent = true;
    window.filter->setText(QStringLiteral("lr"));
    const RunListAnswer old = window.store.list(window.table.request());
    QCOMPARE(window.view->model()->rowCount(), 9);
    window.filter->setText(QStringLiteral("quick"));
    window.table.setList(old);
    QCOMPARE(window.view->model()->rowCount(), 9);
    window.table.setList(window.store.list(window.table.request()));
    QCOMPARE(window.view->model()->rowCount(), 1);
  }

  void proposalsAreTakenByKeys() {
    Window window;
    window.table.focusFilter();
    QSignalSpy wanted(&window.table, &RunTable::proposalsRequested);
    QTest::keyClicks(window.filter, QStringLiteral("lay"));
    QCOMPARE(wanted.count(), 3);
    QCOMPARE(wanted[2][1].toLongLong(), 3);
    const QueryProposals proposals{0, 3, {{"layers", "setting"}, {"layout", "setting"}}};
    window.table.setProposals(QStringLiteral("lay"), proposals);
    auto* list = window.table.findChild<ProposalList*>();
    if (!list) list = window.table.window()->findChild<ProposalList*>();
    QVERIFY(list->isVisible());
    QTest::keyClick(window.filter, Qt::Key_Tab);
    QCOMPARE(window.filter->text(), QStringLiteral("layers "));
    QVERIFY(!list->isVisible());
    window.filter->setText(QStringLiteral("lay"));
    window.table.setProposals(QStringLiteral("lay"), proposals);
    QTest::keyClick(window.filter, Qt::Key_Down);
    QTest::keyClick(window.filter, Qt::Key_Down);
    QTest::keyClick(window.filter, Qt::Key_Return);
    QCOMPARE(window.filter->text(), QStringLiteral("layout "));
    window.filter->setText(QStringLiteral("lay"));
    window.table.setProposals(QStringLiteral("la"), proposals);  // of an older text
    QVERIFY(!list->isVisible());
    window.table.setProposals(QStringLiteral("lay"), proposals);
    QTest::keyClick(window.filter, Qt::Key_Escape);
    QVERIFY(!list->isVisible());
    QCOMPARE(window.filter->text(), QStringLiteral("lay"));
  }

  /// Something that is no question is said in a sentence, and the list stays.
  void aWrongQuestionIsASentence() {
    Window window;
    window.filter->setFocus();
    window.filter->setText(QStringLiteral("lr < "));
    QTest::keyClick(window.filter, Qt::Key_Return);
    QVERIFY(window.table.filter()->isWrong());
    QCOMPARE(window.view->model()->rowCount(), 9);
    const QStringList shown = labels(window.table);
    QVERIFY2(std::ranges::any_of(shown, [](const QString& text) { return text.endsWith('.') && text.size() > 15; }),
             qPrintable(shown.join('|')));
    window.filter->clear();
    QVERIFY(!window.table.filter()->isWrong());
    QVERIFY(labels(window.table).contains(QStringLiteral("9 runs")));
  }

  void questionsAskedBeforeComeBack() {
    Window window;
    window.filter->setFocus();
    QTest::keyClicks(window.filter, QStringLiteral("lr"));
    QTest::keyClick(window.filter, Qt::Key_Return);
    QCOMPARE(window.table.filter()->history(), QStringList{QStringLiteral("lr")});
    window.filter->setFocus();
    window.filter->clear();
    QTest::keyClick(window.filter, Qt::Key_Up);
    QTest::keyClick(window.filter, Qt::Key_Down);
    QTest::keyClick(window.filter, Qt::Key_Return);
    QCOMPARE(window.filter->text(), QStringLiteral("lr"));
  }

  /// Tab goes through the list and leaves it; a list with the focus shows the row that keys act on.
  void tabLeavesTheList() {
    QWidget window;
    RunTable table(&window);
    FakeRuns store(table);
    QLineEdit after(&window);
    table.setGeometry(0, 0, 300, 400);
    after.setGeometry(0, 410, 300, 30);
    store.set(sampleRuns());
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    auto* view = table.findChild<QTreeView*>();
    view->setFocus();
    QVERIFY(view->currentIndex().isValid());
    QTest::keyClick(view, Qt::Key_Tab);
    QVERIFY(QApplication::focusWidget() != view);
    for (int i = 0; i < 8 && QApplication::focusWidget() != &after; ++i)
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), &after);
    for (int i = 0; i < 8 && QApplication::focusWidget() != view; ++i)
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Backtab, Qt::ShiftModifier);
    QCOMPARE(QApplication::focusWidget(), view);
  }

  /// Runs of a sweep begin with their own value, also those that were named in the old way; equal names get numbers.
  void namesTellRunsApart() {
    Window window({sampleRun(3, "quick start, optimizer.learningRate=1e-3", RunState::Finished, 600),
                   sampleRun(4, "same", RunState::Finished, 600), sampleRun(5, "same", RunState::Finished, 600)});
    QCOMPARE(shownName(window.store.runs()[0], false), QStringLiteral("lr 1e-3, quick start"));
    QCOMPARE(shownName(sampleRun(1, "rates of the deep model, rate 0.003", RunState::Queued), true),
             QStringLiteral("rate 0.003"));
    QCOMPARE(runNumber(window.store.runs()[1]), QStringLiteral("#4"));
    takePictures(window.table, QStringLiteral("runs-names"));
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
