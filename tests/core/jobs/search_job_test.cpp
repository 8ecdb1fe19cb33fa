#include "core/jobs/search_job.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QTest>
#include <cmath>

#include "core/jobs/run_job.h"
#include "core/jobs/search_rule.h"
#include "core/run/diverged.h"
#include "core/run/run_folder.h"
#include "core/spec/next_run.h"
#include "tests/core/jobs/pool_test.h"

using namespace scanline;

namespace {

RunSpec searchSpec(const std::string& rates) {
  RunSpec spec;
  spec.name = "search";
  spec.threads = 1;
  spec.data.limit = 200;
  spec.palette = {.size = 17, .pixels = 1000, .iterations = 2};
  spec.model.layers = 1;
  spec.train = {.steps = 4, .evaluateEvery = 2, .checkpointEvery = 2};
  spec.probe.every = spec.sample.every = 0;
  spec.search.rates = rates;
  return spec;
}

}  // namespace

class SearchJobTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_.emplace(pathOf(*folder_), StoreMode::ReadWrite);
    engine_ = std::make_shared<FakeEngine>();
    tried_.clear();
    diverges_.clear();
    failAt_ = -1;
    stopAt_ = nullptr;
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  // --- the rule
  void itEndsWhenTheLossRises() {
    using Losses = std::vector<double>;
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    QVERIFY(!hasRisen(Losses{}));
    QVERIFY(!hasRisen(Losses{2}));
    QVERIFY(!hasRisen(Losses{2, 1}));
    QVERIFY(!hasRisen(Losses{2, 2}));
    QVERIFY(hasRisen(Losses{3, 1, 2}));
    QVERIFY(!hasRisen(Losses{kInfinite, kInfinite}));
    QVERIFY(!hasRisen(Losses{kInfinite, 5}));
    QVERIFY(hasRisen(Losses{5, kInfinite}));
    QCOMPARE(bestTrial(Losses{kInfinite, 2, 2, 3}), std::optional<size_t>(1));
    QCOMPARE(bestTrial(Losses{kInfinite}), std::optional<size_t>());
    QCOMPARE(bestTrial(Losses{}), std::optional<size_t>());
  }

  void trialsAreTriedInOrderUntilTheLossRises() {
    const RunId search = make(searchSpec("0.01, 0.003, 0.001, 0.0003"));
    lossIs([](double rate) { return std::abs(std::log10(rate) + 2.5); });  // the lowest at 0.003
    QCOMPARE(run(search), RunEnd::Finished);
    QCOMPARE(tried_, (std::vector<double>{0.01, 0.003, 0.001}));
    const auto rates = store_->points(search, series::kSearchRate, -1),
               losses = store_->points(search, series::kSearchLoss, -1);
    QCOMPARE(rates.size(), size_t{3});
    QCOMPARE(rates[1].step, int64_t{2});
    QCOMPARE(rates[2].value, 0.001);
    QCOMPARE(losses[1].value, store_->points(trials(search)[1], series::kValidationLoss, 3).front().value);
  }

  void theWinnerIsNamedAndTagged() {
    const RunId search = make(searchSpec("0.01, 0.003, 0.001"));
    lossIs([](double rate) { return std::abs(std::log10(rate) + 2.5); });
    run(search);
    const RunId best = trials(search)[1];
    QCOMPARE(store_->run(best).tags, std::vector<std::string>{std::string(kBestRateTag)});
    QVERIFY(store_->run(trials(search)[0]).tags.empty());
    QVERIFY(store_->run(search).detail.starts_with("Best learning rate 0.003: final validation loss 0.0"));
    QVERIFY(logOf(search).contains("Best learning rate 0.003"));
    const auto winner = searchWinner(*store_, search);
    QVERIFY(winner);
    QCOMPARE(winner->trial, best);
    QCOMPARE(winner->rate, 0.003);
    store_->rename(best, "the one");  // people rename runs
    QCOMPARE(searchWinner(*store_, search)->trial, best);
    const RunSpec full = winnersSpec(*store_, search, *winner);
    QCOMPARE(full.optimizer.learningRate, 0.003);
    QVERIFY(full.search.rates.empty());
    QVERIFY(!full.data.foldValidation);  // digits have no test images
    QCOMPARE(full.name, std::string("search, best rate 0.003"));
  }

  void theHeldOutImagesAreFoldedInWhereThereAreTestImages() {
    RunSpec spec = searchSpec("0.01");
    spec.data = {.name = "cifar10", .path = std::filesystem::path(SCANLINE_GOLDEN) / "datasets"};
    const RunId search = make(spec);
    lossIs([](double rate) { return rate; });
    QCOMPARE(run(search), RunEnd::Finished);
    QVERIFY(winnersSpec(*store_, search, *searchWinner(*store_, search)).data.foldValidation);
    QVERIFY(!logOf(search).contains("next lower"));  // there was no choice to warn of
  }

  void ratesAreThoseOfThePaper() {
    RunSpec spec = searchSpec("1");
    const auto ratesOf = [&] { return numberList("search.rates", scanline::searchSpec(spec).search.rates); };
    QCOMPARE(ratesOf(), (std::vector<double>{0.01, 0.003, 0.001, 3e-4, 1e-4}));
    spec.kind = RunKind::Probe;
    QCOMPARE(ratesOf(), (std::vector<double>{30, 10, 3, 1, 0.3}));
    constexpr double kRate = 0.012345678901234567;
    QCOMPARE(trialSpec(searchSpec("1"), kRate).optimizer.learningRate, kRate);  // to its last digit
  }

  void aTrialThatMeasuredNothingIsAnError() {
    const RunId nothing = make(searchSpec("0.01"));
    QVERIFY_THROWS_EXCEPTION(Error, trialLoss(*store_, nothing, searchSpec("0.01")));
  }

  void trialsAreOrdinaryRunsOfTheSearch() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    QCOMPARE(store_->run(search).kind, RunKind::Search);
    QCOMPARE(store_->run(search).steps, int64_t{2});
    lossIs([](double rate) { return rate; });
    run(search);
    QCOMPARE(store_->run(search).step, int64_t{2});
    for (const RunId trial : trials(search)) {
      const RunSummary summary = store_->run(trial);
      QCOMPARE(summary.kind, RunKind::Pretrain);
      QCOMPARE(summary.state, RunState::Finished);
      QCOMPARE(summary.step, int64_t{4});
      QCOMPARE(summary.parent, std::optional(search));
      QVERIFY(!store_->checkpoints(trial).empty());
    }
    QCOMPARE(store_->run(trials(search)[0]).name, std::string("search, rate 0.01"));
  }

  void aTrialThatDivergesIsWorseThanAll_data() {
    QTest::addColumn<bool>("throws");
    QTest::newRow("while it trains") << true;
    QTest::newRow("at its last validation") << false;
  }
  void aTrialThatDivergesIsWorseThanAll() {
    QFETCH(const bool, throws);
    const RunId search = make(searchSpec("0.1, 0.01, 0.001"));
    if (throws) diverges_ = {0.1};
    lossIs([](double rate) { return rate == 0.1 ? std::numeric_limits<double>::quiet_NaN() : 1 - rate; });
    QCOMPARE(run(search), RunEnd::Finished);
    QCOMPARE(tried_, (std::vector<double>{0.1, 0.01, 0.001}));
    const auto losses = store_->points(search, series::kSearchLoss, -1);
    QCOMPARE(losses.size(), size_t{3});
    QVERIFY(std::isinf(losses[0].value));
    QCOMPARE(store_->run(trials(search)[0]).state, throws ? RunState::Failed : RunState::Finished);
    QCOMPARE(searchWinner(*store_, search)->rate, 0.01);
  }

  void whereAllDivergeTheSearchFailsAndSaysWhatToDo() {
    const RunId search = make(searchSpec("10, 1"));
    diverges_ = {10, 1};
    lossIs([](double rate) { return rate; });
    QCOMPARE(run(search), RunEnd::Failed);
    QVERIFY(store_->run(search).detail.find("the lowest was 1. Give lower ones") != std::string::npos);
  }

  void anotherFailureIsTheSearchsAndItCanBeTakenUp() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    lossIs([](double rate) { return rate; });
    failAt_ = 3;
    QCOMPARE(run(search), RunEnd::Failed);
    QVERIFY(store_->run(search).detail.find(
                "Trial 1 of 2 (learning rate 0.01) failed. After step 2: The disk is full.") != std::string::npos);
    QVERIFY(store_->points(search, series::kSearchLoss, -1).empty());
    failAt_ = -1;
    QCOMPARE(run(search, true), RunEnd::Finished);
    QCOMPARE(trials(search).size(), size_t{2});
  }

  void theLastRateAsBestIsAWarning() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    lossIs([](double rate) { return rate; });
    run(search);
    QVERIFY(logOf(search).contains("next lower may be better still"));
  }

  // --- other kinds
  void aProbesRatesAreOfItsSolverAndItsLossThatOfTheBestLayer() {
    RunSpec spec = searchSpec("30, 10, 3");
    spec.kind = RunKind::Probe;
    spec.probe.solver = ProbeSolver::Sgd;
    const RunId search = make(spec);
    writeFileAtomically(store_->folder(search) / kModelFile, "4 0.5 fp32");
    engine_->adjust = [this](FakeTrainer& trainer, const RunSpec& trial) {
      tried_.push_back(trial.probe.learningRate);
      trainer.probeLoss = [rate = trial.probe.learningRate](int64_t layer) {
        return layer == 0 ? std::abs(rate - 10) : 100.0;
      };
    };
    QCOMPARE(run(search), RunEnd::Finished);
    QCOMPARE(tried_, (std::vector<double>{30, 10, 3}));
    const auto losses = store_->points(search, series::kSearchLoss, -1);
    QCOMPARE(losses[0].value, 20.0);
    QCOMPARE(losses[1].value, 0.0);
    QCOMPARE(searchWinner(*store_, search)->rate, 10.0);
    QVERIFY(std::filesystem::exists(store_->folder(trials(search)[2]) / kModelFile));
  }

  void fineTuningIsComparedByItsBestAccuracy() {
    RunSpec spec = searchSpec("0.01, 0.003");
    spec.kind = RunKind::Finetune;
    const RunId search = make(spec);
    writeFileAtomically(store_->folder(search) / kModelFile, "0 0.5 fp32");
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec& trial) {
      const double rate = trial.optimizer.learningRate;
      trainer.lossAt = [rate](int64_t) { return rate; };  // falls, and does not matter
      trainer.accuracyAt = [rate](int64_t step) { return rate * 10 + (step == 2 ? 0.5 : 0); };
    };
    QCOMPARE(run(search), RunEnd::Finished);
    const auto losses = store_->points(search, series::kSearchLoss, -1);
    QCOMPARE(losses.size(), size_t{2});
    QVERIFY(std::abs(losses[0].value - 0.4) < 1e-12);
    QCOMPARE(searchWinner(*store_, search)->rate, 0.01);
  }

  /// It is not told how well it classifies.
  void generativeFineTuningIsComparedByItsLoss() {
    RunSpec spec = searchSpec("0.01, 0.003");
    spec.kind = RunKind::Finetune;
    spec.finetune.loss = FinetuneLoss::Generative;
    const RunId search = make(spec);
    writeFileAtomically(store_->folder(search) / kModelFile, "0 0.5 fp32");
    lossIs([](double rate) { return rate; });
    QCOMPARE(run(search), RunEnd::Finished);
    QCOMPARE(searchWinner(*store_, search)->loss, 0.003);
  }

  void fineTuningFromScratchNeedsNoModel() {
    RunSpec spec = searchSpec("0.01");
    spec.kind = RunKind::Finetune;
    spec.finetune.fromScratch = true;
    const RunId search = make(spec);
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.accuracyAt = [](int64_t) { return 0.5; }; };
    QCOMPARE(run(search), RunEnd::Finished);
  }

  void theWinnersRunStartsFromTheModelOfTheSearch() {
    RunSpec spec = searchSpec("0.01");
    const auto start = [&] {
      const RunId search = make(spec);
      if (needsModel(spec)) writeFileAtomically(store_->folder(search) / kModelFile, "0 0.5 fp32");
      engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.accuracyAt = [](int64_t) { return 0.5; }; };
      run(search);
      const auto winner = searchWinner(*store_, search).value();
      const RunId full = startWinner(*store_, winnersSpec(*store_, search, winner), winner);
      if (store_->run(full).parent != winner.trial) qFatal("another parent");
      return std::filesystem::exists(store_->folder(full) / kModelFile);
    };
    QVERIFY(!start());
    spec.kind = RunKind::Finetune;
    QVERIFY(start());
  }

  void aKindThatNeedsAModelIsRefusedWithoutOne() {
    RunSpec spec = searchSpec("0.01, 0.003");
    spec.kind = RunKind::Finetune;
    const RunId search = make(spec);
    QCOMPARE(run(search), RunEnd::Failed);
    QVERIFY(store_->run(search).detail.find("needs a trained model") != std::string::npos);
    QVERIFY(trials(search).empty());
  }

  // --- stop, resume, kill
  void stoppedInTheMiddleItGoesOnAsIfItHadNotBeen() {
    const auto loss = [](double rate) { return std::abs(std::log10(rate) + 2.9); };
    const RunId whole = make(searchSpec("0.01, 0.003, 0.001"));
    lossIs(loss);
    run(whole);

    const RunId cut = make(searchSpec("0.01, 0.003, 0.001"));
    std::stop_source stop;
    stopAt_ = [&](double rate, int64_t step) {
      if (rate == 0.003 && step == 3) stop.request_stop();
    };
    QCOMPARE(run(cut, false, stop.get_token()), RunEnd::Stopped);
    QCOMPARE(store_->run(cut).state, RunState::Stopped);
    QVERIFY(store_->run(cut).resumable);
    QCOMPARE(store_->run(trials(cut)[1]).state, RunState::Stopped);
    QCOMPARE(store_->points(cut, series::kSearchLoss, -1).size(), size_t{1});
    QVERIFY(logOf(cut).contains("Stopping"));  // it showed its trial's state
    stopAt_ = nullptr;
    tried_.clear();
    QCOMPARE(run(cut, true), RunEnd::Finished);
    QCOMPARE(tried_, (std::vector<double>{0.003, 0.001}));  // the first is not run again
    QCOMPARE(trials(cut).size(), size_t{3});
    for (const auto name : {series::kSearchRate, series::kSearchLoss}) {
      const auto a = store_->points(whole, name, -1), b = store_->points(cut, name, -1);
      QCOMPARE(a.size(), b.size());
      for (size_t i = 0; i < a.size(); ++i) QVERIFY(a[i].step == b[i].step && a[i].value == b[i].value);
    }
    QCOMPARE(store_->points(trials(cut)[1], series::kTrainLoss, -1).size(), size_t{4});
  }

  void aTrialThatWaitsInTheQueueIsTakenOutOfIt() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    std::stop_source stop;
    stopAt_ = [&](double rate, int64_t step) {
      if (rate == 0.003 && step == 3) stop.request_stop();
    };
    lossIs([](double rate) { return rate; });
    QCOMPARE(run(search, false, stop.get_token()), RunEnd::Stopped);
    store_->enqueue(trials(search)[1], true);
    stopAt_ = nullptr;
    lossIs([](double rate) { return rate; });
    QCOMPARE(run(search, true), RunEnd::Finished);
    QVERIFY(store_->jobs().empty());  // it has been run, and is not run again
  }

  void aFinishedTrialThatWasNotNotedIsNotRunAgain() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    lossIs([](double rate) { return rate; });
    run(search);
    store_->truncateAfter(search, 1);  // as if the process had died between trial and note
    tried_.clear();
    QCOMPARE(run(search, true), RunEnd::Finished);
    QVERIFY(tried_.empty());
    QCOMPARE(store_->points(search, series::kSearchLoss, -1).size(), size_t{2});
  }

  void killedItGoesOnWithTheTrialThatWasCut() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    lossIs([](double rate) { return rate; });
    stopAt_ = [](double rate, int64_t step) {
      if (rate == 0.003 && step == 3) _exit(9);
    };
    store_.reset();  // no connection crosses the fork
    const pid_t child = fork();
    if (child == 0) {
      store_.emplace(pathOf(*folder_), StoreMode::ReadWrite);
      run(search);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    QCOMPARE(WEXITSTATUS(status), 9);
    store_.emplace(pathOf(*folder_), StoreMode::ReadWrite);
    QCOMPARE(store_->markInterrupted().size(), size_t{2});
    const RunId cut = trials(search)[1];
    QCOMPARE(store_->run(search).state, RunState::Interrupted);
    QVERIFY(store_->run(search).resumable);
    QCOMPARE(store_->run(cut).state, RunState::Interrupted);
    stopAt_ = nullptr;
    QCOMPARE(run(search, true), RunEnd::Finished);
    QCOMPARE(tried_, std::vector<double>{0.003});
    QCOMPARE(trials(search).size(), size_t{2});
    QCOMPARE(store_->run(cut).state, RunState::Finished);
    QVERIFY([&] {
      for (const LogRow& row : store_->log(cut, 0))
        if (row.line.text == "Goes on from the checkpoint of step 2.") return true;
      return false;
    }());
  }

  void startedAnewEarlierTrialsGoToTheTrash() {
    const RunId search = make(searchSpec("0.01, 0.003, 0.001"));
    lossIs([](double rate) { return rate; });
    run(search);
    const auto first = trials(search);
    lossIs([](double rate) { return -rate; });  // rises at once
    QCOMPARE(run(search, false), RunEnd::Finished);
    const auto second = trials(search);
    QCOMPARE(second.size(), size_t{2});
    QCOMPARE(store_->points(search, series::kSearchLoss, -1).size(), size_t{2});
    for (const RunId trial : first) QVERIFY(store_->run(trial).trashed);
    store_->setTrashed(first, false);  // of two trials at one rate the newer counts
    QCOMPARE(findTrial(*store_, search, trialSpec(searchSpec("1"), 0.01)), std::optional(second[0]));
  }

  // --- in the lane
  void pauseOfTheSearchPausesItsTrialAndShowsOnBoth() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    store_->enqueue(search, false);
    lossIs([](double rate) { return rate; });
    const auto held = holdFirstTrialAt(3);
    JobPool pool(pathOf(*folder_), [this] { return engine_; }, {});
    held->reached.get_future().wait();
    QCOMPARE(store_->run(search).detail, std::string("Trial 1 of 2: learning rate 0.01"));
    pool.pause(search);
    held->release.set_value();
    const RunId trial = trials(search)[0];
    QVERIFY(eventually([&] { return store_->run(trial).state == RunState::Paused; }));
    QVERIFY(eventually([&] { return store_->run(search).state == RunState::Paused; }));
    QVERIFY(eventually([&] { return store_->jobs().at(0).state == JobState::Paused; }));
    pool.resume(search);
    pool.waitIdle();
    QCOMPARE(store_->run(search).state, RunState::Finished);
    QVERIFY(store_->jobs().empty());
  }

  /// A trial has no job of its own: a request to it goes to its search.
  void aTrialIsStoppedWithItsSearch() {
    const RunId search = make(searchSpec("0.01, 0.003"));
    store_->enqueue(search, false);
    lossIs([](double rate) { return rate; });
    const auto held = holdFirstTrialAt(3);
    JobPool pool(pathOf(*folder_), [this] { return engine_; }, {});
    held->reached.get_future().wait();
    const RunId trial = trials(search)[0];
    pool.pause(trial);
    QVERIFY(eventually([&] { return store_->jobs().at(0).state == JobState::Paused; }));
    held->release.set_value();
    QVERIFY(eventually([&] { return store_->run(search).state == RunState::Paused; }));
    pool.stop(trial);
    pool.waitIdle();
    QCOMPARE(store_->run(trial).state, RunState::Stopped);
    QCOMPARE(store_->run(search).state, RunState::Stopped);
    QCOMPARE(store_->checkpoints(trial).back().reason, std::string("stopped"));
  }

 private:
  struct Held {
    std::promise<void> reached, release;
  };

  RunId make(const RunSpec& spec) { return store_->create(toToml(spec)); }
  std::vector<RunId> trials(RunId search) const { return store_->children(search); }
  QString logOf(RunId run) const {
    QStringList lines;
    for (const LogRow& row : store_->log(run, 0)) lines << QString::fromStdString(row.line.text);
    return lines.join('\n');
  }

  RunEnd run(RunId search, bool resume = false, const std::stop_token& stop = {}) {
    RunRecorder recorder(RunStore(pathOf(*folder_), StoreMode::ReadWrite), search, {});
    return runJob(*engine_, recorder, search, resume, stop);
  }

  /// Trials end with this validation loss, and were better before; the other members add to it.
  void lossIs(const std::function<double(double rate)>& loss) {
    engine_->adjust = [this, loss](FakeTrainer& trainer, const RunSpec& spec) {
      const double rate = spec.optimizer.learningRate;
      tried_.push_back(rate);
      trainer.lossAt = [loss, rate](int64_t step) { return step < 4 ? -10 : loss(rate); };
      if (std::ranges::find(diverges_, rate) != diverges_.end()) {
        trainer.failAt = 2;
        trainer.fail = [] { throw Diverged("The loss is not finite."); };
      } else if (failAt_ > 0) {
        trainer.failAt = failAt_;
        trainer.fail = [] { throw Error("The disk is full."); };
      }
      if (stopAt_) trainer.onAsk = [this, rate](int64_t step) { stopAt_(rate, step); };
    };
  }

  /// Call it after lossIs().
  std::shared_ptr<Held> holdFirstTrialAt(int64_t wanted) {
    auto held = std::make_shared<Held>();  // shared by the test and the trainer's callback
    auto once = std::make_shared<bool>(false);
    engine_->adjust = [before = engine_->adjust, held, once, wanted](FakeTrainer& trainer, const RunSpec& spec) {
      before(trainer, spec);
      trainer.onAsk = [held, once, wanted](int64_t step) {
        if (step != wanted || *once) return;
        *once = true;
        held->reached.set_value();
        held->release.get_future().wait();
      };
    };
    return held;
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::optional<RunStore> store_;
  std::shared_ptr<FakeEngine> engine_;  // shared as the pool asks for it
  std::vector<double> tried_;
  std::vector<double> diverges_;
  int64_t failAt_ = -1;
  std::function<void(double rate, int64_t step)> stopAt_;
};

QTEST_GUILESS_MAIN(SearchJobTest)
#include "search_job_test.moc"
