#include "core/store/migrations.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <QTest>
#include <array>

#include "core/base/atomic_file.h"
#include "tests/core/store/store_support.h"
#include "tests/support/sentence_of.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr std::array kTwoSteps{Migration{1, "CREATE TABLE a (x); INSERT INTO a VALUES (1)"},
                               Migration{2, "ALTER TABLE a ADD COLUMN y DEFAULT 7"}};

}  // namespace

class MigrationsTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    file_ = pathOf(*folder_) / "scanline.db";
  }

  void versionsCountFromOneWithoutGaps() {
    int64_t expected = 1;
    for (const Migration& step : migrations()) QCOMPARE(step.version, expected++);
  }

  void everyHistoricVersionOpens_data() {
    QTest::addColumn<int>("version");
    for (const Migration& step : migrations()) QTest::addRow("version %d", int(step.version)) << int(step.version);
  }
  void everyHistoricVersionOpens() {
    QFETCH(int, version);
    {
      SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      database.exec(
          readFile(fs::path(SCANLINE_GOLDEN) / "store" / ("version-" + std::to_string(version) + ".sql"), 1 << 20));
    }
    RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
    QVERIFY(store.verify().empty());
    const auto run = store.find("golden");
    QVERIFY(run.has_value());
    QCOMPARE(store.points(*run, series::kTrainLoss, 0).size(), size_t{2});
    QCOMPARE(store.probes(*run, -1).size(), size_t{1});
    QCOMPARE(store.probes(*run, -1)[0].confusion, (std::vector<ConfusionCell>{{0, 0, 1}, {0, 1, 1}, {1, 1, 2}}));
    QVERIFY(store.samples(*run, 2, true).has_value());
    QCOMPARE(store.details(*run).prepared.classNames.size(), size_t{2});
    QCOMPARE(store.checkpoints(*run).size(), size_t{1});
    QCOMPARE(store.jobs().size(), size_t{1});
    QCOMPARE(store.run(*run).tags, std::vector<std::string>{"old"});
    QCOMPARE(store.pins(*run).size(), version < 5 ? size_t{0} : size_t{1});
    if (version >= 5) QCOMPARE(store.pinned({3})->drawn, (std::vector<Token>{0, 1, 300, 301}));
    if (version >= 5) QCOMPARE(store.pinned({3})->madeWith.size(), version < 11 ? size_t{0} : size_t{2});
    QCOMPARE(store.list({.where = RunQuery("tag:old golden first(train/loss) = 2.5")}).rows.size(), size_t{1});
  }

  /// Of a thousand classes, a matrix had 4 MB; its cells above 0 have some bytes, and the file gets smaller.
  void wholeConfusionMatricesBecomeSparse() {
    constexpr int kProbes = 5, kClasses = 1000;
    {
      SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      database.exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");
      database.exec(readFile(fs::path(SCANLINE_GOLDEN) / "store/version-2.sql", 1 << 20));
      std::vector<int32_t> counts(kClasses * kClasses);
      counts[3] = 7;
      counts[1'000] = 1;
      counts[999'999] = 2;
      for (int step = 10; step < 10 + kProbes; ++step) {
        SQLite::Statement probe(
            database,
            "INSERT INTO probe SELECT run, ?, layer, accuracy, train_accuracy, loss, iterations, converged, "
            "?, time_ms, l2, joined, test_accuracy FROM probe WHERE step = 2");
        probe.bind(1, step);
        probe.bind(2, kClasses);
        probe.exec();
        SQLite::Statement confusion(database, "INSERT INTO confusion VALUES (1, ?, 1, ?)");
        confusion.bind(1, step);
        confusion.bind(2, counts.data(), static_cast<int>(counts.size() * sizeof(int32_t)));
        confusion.exec();
      }
    }
    QVERIFY(fs::file_size(file_) > 20'000'000);
    RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
    const auto probes = store.probes(*store.find("golden"), 2);
    QCOMPARE(probes.size(), size_t{kProbes});
    for (const ProbeResult& probe : probes)
      QCOMPARE(probe.confusion, (std::vector<ConfusionCell>{{0, 3, 7}, {1, 0, 1}, {999, 999, 2}}));
    QVERIFY(store.verify().empty());
    SQLite::Database database(file_.string());
    const auto pages = database.execAndGet("PRAGMA page_count").getInt64();
    QVERIFY2(pages * 8192 < 2'000'000, qPrintable(QString::number(pages)));
  }

  void laterStepsAreAppliedAndTheOldStoreIsKept() {
    SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(database, file_, std::span(kTwoSteps).first(1));
    QCOMPARE(database.execAndGet("PRAGMA user_version").getInt(), 1);
    backUp(database, file_, kTwoSteps);
    migrate(database, file_, kTwoSteps);
    QCOMPARE(database.execAndGet("SELECT x + y FROM a").getInt(), 8);
    SQLite::Database backup(file_.string() + ".version-1.backup");
    QCOMPARE(backup.execAndGet("PRAGMA user_version").getInt(), 1);
    QCOMPARE(backup.execAndGet("SELECT x FROM a").getInt(), 1);
    backUp(database, file_, kTwoSteps);
    migrate(database, file_, kTwoSteps);  // nothing to do
    QVERIFY(!fs::exists(file_.string() + ".version-2.backup"));
  }

  void aStepThatFailsLeavesTheStoreAsItWas() {
    constexpr std::array kBroken{kTwoSteps[0], kTwoSteps[1], Migration{3, "CREATE TABLE b (x); no SQL"}};
    SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(database, file_, std::span(kTwoSteps).first(1));
    QVERIFY_THROWS_EXCEPTION(SQLite::Exception, migrate(database, file_, kBroken));
    QCOMPARE(database.execAndGet("PRAGMA user_version").getInt(), 1);
    QVERIFY(!database.tableExists("b"));
    migrate(database, file_, kTwoSteps);
    QCOMPARE(database.execAndGet("PRAGMA user_version").getInt(), 2);
  }

  void aNewerStoreIsRefused() {
    RunStore(pathOf(*folder_), StoreMode::ReadWrite);
    {
      SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE);
      database.exec("PRAGMA user_version = 99");
    }
    for (const StoreMode mode : {StoreMode::ReadWrite, StoreMode::ReadOnly}) {
      const auto sentence = sentenceOf([&] { RunStore(pathOf(*folder_), mode); });
      QVERIFY2(sentence.find("newer version") != std::string::npos && sentence.find("99") != std::string::npos,
               sentence.c_str());
    }
    SQLite::Database database(file_.string());
    QCOMPARE(database.execAndGet("PRAGMA user_version").getInt(), 99);  // untouched
  }

  void foreignAndDamagedFilesAreRefused() {
    {
      SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      database.exec("CREATE TABLE addresses (name)");
    }
    auto sentence = sentenceOf([&] { RunStore(pathOf(*folder_), StoreMode::ReadWrite); });
    QVERIFY2(sentence.find("another program") != std::string::npos, sentence.c_str());
    writeFileAtomically(file_, std::string(5000, 'x'));
    sentence = sentenceOf([&] { RunStore(pathOf(*folder_), StoreMode::ReadWrite); });
    QVERIFY2(sentence.find("damaged") != std::string::npos, sentence.c_str());
    QCOMPARE(readFile(file_, 10000), std::string(5000, 'x'));
  }

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  fs::path file_;
};

QTEST_GUILESS_MAIN(MigrationsTest)
#include "migrations_test.moc"
