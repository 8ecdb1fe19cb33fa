#include <QTest>
#include <set>

#include "core/base/error.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class SweepTest : public QObject {
  Q_OBJECT
 private slots:
  void listsAndRangesBecomeValues_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("values");  // joined by |
    QTest::newRow("one") << "0.003"
                         << "0.003";
    QTest::newRow("empty") << ""
                           << "";
    QTest::newRow("list") << "1e-3, 3e-3"
                          << "1e-3|3e-3";
    QTest::newRow("names") << "digits,mnist"
                           << "digits|mnist";
    QTest::newRow("range") << "1..4"
                           << "1|2|3|4";
    QTest::newRow("spaced") << " 1 .. 3 "
                            << "1|2|3";
    QTest::newRow("step") << "64..256 step 64"
                          << "64|128|192|256";
    QTest::newRow("step past the end") << "1..6 step 2"
                                       << "1|3|5";
    QTest::newRow("down") << "4..1 step -1"
                          << "4|3|2|1";
    QTest::newRow("single") << "5..5"
                            << "5";
    QTest::newRow("fractions") << "0.1..0.5 step 0.1"
                               << "0.1|0.2|0.3|0.4|0.5";
    QTest::newRow("exponents") << "1e-3..3e-3 step 1e-3"
                               << "0.001|0.002|0.003";
    QTest::newRow("mixed") << "1..3, 8"
                           << "1|2|3|8";
    QTest::newRow("path") << "../images"
                          << "../images";
    QTest::newRow("large") << "4000000000..4000000001"
                           << "4000000000|4000000001";
  }
  void listsAndRangesBecomeValues() {
    QFETCH(QString, text);
    QStringList found;
    for (const std::string& value : expandValues(text.toStdString())) found << QString::fromStdString(value);
    QTEST(found.join('|'), "values");
  }

  void numbersWithCommasAreNoLists_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("meant");
    QTest::newRow("decimal comma") << "optimizer.weightDecay"
                                   << "0,05"
                                   << "0.05";
    QTest::newRow("decimal comma above one") << "sample.temperature"
                                             << "1,5"
                                             << "1.5";
    QTest::newRow("with an exponent") << "optimizer.learningRate"
                                      << "2,5e-3"
                                      << "2.5e-3";
    QTest::newRow("thousands") << "probe.every"
                               << "1,000"
                               << "1000";
    QTest::newRow("millions") << "train.steps"
                              << "1,000,000"
                              << "1000000";
    QTest::newRow("could be a list, too") << "model.width"
                                          << "64,128,256"
                                          << "64128256";
    QTest::newRow("thousands of a fraction") << "probe.l2"
                                             << "1,000.5"
                                             << "1000.5";
  }
  void numbersWithCommasAreNoLists() {
    QFETCH(QString, key);
    QFETCH(QString, text);
    QFETCH(QString, meant);
    try {
      fieldValues(key.toStdString(), text.toStdString());
      QFAIL("taken for a list");
    } catch (const Error& error) {
      const QString sentence = error.what();
      QVERIFY2(sentence.contains("Did you mean " + meant + "?"), error.what());
      QVERIFY2(sentence.contains(key), error.what());
    }
  }

  void listsStayLists_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("count");
    QTest::newRow("blank") << "optimizer.weightDecay"
                           << "0, 05" << 2;
    QTest::newRow("exponents") << "optimizer.learningRate"
                               << "1e-3,3e-3" << 2;
    QTest::newRow("points") << "optimizer.learningRate"
                            << "0.1,0.2" << 2;
    QTest::newRow("whole numbers") << "model.layers"
                                   << "4,8" << 2;
    QTest::newRow("three") << "model.width"
                           << "8,16,32" << 3;
    QTest::newRow("blank before thousands") << "train.steps"
                                            << "1, 000" << 2;
    QTest::newRow("names") << "data.name"
                           << "digits,mnist" << 2;
    QTest::newRow("a path is a text") << "data.path"
                                      << "/a,b" << 1;
  }
  void listsStayLists() {
    QFETCH(QString, key);
    QFETCH(QString, text);
    QTEST(static_cast<int>(fieldValues(key.toStdString(), text.toStdString()).size()), "count");
  }

  void textsOfNumbersKnowTheCommaToo() {
    QVERIFY_EXCEPTION_THROWN(numberList("probe.l2Values", "0,05"), Error);
    QVERIFY_EXCEPTION_THROWN(numberList("search.rates", "0,003"), Error);
    QCOMPARE(numberList("lowdata.labels", "4,25", true), (std::vector<double>{4, 25}));
    QVERIFY_EXCEPTION_THROWN(numberList("lowdata.labels", "1,000", true), Error);
  }

  void malformedRangesAreRefused_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("part");
    QTest::newRow("no end") << "1.."
                            << "cannot be read";
    QTest::newRow("no number") << "1..x"
                               << "cannot be read";
    QTest::newRow("no step") << "1..4 step"
                             << "cannot be read";
    QTest::newRow("backwards") << "4..1"
                               << "never ends";
    QTest::newRow("zero step") << "1..4 step 0"
                               << "never ends";
    QTest::newRow("wrong way") << "1..4 step -1"
                               << "never ends";
    QTest::newRow("fractions without step") << "0.1..0.5"
                                            << "has no step";
    QTest::newRow("too many") << "1..1001"
                              << "more than 1000";
    QTest::newRow("far too many") << "0..9000000000000000"
                                  << "more than 1000";
    QTest::newRow("many small lists") << "1..600, 1..600"
                                      << "more than 1000";
    QTest::newRow("infinite") << "1..inf"
                              << "cannot be read";
    QTest::newRow("empty place") << "1,,2"
                                 << "empty place";
    QTest::newRow("ends in comma") << "1,"
                                   << "empty place";
  }
  void malformedRangesAreRefused() {
    QFETCH(QString, text);
    QFETCH(QString, part);
    try {
      expandValues(text.toStdString());
      QFAIL("nothing was thrown");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(part), error.what());
    }
  }

  void aSweepHoldsEveryCombination() {
    const auto runs = expandSweep({.name = "base"}, {{"model.layers", {"2", "4"}}, {"seed", {"1", "2", "3"}}});
    QCOMPARE(runs.size(), size_t{6});
    QCOMPARE(runs[0].name, std::string("layers 2, seed 1, base"));
    QCOMPARE(runs[1].name, std::string("layers 2, seed 2, base"));
    QCOMPARE(runs[3].name, std::string("layers 4, seed 1, base"));
    std::set<std::pair<int64_t, uint64_t>> seen;
    for (const RunSpec& run : runs) seen.emplace(run.model.layers, run.seed);
    QCOMPARE(seen.size(), size_t{6});
  }

  /// Lists cut names off at their ends, so the value that tells the runs apart comes first.
  void namesBeginWithWhatDiffers() {
    const auto named = [](const char* key, const char* value) {
      return QString::fromStdString(settingWords(key, value));
    };
    QCOMPARE(named("optimizer.learningRate", "1e-3"), QString("lr 1e-3"));
    QCOMPARE(named("train.batchSize", "32"), QString("batch size 32"));
    QCOMPARE(named("train.precision", "bf16"), QString("precision bf16"));
    const auto runs = expandSweep({.name = "quick start"}, {{"optimizer.learningRate", {"1e-3", "3e-3"}}});
    QCOMPARE(runs[1].name, std::string("lr 3e-3, quick start"));
  }

  /// 5e-3, 0.005 would train the same run twice.
  void valuesThatMeanTheSameMakeOneRun() {
    const auto runs = expandSweep({.name = "base"}, {{"optimizer.learningRate", {"5e-3", "0.005", "1e-2", "5e-3"}}});
    QCOMPARE(runs.size(), size_t{2});
    QCOMPARE(runs[0].name, std::string("lr 5e-3, base"));
    std::vector<std::string> repeated;
    QCOMPARE(distinctValues("optimizer.learningRate", {"5e-3", "0.005", "1e-2", "5e-3"}, &repeated),
             (std::vector<std::string>{"5e-3", "1e-2"}));
    QCOMPARE(repeated, (std::vector<std::string>{"0.005", "5e-3"}));
    QCOMPARE(expandSweep({.name = "base"}, {{"seed", {"1", "1"}}}).front().name, std::string("base"));
  }

  void textsAreNeverSwept() {
    for (const char* key : {"name", "data.path", "probe.l2Values", "search.rates", "lowdata.labels"})
      QVERIFY(!isSweepable(key));
    for (const char* key : {"data.name", "model.layers", "model.objective", "seed"}) QVERIFY(isSweepable(key));
  }

  void listsOfNumbersAreReadInTheirOrder() {
    QCOMPARE(numberList("search.rates", "0.01, 3e-3,1"), (std::vector<double>{0.01, 0.003, 1}));
    for (const char* text : {"", "0.01,", "x", "1 2", "nan"})
      QVERIFY_EXCEPTION_THROWN(numberList("search.rates", text), Error);
  }

  void noAxisIsOneRun() {
    const auto runs = expandSweep({.name = "base"}, {});
    QCOMPARE(runs.size(), size_t{1});
    QCOMPARE(runs[0].name, std::string("base"));
  }

  void badSweepsAreRefused() {
    const std::vector<std::string> fifty = expandValues("1..50");
    QVERIFY_EXCEPTION_THROWN(expandSweep({}, {{"seed", fifty}, {"train.steps", fifty}}), Error);
    QVERIFY_EXCEPTION_THROWN(expandSweep({}, {{"seed", {}}}), Error);
    QVERIFY_EXCEPTION_THROWN(expandSweep({}, {{"sede", {"1"}}}), Error);
    QVERIFY_EXCEPTION_THROWN(expandSweep({}, {{"seed", {"1", "-1"}}}), Error);
  }
};

QTEST_APPLESS_MAIN(SweepTest)
#include "sweep_test.moc"
