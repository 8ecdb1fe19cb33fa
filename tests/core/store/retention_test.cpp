#include "core/store/retention.h"

#include <QTest>
#include <fstream>
#include <random>
#include <set>

#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "tests/core/store/store_support.h"

using namespace scanline;

namespace fs = std::filesystem;

/// Which checkpoints a rule for many runs removes.
class RetentionTest : public QObject, private StoreTest {
  Q_OBJECT

 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void theBestTheNewestAndMultiplesStay() {
    const std::vector<std::pair<int64_t, double>> losses{{10, 3.}, {20, 1.}, {30, 2.}, {40, std::nan("")}, {50, 4.}};
    save(losses);
    finish();
    QCOMPARE(removedBy({.best = 1, .every = 0}), (std::vector<int64_t>{10, 30, 40}));
    QCOMPARE(removedBy({.best = 2, .every = 0}), (std::vector<int64_t>{10, 40}));
    QCOMPARE(removedBy({.best = 0, .every = 20}), (std::vector<int64_t>{10, 30}));
    QCOMPARE(removedBy({.best = 0, .every = 0}), (std::vector<int64_t>{10, 20, 30, 40}));
    QCOMPARE(removedBy({.best = 9, .every = 0}), (std::vector<int64_t>{40}));  // never measured
  }

  /// Where a classifier learns, its accuracy decides.
  void accuracyCountsWhereThereIsOne() {
    appendOne(*store_, run_, Evaluation{.step = 10, .loss = 1, .accuracy = 0.2});
    appendOne(*store_, run_, Evaluation{.step = 20, .loss = 2, .accuracy = 0.9});
    appendOne(*store_, run_, Evaluation{.step = 30, .loss = 3, .accuracy = 0.5});
    save({{10, 1.}, {20, 2.}, {30, 3.}});
    finish();
    QCOMPARE(removedBy({.best = 1}), (std::vector<int64_t>{10}));
  }

  void rowsAndFilesGoAndTheOthersStay() {
    save({{10, 3.}, {20, 1.}, {30, 2.}});
    finish();
    const auto plan = planRetention(*store_, std::array{run_}, {.best = 1});
    QCOMPARE(plan.size(), 1U);
    QCOMPARE(plan[0].bytes, int64_t{10});
    QCOMPARE(plan[0].kept, int64_t{2});
    QVERIFY(fs::exists(file(10)));  // a plan removes nothing
    QVERIFY(applyRetention(*store_, plan).empty());
    QVERIFY(!fs::exists(file(10)));
    QVERIFY(fs::exists(file(20)) && fs::exists(file(30)));
    QCOMPARE(store_->checkpoints(run_).size(), 2U);
    QVERIFY(planRetention(*store_, std::array{run_}, {.best = 1}).empty());
    QVERIFY(applyRetention(*store_, plan).empty());  // an old plan does no harm
    QCOMPARE(store_->checkpoints(run_).size(), 2U);
  }

  /// A file that was written again under the name of one that the plan holds is another checkpoint.
  void aCheckpointThatIsAnotherNowStays() {
    save({{10, 3.}, {20, 1.}, {30, 2.}});
    finish();
    const auto plan = planRetention(*store_, std::array{run_}, {.best = 1});
    save({{10, 0.5}}, 77);
    QVERIFY(applyRetention(*store_, plan).empty());
    QVERIFY(fs::exists(file(10)));
    QCOMPARE(store_->checkpoints(run_).size(), 3U);
  }

  void runsAtWorkOrInTheQueueKeepAll() {
    save({{10, 3.}, {20, 1.}, {30, 2.}});
    store_->own(run_);
    QVERIFY(planRetention(*store_, std::array{run_}, {.best = 0}).empty());
    finish();
    const auto plan = planRetention(*store_, std::array{run_}, {.best = 0});
    QCOMPARE(plan.size(), 1U);
    store_->enqueue(run_, true);
    QVERIFY(planRetention(*store_, std::array{run_}, {.best = 0}).empty());
    const auto problems = applyRetention(*store_, plan);  // it was started since
    QCOMPARE(problems.size(), 1U);
    QVERIFY(problems[0].find("started meanwhile") != std::string::npos);
    QCOMPARE(store_->checkpoints(run_).size(), 3U);
  }

  void nothingIsPlannedForARuleThatMakesNoSense() {
    QVERIFY_THROWS_EXCEPTION(Error, planRetention(*store_, std::array{run_}, {.best = -1}));
    QVERIFY_THROWS_EXCEPTION(Error, planRetention(*store_, std::array{run_}, {.every = -5}));
  }

  /// Of any run: the newest stays, so do `best` of those that were measured (all, if there are fewer), none of which is
  /// worse than one that went.
  void invariantsOfAnyRun() {
    std::mt19937 random(3);
    for (int round = 0; round < 40; ++round) {
      const RunId run = run_ = store_->create(specText("r" + std::to_string(round)));
      std::vector<std::pair<int64_t, double>> losses;
      for (int64_t step = 1; step <= static_cast<int64_t>(random() % 12); ++step)
        losses.emplace_back(step * 5, random() % 4 == 0 ? std::nan("") : static_cast<double>(random() % 6));
      save(losses);
      finish();
      const RetentionRule rule{.best = static_cast<int64_t>(random() % 4),
                               .every = static_cast<int64_t>(random() % 3) * 10};
      const auto plan = planRetention(*store_, std::array{run}, rule);
      std::set<int64_t> removed;
      for (const PrunedRun& pruned : plan)
        for (const CheckpointRow& row : pruned.removed) removed.insert(row.step);
      double worstKept = -1;
      int64_t measuredKept = 0, measured = 0;
      for (const auto& [step, loss] : losses) {
        if (std::isnan(loss)) continue;
        ++measured;
        if (!removed.contains(step)) ++measuredKept;
      }
      QVERIFY(measuredKept >= std::min(rule.best, measured));
      if (!losses.empty()) QVERIFY(!removed.contains(losses.back().first));
      std::vector<double> sorted;
      for (const auto& [step, loss] : losses)
        if (!std::isnan(loss)) sorted.push_back(loss);
      std::ranges::sort(sorted);
      if (rule.best > 0 && !sorted.empty())
        worstKept = sorted[static_cast<size_t>(std::min<int64_t>(rule.best, std::ssize(sorted))) - 1];
      for (const auto& [step, loss] : losses) {
        if (!removed.contains(step)) continue;
        if (rule.every > 0) QVERIFY(step % rule.every != 0);
        if (!std::isnan(loss) && rule.best > 0) QVERIFY(loss >= worstKept);
      }
    }
  }

 private:
  fs::path file(int64_t step) const { return store_->folder(run_) / checkpointFile(step); }
  void save(const std::vector<std::pair<int64_t, double>>& losses, int64_t bytes = 10) {
    makeCheckpointFolder(store_->folder(run_));
    for (const auto& [step, loss] : losses) {
      std::ofstream(file(step)) << std::string(static_cast<size_t>(bytes), 'x');
      appendOne(*store_, run_, CheckpointSaved{step, checkpointFile(step), bytes, loss, "kept"});
    }
  }
  void finish() { appendOne(*store_, run_, StateChanged{RunState::Finished}); }
  std::vector<int64_t> removedBy(const RetentionRule& rule) const {
    std::vector<int64_t> steps;
    for (const PrunedRun& pruned : planRetention(*store_, std::array{run_}, rule))
      for (const CheckpointRow& row : pruned.removed) steps.push_back(row.step);
    return steps;
  }
};

QTEST_GUILESS_MAIN(RetentionTest)
#include "retention_test.moc"
