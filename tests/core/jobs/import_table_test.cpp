// Tables that other programs wrote, and files that are no table.
#include <QTest>
#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/jobs/import.h"
#include "tests/support/broken_files.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// The runs' series by name, points as "step:value", for short comparisons.
std::string shown(const RunStore& store, RunId run) {
  std::string text;
  for (const SeriesSummary& each : store.summaries(run)) {
    text += each.name + "=";
    for (const Point& point : store.points(run, each.name, -1))
      text += std::to_string(point.step) + ":" + std::to_string(std::llround(point.value * 10)) + " ";
  }
  return text;
}

}  // namespace

class ImportTableTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  RunStore store_{folder_ / "workspace", StoreMode::ReadWrite};

  fs::path table(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

 private slots:
  void foreignTablesAreRead_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("numeric columns") << "a.csv"
                                     << "step,loss,note,lr\n1,2.5,good,0.1\n2,1.5,,0.2\n"
                                     << "optimizer/learningRate=1:1 2:2 train/loss=1:25 2:15 ";
    QTest::newRow("TensorBoard") << "run-simple-tag-val_loss.csv"
                                 << "Wall time,Step,Value\n1700000000.5,3,0.5\n1700000001.5,4,0.4\n"
                                 << "validation/loss=3:5 4:4 ";
    QTest::newRow("W&B") << "export.csv"
                         << "\"Step\",\"wise-owl-1 - train/loss\",\"wise-owl-1 - train/loss__MIN\",\"wise-owl-1 - "
                            "train/loss__MAX\"\n\"0\",\"2.5\",\"2\",\"3\"\n\"10\",\"1.5\",\"1\",\"2\"\n"
                         << "train/loss=0:25 10:15 ";
    QTest::newRow("long") << "b.csv"
                          << "tag,step,wall_time,value\na,1,0,1\nb,1,0,2\na,2,0,3\n"
                          << "a=1:10 2:30 b=1:20 ";
    QTest::newRow("steps out of order, twice") << "c.csv"
                                               << "step,a\n5,1\n1,2\n5,3\n"
                                               << "a=1:20 5:30 ";
    QTest::newRow("capital letters") << "e.csv"
                                     << "STEP,Train/Loss\n1,2.5\n"
                                     << "train/loss=1:25 ";
    QTest::newRow("two that mean the same") << "f.csv"
                                            << "step,loss,train_loss\n1,2.5,3\n"
                                            << "train/loss=1:25 train_loss=1:30 ";
    QTest::newRow("steps as decimals") << "d.csv"
                                       << "step,a\n1.0,1\n2e1,2\n2.5,3\n"
                                       << "a=1:10 20:20 ";
  }
  void foreignTablesAreRead() {
    QFETCH(const QString, file);
    QFETCH(const QString, text);
    QFETCH(const QString, expected);
    const auto result = importPath(store_, table(file.toStdString(), text.toStdString()));
    QCOMPARE(result.runs.size(), 1UL);
    QCOMPARE(QString::fromStdString(shown(store_, result.runs[0])), expected);
  }

  void wallTimesOfTensorBoardsTableAreKept() {
    const auto result = importPath(store_, table("run-a-tag-loss.csv", "Wall time,Step,Value\n1700000000.5,3,0.5\n"));
    QCOMPARE(store_.points(result.runs.at(0), series::kTrainLoss, -1).at(0).timeMs, 1'700'000'000'500);
  }

  void columnsOfSeveralRunsBecomeSeveralRuns() {
    const auto result = importPath(store_, table("runs.csv", "Step,b - loss,a - loss\n0,1,2\n"));
    QCOMPARE(result.runs.size(), 2UL);
    QCOMPARE(store_.run(result.runs[0]).name, std::string("a"));
    QCOMPARE(store_.points(result.runs[0], series::kTrainLoss, -1).at(0).value, 2.0);
    const auto named = importPath(store_, folder_ / "runs.csv", {.name = "all", .palette = {}, .settings = {}});
    QCOMPARE(store_.run(named.runs.at(1)).name, std::string("all/b"));
  }

  void tablesOfOtherCountriesAreRead_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("semicolons and decimal commas") << "step;loss\n0;1,5\n1;0,75\n";
    QTest::newRow("tabs") << "step\tloss\n0\t1.5\n1\t0.75\n";
    QTest::newRow("quoted decimal commas") << "step,loss\n0,\"1,5\"\n1,\"0,75\"\n";
    QTest::newRow("a separator that is named") << "sep=;\nstep;loss\n0;1.5\n1;0.75\n";
    QTest::newRow("tabs and decimal commas, steps too") << "step\tloss\n0,0\t1,5\n1,0\t0,75\n";
    QTest::newRow("long") << "tag;step;value\nloss;0;1,5\nloss;1;0,75\n";
  }
  void tablesOfOtherCountriesAreRead() {
    QFETCH(const QString, text);
    const auto result = importPath(store_, table("excel.csv", text.toStdString()));
    const auto points = store_.points(result.runs.at(0), series::kTrainLoss, -1);
    QCOMPARE(points.size(), 2UL);
    QVERIFY(points[0].step == 0 && points[0].value == 1.5 && points[1].step == 1 && points[1].value == 0.75);
    QVERIFY(result.warnings.empty());
  }

  void numbersAgainstTheTablesMarkAreCounted() {
    const auto result = importPath(store_, table("mixed.csv", "step;loss\n0;1,5\n1;0,75\n2;3.25\n"));
    QCOMPARE(store_.points(result.runs.at(0), series::kTrainLoss, -1).size(), 2UL);
    QVERIFY(result.warnings.size() == 1 && result.warnings[0].find("another decimal mark") != std::string::npos);
  }

  /// MLflow's download, and other long tables of several runs.
  void aColumnOfRunsMakesSeveralRuns_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("MLflow") << "run_id,key,value,step,timestamp\naaa,loss,1.0,0,1700000000000\naaa,loss,0.5,1,"
                               "1700000001000\nbbb,loss,2.0,0,1700000000000\nbbb,loss,1.5,1,1700000001000\n"
                            << "train/loss=0:10 1:5 "
                            << "train/loss=0:20 1:15 ";
    QTest::newRow("several keys") << "Run,Tag,Step,Value\naaa,val_loss,1,1\nbbb,lr,1,2\naaa,lr,1,3\n"
                                  << "optimizer/learningRate=1:30 validation/loss=1:10 "
                                  << "optimizer/learningRate=1:20 ";
    QTest::newRow("a column a series") << "run_name,step,loss,acc\nbbb,3,2,0.5\naaa,3,1,0.1\naaa,2,4,\n"
                                       << "acc=3:1 train/loss=2:40 3:10 "
                                       << "acc=3:5 train/loss=3:20 ";
  }
  void aColumnOfRunsMakesSeveralRuns() {
    QFETCH(const QString, text);
    QFETCH(const QString, first);
    QFETCH(const QString, second);
    const auto result = importPath(store_, table("mlflow.csv", text.toStdString()));
    QCOMPARE(result.runs.size(), 2UL);
    QVERIFY(result.warnings.empty());
    QCOMPARE(store_.run(result.runs[0]).name, std::string("aaa"));
    QCOMPARE(store_.run(result.runs[1]).name, std::string("bbb"));
    QCOMPARE(QString::fromStdString(shown(store_, result.runs[0])), first);
    QCOMPARE(QString::fromStdString(shown(store_, result.runs[1])), second);
  }

  void timesAreThoseOfTheTable_data() {
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("cell");
    QTest::addColumn<qlonglong>("timeMs");
    QTest::newRow("seconds") << "timestamp"
                             << "1700000000.25" << 1'700'000'000'250LL;
    QTest::newRow("milliseconds") << "timestamp"
                                  << "1700000000250" << 1'700'000'000'250LL;
    QTest::newRow("microseconds") << "_timestamp"
                                  << "1700000000250000" << 1'700'000'000'250LL;
    QTest::newRow("nanoseconds") << "wall_time"
                                 << "1700000000250000000" << 1'700'000'000'250LL;
    QTest::newRow("our own") << "time_ms"
                             << "1700000000250" << 1'700'000'000'250LL;
    QTest::newRow("a date") << "timestamp"
                            << "2023-11-14 22:13:20" << 1'700'000'000'000LL;
    QTest::newRow("a date with its zone") << "datetime"
                                          << "2023-11-14T23:13:20.25+01:00" << 1'700'000'000'250LL;
    QTest::newRow("of Greenwich") << "Timestamp"
                                  << "2023-11-14T22:13:20Z" << 1'700'000'000'000LL;
    QTest::newRow("a day") << "date"
                           << "2023-11-14" << 1'699'920'000'000LL;
  }
  void timesAreThoseOfTheTable() {
    QFETCH(const QString, column);
    QFETCH(const QString, cell);
    QFETCH(const qlonglong, timeMs);
    const auto text = QString("step,a,%1\n1,2,%2\n").arg(column, cell).toStdString();
    const RunId run = importPath(store_, table("times.csv", text)).runs.at(0);
    QCOMPARE(store_.points(run, "a", -1).at(0).timeMs, timeMs);
    QCOMPARE(store_.run(run).startedMs, timeMs);
  }

  void whatIsNoTimeIsNow_data() {
    QTest::addColumn<QString>("cell");
    for (const char* cell : {"", "soon", "2023-13-01", "2023-02-30", "2023", "23-11-14", "-5", "nan", "inf", "1e300"})
      QTest::newRow(cell) << cell;
  }
  void whatIsNoTimeIsNow() {
    QFETCH(const QString, cell);
    const auto text = QString("step,a,timestamp\n1,2,%1\n").arg(cell).toStdString();
    const RunId run = importPath(store_, table("times.csv", text)).runs.at(0);
    QVERIFY(store_.points(run, "a", -1).at(0).timeMs > 1'700'000'000'000);
  }

  /// Of several points at one step the last is kept, and the others are not dropped without a word.
  void pointsAtOneStepAreCounted() {
    const auto result = importPath(store_, table("twice.csv", "step,a\n5,1\n1,2\n5,3\n5,4\n"));
    QCOMPARE(shown(store_, result.runs.at(0)), std::string("a=1:20 5:40 "));
    QCOMPARE(result.warnings, std::vector<std::string>{"2 points were left out: later rows have the same step."});
  }

  void aTableIsOfThePartThatItsNameSays() {
    const auto one = importPath(store_, table("run-loss_val-tag-loss.csv", "Step,Value\n1,2\n"));
    QCOMPARE(shown(store_, one.runs.at(0)), std::string("validation/loss=1:20 "));
    const auto two = importPath(store_, table("w.csv", "Step,eval - loss,wise-owl - loss\n1,2,3\n"));
    QCOMPARE(shown(store_, two.runs.at(0)), std::string("validation/loss=1:20 "));
    QCOMPARE(shown(store_, two.runs.at(1)), std::string("train/loss=1:30 "));
  }

  void aRunEndsAtItsLastStepInWhateverOrderTheyCome() {
    const auto result = importPath(store_, table("order.csv", "step,a\n7,1\n2,2\n"));
    QCOMPARE(store_.run(result.runs.at(0)).step, 7);
  }

  void rowsThatAreNoneAreCounted() {
    const auto result = importPath(store_, table("bad.csv", "step,a\n1,1\nx,2\n3\n-1,2\n4x,2\n1.5,2\n1e300,2\n2,3y\n"));
    QCOMPARE(result.warnings.size(), 1UL);
    QVERIFY2(result.warnings[0].find("6 rows") != std::string::npos, result.warnings[0].c_str());
    QCOMPARE(shown(store_, result.runs.at(0)), std::string("a=1:10 "));
  }

  void whatIsNoRunIsRefusedAndLeavesNone_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no steps") << "e.csv"
                              << "a,b\n1,2\n"
                              << "no column of steps";
    QTest::newRow("no numbers") << "f.csv"
                                << "step,b\n1,x\n"
                                << "no column of numbers";
    QTest::newRow("nothing") << "g.csv"
                             << ""
                             << "is empty";
    QTest::newRow("open quote") << "h.csv"
                                << "step,b\n1,\"2\n"
                                << "the quote of line 2 does not end";
    QTest::newRow("foreign JSON") << "i.json"
                                  << "{}"
                                  << "it has no key scanlineRun";
    QTest::newRow("no JSON") << "j.json"
                             << "<html>"
                             << "is not valid JSON";
    QTest::newRow("newer") << "k.json"
                           << "{\"scanlineRun\": 3}"
                           << "a newer version wrote it";
    QTest::newRow("incomplete") << "l.json"
                                << "{\"scanlineRun\": 1, \"spec\": \"\", \"name\": \"x\"}"
                                << "is no run that Scanline exported";
  }
  void whatIsNoRunIsRefusedAndLeavesNone() {
    QFETCH(const QString, file);
    QFETCH(const QString, text);
    QFETCH(const QString, sentence);
    const auto before = store_.runs().size();
    try {
      importPath(store_, table(file.toStdString(), text.toStdString()));
      QFAIL("it was imported");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(sentence), error.what());
      QVERIFY2(std::string_view(error.what()).find(file.toStdString()) != std::string_view::npos, error.what());
    }
    QCOMPARE(store_.runs().size(), before);
  }

  void brokenTablesAreRefusedByName() {
    const auto broken = brokenFiles("csv/");
    QVERIFY(!broken.empty());
    for (const BrokenFile& each : broken) {
      try {
        importPath(store_, each.file);
        QFAIL("a table without steps was imported");
      } catch (const Error& error) {
        QVERIFY2(std::string_view(error.what()).find(each.file.filename().string()) != std::string_view::npos,
                 error.what());
      }
    }
  }
};

QTEST_APPLESS_MAIN(ImportTableTest)
#include "import_table_test.moc"
