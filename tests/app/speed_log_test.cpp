// Which speeds of training are kept for estimates.
#include "app/speed_log.h"

#include <QTemporaryDir>
#include <QTest>

#include "app/settings.h"

using namespace scanline;
using namespace std::chrono_literals;

class SpeedLogTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    settings_ = std::make_unique<Settings>(folder_.path() + QStringLiteral("/%1.ini").arg(++files_));
    now_ = SpeedLog::Clock::time_point(1h);
    others_ = 0;
    log_ = std::make_unique<SpeedLog>(
        *settings_, [this] { return others_; }, [this] { return now_; });
    run_ = {};
    run_.id = {1};
    spec_ = {};
    prepared_ = {.positions = 64, .parameters = 200'000};
  }

  void aSpeedIsKeptOnceARunHasItsPace() {
    note();  // the first look only begins the ten seconds
    QVERIFY(kept() == 0);
    pass(9s);
    QVERIFY(kept() == 0);
    pass(2s);
    QCOMPARE(kept(), size_t{1});
    QVERIFY(settings_->speeds().front().gflops > 0);
    QVERIFY(settings_->speeds().front().machine.startsWith(SpeedLog::machine()));
  }

  void aBusyMachineTellsNothing() {
    note();
    others_ = 0.5;
    pass(11s);
    others_ = std::nullopt;
    pass(11s);
    QVERIFY(kept() == 0);
    others_ = 0.05;
    pass(11s);
    QCOMPARE(kept(), size_t{1});
  }

  void runsOfOthersAndOtherModelsTellNothing() {
    note();
    run_.ownedElsewhere = true;
    pass(11s);
    run_.ownedElsewhere = false;
    spec_.kind = RunKind::Vqvae;
    pass(11s);
    spec_.kind = RunKind::Pretrain;
    prepared_.parameters = 0;
    pass(11s);
    QVERIFY(kept() == 0);
  }

  void anotherRunFindsItsPaceFirst() {
    note();
    run_.id = {2};
    pass(11s);
    QVERIFY(kept() == 0);
    pass(11s);
    QCOMPARE(kept(), size_t{1});
  }

 private:
  void note() { log_->note(run_, spec_, prepared_, 1000); }
  void pass(std::chrono::seconds time) {
    now_ += time;
    note();
  }
  size_t kept() const { return settings_->speeds().size(); }

  QTemporaryDir folder_;
  int files_ = 0;
  std::unique_ptr<Settings> settings_;
  std::unique_ptr<SpeedLog> log_;
  SpeedLog::Clock::time_point now_;
  std::optional<double> others_;
  RunSummary run_;
  RunSpec spec_;
  RunPrepared prepared_;
};

QTEST_GUILESS_MAIN(SpeedLogTest)
#include "speed_log_test.moc"
