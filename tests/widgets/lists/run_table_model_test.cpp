#include "widgets/lists/run_table_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <random>

#include "tests/widgets/lists/sample_runs.h"

using namespace scanline;

class RunTableModelTest : public QObject {
  Q_OBJECT
 private:
  static std::vector<int64_t> ids(const RunTableModel& model) {
    std::vector<int64_t> ids;
    for (int row = 0; row < model.rowCount(); ++row) ids.push_back(model.run(row).id.value);
    return ids;
  }
  using Ids = std::vector<int64_t>;

 private slots:
  void showsNewestFirstWithoutTrash() {
    RunTableModel model;
    model.setRuns(sampleRuns());
    QCOMPARE(ids(model), (Ids{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    model.setTrashShown(true);
    QCOMPARE(ids(model), Ids{10});
  }

  void filtersByWordsAndKeys_data() {
    QTest::addColumn<QString>("filter");
    QTest::addColumn<QList<int>>("rows");
    QTest::newRow("name") << "LR" << QList<int>{4, 5, 6};
    QTest::newRow("all words must occur") << "lr queued" << QList<int>{4, 5};
    QTest::newRow("state") << "state:failed" << QList<int>{6};
    QTest::newRow("tag") << "tag:best" << QList<int>{2};
    QTest::newRow("a word looks in tags too") << "baseline" << QList<int>{2};
    QTest::newRow("data set") << "data:images" << QList<int>{9};
    QTest::newRow("keys themselves are not looked through") << "name" << QList<int>{8};
    QTest::newRow("nothing") << "xyz" << QList<int>{};
  }
  void filtersByWordsAndKeys() {
    QFETCH(QString, filter);
    QFETCH(QList<int>, rows);
    RunTableModel model;
    model.setRuns(sampleRuns());
    model.setFilter(filter);
    QCOMPARE(ids(model), Ids(rows.begin(), rows.end()));
    model.setFilter({});
    QCOMPARE(model.rowCount(), 9);
  }

  void sortsMissingValuesLastEitherWay() {
    RunTableModel model;
    model.setRuns(sampleRuns());
    model.sort(RunTableModel::BestLoss, Qt::AscendingOrder);
    QCOMPARE(ids(model), (Ids{7, 1, 3, 8, 2, 4, 5, 6, 9}));
    model.sort(RunTableModel::BestLoss, Qt::DescendingOrder);
    QCOMPARE(ids(model), (Ids{2, 8, 3, 1, 7, 4, 5, 6, 9}));
  }

  void sortsNumbersInNamesAsNumbers() {
    RunTableModel model;
    model.setRuns({sampleRun(1, "run 10", RunState::Queued), sampleRun(2, "Run 9", RunState::Queued)});
    model.sort(RunTableModel::Name, Qt::AscendingOrder);
    QCOMPARE(ids(model), (Ids{2, 1}));
  }

  void tellsOnlyOfRowsThatChanged() {
    RunTableModel model;
    auto runs = sampleRuns();
    model.setRuns(runs);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged), reset(&model, &QAbstractItemModel::modelReset),
        layout(&model, &QAbstractItemModel::layoutChanged);
    model.setRuns(runs);
    QCOMPARE(changed.count(), 0);
    runs[0].step = 390;
    model.setRuns(runs);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 0);
    QCOMPARE(changed[0][1].toModelIndex().row(), 0);
    QCOMPARE(reset.count() + layout.count(), 0);
  }

  void persistentIndexesFollowTheirRuns() {
    RunTableModel model;
    auto runs = sampleRuns();
    model.setRuns(runs);
    const QPersistentModelIndex overnight = model.index(6, 0);
    QCOMPARE(model.run(overnight.row()).id, RunId{7});
    runs.erase(runs.begin() + 1);
    runs.push_back(sampleRun(20, "new", RunState::Queued));
    runs.back().createdMs = kThen;
    model.setRuns(runs);
    QCOMPARE(model.run(overnight.row()).id, RunId{7});
    model.sort(RunTableModel::Name, Qt::DescendingOrder);
    QCOMPARE(model.run(overnight.row()).id, RunId{7});
    runs.erase(std::find_if(runs.begin(), runs.end(), [](const auto& run) { return run.id == RunId{7}; }));
    model.setRuns(runs);
    QVERIFY(!overnight.isValid());
  }

  void renamingAsksAndShowsAtOnce() {
    RunTableModel model;
    model.setRuns(sampleRuns());
    QSignalSpy wish(&model, &RunTableModel::renameRequested);
    QVERIFY(model.setData(model.index(0, 0), QStringLiteral("  better  name "), Qt::EditRole));
    QCOMPARE(wish.count(), 1);
    QCOMPARE(wish[0][1].toString(), QStringLiteral("better name"));
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("better name"));
    QVERIFY(!model.setData(model.index(0, 0), QStringLiteral(" "), Qt::EditRole));
    QVERIFY(!model.setData(model.index(0, 0), QStringLiteral("better name"), Qt::EditRole));
    QCOMPARE(wish.count(), 1);
    model.setRuns(sampleRuns());  // the store refused
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("quick start"));
  }

  void overlayForgetsRunsThatAreGone() {
    RunTableModel model;
    auto runs = sampleRuns();
    model.setRuns(runs);
    QSignalSpy overlay(&model, &RunTableModel::overlayChanged);
    model.setOverlay({{1}, {2}});
    QCOMPARE(overlay.count(), 1);
    runs.erase(runs.begin());
    model.setRuns(runs);
    QCOMPARE(overlay.count(), 2);
    QCOMPARE(model.overlay(), std::vector<RunId>{{2}});
  }

  /// Random comings, goings, values, filters and orders; the tester fails on any inconsistency between signals and
  /// rows.
  void survivesRandomChanges() {
    RunTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(7);
    const auto upTo = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 150; ++round) {
      std::vector<RunSummary> runs;
      const int count = upTo(round % 10 == 0 ? 400 : 40);
      for (int i = 0; i < count; ++i) {
        runs.push_back(
            sampleRun(1 + upTo(500), "run " + std::to_string(upTo(50)), static_cast<RunState>(upTo(9)), upTo(600)));
        runs.back().trashed = upTo(10) == 0;
      }
      std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      runs.erase(std::unique(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id == b.id; }),
                 runs.end());
      model.setRuns(runs);
      if (upTo(3) == 0) model.setFilter(upTo(2) == 0 ? QString::number(upTo(9)) : QString());
      if (upTo(3) == 0)
        model.sort(upTo(RunTableModel::kColumns), upTo(2) == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
      if (upTo(5) == 0) model.setTrashShown(upTo(2) == 0);
      for (int row = 0; row < model.rowCount(); ++row) {
        QCOMPARE(model.row(model.run(row).id), row);
        QCOMPARE(model.run(row).trashed, model.isTrashShown());
      }
    }
  }

  /// A search, 3 trials of it, and a run beside them.
  static std::vector<RunSummary> searchRuns() {
    std::vector<RunSummary> runs{sampleRun(1, "old", RunState::Finished, 600),
                                 sampleRun(2, "search", RunState::Finished, 3, 3)};
    runs[0].bestLoss = 1.2;
    runs[1].kind = RunKind::Search;
    for (int64_t id = 3; id <= 5; ++id) {
      runs.push_back(sampleRun(id, "rate " + std::to_string(id), RunState::Finished, 600));
      runs.back().parent = RunId{2};
      runs.back().bestLoss = id == 4 ? 1.1 : 1.3 + 0.1 * static_cast<double>(id);
    }
    return runs;
  }

  void trialsStandBelowTheirSearchWhateverTheOrder() {
    RunTableModel model;
    const QAbstractItemModelTester tester(&model);
    model.setRuns(searchRuns());
    QCOMPARE(ids(model), (Ids{1, 2, 3, 4, 5}));
    model.sort(RunTableModel::BestLoss, Qt::AscendingOrder);
    QCOMPARE(ids(model), (Ids{1, 2, 4, 3, 5}));  // the search has no loss of its own
    model.sort(RunTableModel::Created, Qt::AscendingOrder);
    QCOMPARE(ids(model), (Ids{2, 5, 4, 3, 1}));
    QVERIFY(model.isTrialRow(1));
    QVERIFY(!model.isTrialRow(0));
    QVERIFY(!model.isTrialRow(4));
  }

  void aTrialStandsAloneWhereItsSearchIsNotShown() {
    RunTableModel model;
    model.setRuns(searchRuns());
    model.setFilter("rate");
    QCOMPARE(ids(model), (Ids{3, 4, 5}));
    QVERIFY(!model.isTrialRow(0));
  }

  void runsAreFoundByTheirParent() {
    RunTableModel model;
    model.setRuns(searchRuns());
    model.setFilter("parent:SEARCH");
    QCOMPARE(ids(model), (Ids{3, 4, 5}));
    QVERIFY(model.data(model.index(0, 0), Qt::ToolTipRole).toString().contains("Trial of “search”"));
    model.setFilter("parent:other");
    QCOMPARE(model.rowCount(), 0);
  }
};

QTEST_GUILESS_MAIN(RunTableModelTest)
#include "run_table_model_test.moc"
