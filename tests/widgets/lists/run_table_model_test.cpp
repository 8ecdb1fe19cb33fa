#include "widgets/lists/run_table_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <numeric>
#include <random>

#include "tests/widgets/lists/sample_runs.h"
#include "widgets/lists/run_columns.h"
#include "widgets/parts/number_text.h"

using namespace scanline;

class RunTableModelTest : public QObject {
  Q_OBJECT
 private:
  using Ids = std::vector<int64_t>;
  static Ids ids(const RunTableModel& model) {
    Ids ids;
    for (int row = 0; row < model.rowCount(); ++row) ids.push_back(model.id(row).value);
    return ids;
  }
  static std::vector<RunList::Row> rowsOf(const Ids& ids) {
    std::vector<RunList::Row> rows;
    for (const int64_t id : ids) rows.push_back({{id}, false});
    return rows;
  }
  static void fill(RunTableModel& model, const std::vector<RunSummary>& runs) {
    Ids ids;
    std::vector<RunId> asked;
    std::vector<RunRow> rows;
    for (const RunSummary& run : runs) {
      ids.push_back(run.id.value);
      asked.push_back(run.id);
      rows.push_back({run, {}});
    }
    model.setRows(rowsOf(ids));
    model.take(asked, {}, rows);
  }

 private slots:
  void rowsHaveValuesOnceTheyArrive() {
    RunTableModel model;
    QSignalSpy wanted(&model, &RunTableModel::rowsRequested);
    model.setRows(rowsOf({1, 2, 3}));
    QVERIFY(!model.index(0, 0).data().isValid());
    QTRY_COMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<std::vector<RunId>>(), (std::vector<RunId>{{1}, {2}, {3}}));
    QVERIFY(!model.index(1, 0).data().isValid());
    QTest::qWait(20);
    QCOMPARE(wanted.count(), 1);  // the answer is on its way
    model.take({{1}, {2}, {3}}, {}, {{sampleRuns()[0], {}}, {sampleRuns()[1], {}}});
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("quick start"));
    QVERIFY(!model.index(2, 0).data().isValid());
  }

  /// A row that is looked at is read with its page and the neighbours of it; and only a few thousand rows are kept.
  void pagesAreReadAndForgotten() {
    RunTableModel model;
    Ids ids;
    for (int64_t id = 1; id <= 100'000; ++id) ids.push_back(id);
    model.setRows(rowsOf(ids));
    size_t read = 0;
    connect(&model, &RunTableModel::rowsRequested, &model, [&](const std::vector<RunId>& runs) {
      read += runs.size();
      std::vector<RunRow> rows;
      for (const RunId run : runs) rows.push_back({sampleRun(run.value, "run", RunState::Finished), {}});
      model.take(runs, {}, rows);
    });
    model.index(50'000, 0).data();
    QTRY_COMPARE(read, size_t{3 * RunTableModel::kPage});
    QVERIFY(model.index(50'000, 0).data().isValid());
    for (int row = 0; row < 60'000; row += RunTableModel::kPage) {
      model.index(row, 0).data();
      QCoreApplication::processEvents();
    }
    QTRY_VERIFY(read > size_t{50'000});
    size_t kept = 0;
    for (const int64_t id : ids) kept += model.known({id}) != nullptr;
    QVERIFY2(kept <= RunTableModel::kMostKept, qPrintable(QString::number(kept)));
  }

  void tellsOnlyOfRowsThatChanged() {
    RunTableModel model;
    auto runs = sampleRuns();
    fill(model, runs);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged), reset(&model, &QAbstractItemModel::modelReset),
        layout(&model, &QAbstractItemModel::layoutChanged);
    fill(model, runs);
    QCOMPARE(changed.count(), 0);
    runs[0].step = 390;
    model.takeSummaries({runs[0]});
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 0);
    QCOMPARE(changed[0][1].toModelIndex().row(), 0);
    QCOMPARE(reset.count() + layout.count(), 0);
  }

  /// However many change: a view looks at every row that it is told of.
  void rowsThatDidNotChangeAreNotTold() {
    constexpr int kRuns = 5000, kFirst = 100;
    RunTableModel model;
    std::vector<int64_t> ids(kRuns);
    std::iota(ids.begin(), ids.end(), 1);
    model.setRows(rowsOf(ids));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    std::vector<RunSummary> runs;
    for (int at = 0; at < kFirst; ++at) {
      RunSummary& run = runs.emplace_back(sampleRuns()[0]);
      run.id = {at + 1};
    }
    runs.emplace_back(sampleRuns()[0]).id = {4000};
    model.takeSummaries(runs);
    int told = 0;
    for (const auto& each : changed) told += each[1].toModelIndex().row() - each[0].toModelIndex().row() + 1;
    QCOMPARE(told, kFirst + 1);
  }

  /// A view looks at every row that it is told of, and those of an answer may lie anywhere in a long list.
  void rowsFarFromThoseThatChangedAreNotTold() {
    RunTableModel model;
    Ids ids;
    for (int64_t id = 1; id <= 50'000; ++id) ids.push_back(id);
    model.setRows(rowsOf(ids));
    std::vector<RunId> asked;
    std::vector<RunRow> rows;
    for (int64_t id = 100; id <= 50'000; id += 400) {
      asked.push_back({id});
      rows.push_back({sampleRun(id, "run", RunState::Finished), {}});
    }
    std::vector<bool> told(ids.size());
    int sum = 0;
    connect(&model, &QAbstractItemModel::dataChanged, &model, [&](const QModelIndex& from, const QModelIndex& to) {
      for (int row = from.row(); row <= to.row(); ++row, ++sum) told[static_cast<size_t>(row)] = true;
    });
    model.take(asked, {}, rows);
    for (const RunId run : asked) QVERIFY(told[static_cast<size_t>(run.value - 1)]);
    QVERIFY2(sum < 40 * std::ssize(asked), qPrintable(QString::number(sum)));
  }

  void persistentIndexesFollowTheirRuns() {
    RunTableModel model;
    model.setRows(rowsOf({1, 2, 3, 4, 5, 6, 7, 8, 9}));
    const QPersistentModelIndex overnight = model.index(6, 0);
    model.setRows(rowsOf({20, 1, 3, 4, 5, 6, 7, 8, 9}));
    QCOMPARE(model.id(overnight.row()), RunId{7});
    model.setRows(rowsOf({9, 8, 7, 6, 5, 4, 3, 1, 20}));
    QCOMPARE(model.id(overnight.row()), RunId{7});
    model.setRows(rowsOf({9, 8, 6}));
    QVERIFY(!overnight.isValid());
  }

  /// Known rows stay on the screen, and are asked for anew when they are looked at.
  void oldValuesStayUntilNewOnesArrive() {
    RunTableModel model;
    fill(model, sampleRuns());
    QSignalSpy wanted(&model, &RunTableModel::rowsRequested);
    model.outdate({{2}});
    QCOMPARE(model.index(1, 0).data().toString(), QStringLiteral("cifar10-small"));
    QTRY_COMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<std::vector<RunId>>(), std::vector<RunId>{{2}});
  }

  void cellsOfChosenFields() {
    RunTableModel model;
    fill(model, sampleRuns());
    const QAbstractItemModelTester tester(&model);
    model.addField({"lr", "optimizer.learningRate", "setting", true});
    QCOMPARE(model.columnCount(), columns::kFixed + 1);
    const RunCell rate{RunCell::Kind::Number, 0.0003, {}};
    model.take({{1}}, {"lr"}, {{sampleRuns()[0], {rate}}});
    QCOMPARE(model.index(0, columns::kFixed).data().toString(), QStringLiteral("0.0003"));
    model.take({{1}}, {}, {{sampleRuns()[0], {}}});  // read before the column was there
    QCOMPARE(model.index(0, columns::kFixed).data().toString(), QStringLiteral("0.0003"));
    model.removeField("lr");
    QCOMPARE(model.columnCount(), int{columns::kFixed});
  }

  /// A layout that was saved has only the names of its fields; the numbers of each have their unit.
  void cellsHaveTheUnitOfTheirField() {
    RunTableModel model;
    fill(model, sampleRuns());
    std::vector<RunCell> cells;
    std::vector<std::string> names;
    for (const auto& [name, number] :
         {std::pair{"probe", 0.917}, {"duration", 127.0}, {"started", 1764612000000.0}, {"train.steps", 1000.0}}) {
      model.addField({name, name, "fact of the run", true});
      names.emplace_back(name);
      cells.push_back({RunCell::Kind::Number, number, {}});
    }
    model.take({{1}}, names, {{sampleRuns()[0], cells}});
    const auto shown = [&](int cell) { return model.index(0, columns::kFixed + cell).data().toString(); };
    QCOMPARE(shown(0), QStringLiteral("91.7 %"));
    QCOMPARE(shown(1), QStringLiteral("2:07"));
    QCOMPARE(shown(2), text::dateTime(1764612000000));
    QCOMPARE(shown(3), text::steps(1000));
  }

  void renamingAsksAndShowsAtOnce() {
    RunTableModel model;
    fill(model, sampleRuns());
    QSignalSpy wish(&model, &RunTableModel::renameRequested);
    QVERIFY(model.setData(model.index(0, 0), QStringLiteral("  better  name "), Qt::EditRole));
    QCOMPARE(wish.count(), 1);
    QCOMPARE(wish[0][1].toString(), QStringLiteral("better name"));
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("better name"));
    QVERIFY(!model.setData(model.index(0, 0), QStringLiteral(" "), Qt::EditRole));
    QVERIFY(!model.setData(model.index(0, 0), QStringLiteral("better name"), Qt::EditRole));
    QCOMPARE(wish.count(), 1);
    model.takeSummaries({sampleRuns()[0]});  // the store refused
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("quick start"));
  }

  void overlayForgetsRunsThatAreGone() {
    RunTableModel model;
    fill(model, sampleRuns());
    QSignalSpy overlay(&model, &RunTableModel::overlayChanged);
    model.setOverlay({{1}, {2}});
    QCOMPARE(overlay.count(), 1);
    model.forget({{1}});
    QCOMPARE(overlay.count(), 2);
    QCOMPARE(model.overlay(), std::vector<RunId>{{2}});
  }

  void equalNamesAreKnown() {
    RunTableModel model;
    fill(model, {sampleRun(1, "a", RunState::Queued), sampleRun(2, "a", RunState::Queued),
                 sampleRun(3, "b", RunState::Queued)});
    QVERIFY(model.sharesName(*model.known({1})));
    QVERIFY(!model.sharesName(*model.known({3})));
    model.forget({{2}});
    QVERIFY(!model.sharesName(*model.known({1})));
  }

  void trialsAndParentsAreTold() {
    RunTableModel model;
    RunSummary search = sampleRun(2, "search", RunState::Finished, 3, 3),
               trial = sampleRun(3, "rate", RunState::Finished);
    search.kind = RunKind::Search;
    trial.parent = RunId{2};
    model.setRows({{{2}, false}, {{3}, true}});
    model.take({{2}, {3}}, {}, {{search, {}}, {trial, {}}});
    QVERIFY(model.isTrialRow(1));
    QVERIFY(!model.isTrialRow(0));
    QVERIFY(model.data(model.index(1, 0), Qt::ToolTipRole).toString().contains("Trial of “search”"));
  }

  void sortingAsks() {
    RunTableModel model;
    QSignalSpy wanted(&model, &RunTableModel::sortRequested);
    model.sort(columns::BestLoss, Qt::AscendingOrder);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(model.fieldOf(columns::BestLoss), std::string("loss"));
  }

  /// Random comings, goings and orders; the tester fails on any inconsistency between signals and rows.
  void survivesRandomChanges() {
    RunTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(7);
    const auto upTo = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 150; ++round) {
      Ids ids;
      const int count = upTo(round % 10 == 0 ? 400 : 40);
      for (int i = 0; i < count; ++i) ids.push_back(1 + upTo(500));
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      if (upTo(2) == 0) std::shuffle(ids.begin(), ids.end(), random);
      model.setRows(rowsOf(ids));
      QCOMPARE(rowIds(model), ids);
      for (int row = 0; row < model.rowCount(); ++row) QCOMPARE(model.row(model.id(row)), row);
    }
  }

 private:
  static Ids rowIds(const RunTableModel& model) { return ids(model); }
};

QTEST_GUILESS_MAIN(RunTableModelTest)
#include "run_table_model_test.moc"
