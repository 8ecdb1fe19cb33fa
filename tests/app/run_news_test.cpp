// News that the window gets of runs that go on: which trains, which end, which are in trouble.
#include "app/run_news.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "core/spec/spec_text.h"
#include "core/store/process_identity.h"

using namespace scanline;

class RunNewsTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(folder_->path().toStdString(), StoreMode::ReadWrite);
  }

  void aRunThatTrainsIsKnownAndItsEndIsTold() {
    const RunId run = running();
    StoreThread reader(folder_->path().toStdString(), StoreMode::ReadOnly);
    RunNews news(reader, nullptr);
    QSignalSpy changed(&news, &RunNews::trainingChanged), ended(&news, &RunNews::ended);
    news.look();
    QTRY_VERIFY(news.training().has_value());
    QCOMPARE(news.training()->id, run);
    QCOMPARE(changed.count(), 1);
    tell(run, StateChanged{RunState::Finished, ""});
    QTRY_VERIFY((news.look(), ended.count() == 1));
    QVERIFY(!news.training());
    QCOMPARE(ended[0][0].value<RunSummary>().state, RunState::Finished);
  }

  /// Another program is gone before its last lines are taken: what they say is told, and nothing before.
  void theEndOfAnotherProgramsRunIsWhatItsLogSays() {
    RunSpec spec;
    spec.name = "logged";
    const RunId run = store_->beginImport(toToml(spec), {.all = false, .keys = {"name"}});
    tell(run, StateChanged{RunState::Running, ""});
    ProcessIdentity other = thisProcess();
    store_->setOwner(run, other);
    StoreThread reader(folder_->path().toStdString(), StoreMode::ReadOnly);
    RunNews news(reader, nullptr);
    QSignalSpy ended(&news, &RunNews::ended);
    news.look();
    QTRY_VERIFY(news.training().has_value());
    other.startTicks += 1;  // no process that lives
    store_->setOwner(run, other);
    QTRY_VERIFY((news.look(), !news.training().has_value()));
    QCOMPARE(ended.count(), 0);
    tell(run, StateChanged{RunState::Finished, ""});
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 30000);
    QCOMPARE(ended[0][0].value<RunSummary>().state, RunState::Finished);
  }

  void aLossThatIsNoNumberIsToldOnce() {
    const RunId run = running();
    StoreThread reader(folder_->path().toStdString(), StoreMode::ReadOnly);
    RunNews news(reader, nullptr);
    std::vector<Alert> alerts;
    connect(&news, &RunNews::alerted, this, [&](const RunSummary& of, const Alert& alert) {
      QCOMPARE(of.id, run);
      alerts.push_back(alert);
    });
    for (int64_t step = 1; step <= 40; ++step) tell(run, StepStats{.step = step, .loss = 2.8 - 0.01 * double(step)});
    news.look();
    QTRY_VERIFY(news.training().has_value());
    QVERIFY(alerts.empty());
    tell(run, StepStats{.step = 41, .loss = std::nan("")});
    QTRY_VERIFY((news.look(), alerts.size() == 1));
    QCOMPARE(alerts[0].kind, Alert::Kind::NotANumber);
    QCOMPARE(alerts[0].step, int64_t{41});
    tell(run, StepStats{.step = 42, .loss = std::nan("")});
    for (int i = 0; i < 5; ++i) {
      news.look();
      QTest::qWait(20);
    }
    QCOMPARE(alerts.size(), size_t{1});
  }

 private:
  RunId running() const {
    const RunId run = store_->create(toToml(RunSpec{}));
    store_->own(run);
    tell(run, StateChanged{RunState::Running, ""});
    return run;
  }
  void tell(RunId run, const TrainEvent& event) const { store_->append(run, std::array{event}); }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
};

QTEST_GUILESS_MAIN(RunNewsTest)
#include "run_news_test.moc"
