#include "core/run/fingerprint.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/error.h"
#include "tests/core/tokens/mapped_tokens.h"

using namespace scanline;

namespace {

RunData someData() {
  RunData data{.palette = Palette(std::vector<Colour>(16))};
  data.width = data.height = 2;
  data.train = {.count = 3, .length = 4, .ids = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, .labels = {0, 1, 0}};
  data.validation = {.count = 1, .length = 4, .ids = {3, 3, 3, 3}, .labels = {1}};
  return data;
}

std::string fingerprintOf(const RunData& data) {
  return examineData(data, Control()).fingerprint;
}

}  // namespace

class FingerprintTest : public QObject {
  Q_OBJECT
 private slots:
  void equalDataHaveEqualFingerprints() {
    const std::string print = fingerprintOf(someData());
    QCOMPARE(print.size(), size_t{64});
    QCOMPARE(fingerprintOf(someData()), print);
    RunData sized = someData();  // as data.side leaves the sets that hold nothing
    sized.test.length = 4;
    sized.trainImages.width = sized.trainImages.height = 2;
    QCOMPARE(fingerprintOf(sized), print);
  }

  void everyPartCounts() {
    const std::string print = fingerprintOf(someData());
    const auto with = [](auto&& change) {
      RunData data = someData();
      change(data);
      return fingerprintOf(data);
    };
    QVERIFY(with([](RunData& d) { d.train.ids[11] = 12; }) != print);
    QVERIFY(with([](RunData& d) { d.train.labels[2] = 1; }) != print);
    QVERIFY(with([](RunData& d) { std::swap(d.train.ids[0], d.train.ids[4]); }) != print);
    QVERIFY(with([](RunData& d) { d.validation.ids[0] = 2; }) != print);
    QVERIFY(with([](RunData& d) { d.test = d.validation; }) != print);
    QVERIFY(with([](RunData& d) { d.trainImages = {.count = 1, .width = 1, .height = 1, .rgb = {1, 2, 3}}; }) != print);
  }

  /// Also of sets that lie in files and are larger than one read. So nobody has to read them again.
  void theLargestTokenIsFound() {
    QCOMPARE(examineData(RunData{.palette = Palette(std::vector<Colour>(2))}, Control()).tokensBelow, 0);
    RunData data = someData();
    QCOMPARE(examineData(data, Control()).tokensBelow, 12);
    data.test = {.count = 60000, .length = 300};
    data.test.ids.assign(60000 * 300, 5);
    data.test.labels.assign(60000, 0);
    const QTemporaryDir folder;
    for (const size_t place : {size_t{17}, size_t{40000 * 300 + 7}, size_t{60000 * 300 - 1}}) {
      data.test.ids[place] = 15;
      RunData mapped = someData();
      mapped.test = mappedCopy(data.test, folder.filePath("ids").toStdString());
      QCOMPARE(examineData(data, Control()).tokensBelow, 16);
      const DataFacts facts = examineData(mapped, Control());
      QCOMPARE(facts.tokensBelow, 16);
      QCOMPARE(facts.fingerprint, fingerprintOf(data));
      mapped.tokensBelow = facts.tokensBelow;
      checkTokens(mapped, 16);
      QVERIFY_THROWS_EXCEPTION(Error, checkTokens(mapped, 15));
      data.test.ids[place] = 5;
    }
    data.test.ids.back() = 15;
    data.tokensBelow = 12;  // is believed
    checkTokens(data, 12);
  }

  void aStopIsNoticed() {
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, examineData(someData(), stop.get_token()));
  }

  void aMovedFolderIsTheSameDataAndAnotherCutIsNot() {
    RunSpec run;
    run.data.side = 32;
    RunSpec other = run;
    other.data.path = "/elsewhere";
    other.data.augment = Augment::Cifar;
    other.kind = RunKind::Finetune;
    other.optimizer.learningRate = 1e-4;
    QVERIFY(haveSameData(run, other));
    other.data.side = 16;
    QVERIFY(!haveSameData(run, other));
    other = run;
    other.seed = 2;  // which draws other validation images
    QVERIFY(!haveSameData(run, other));
    other = run;
    other.palette.size = 8;
    QVERIFY(!haveSameData(run, other));
    other.kind = RunKind::Probe;  // it takes the checkpoint's palette
    QVERIFY(haveSameData(run, other));
    run.data.side = 0;  // and the side that the run's images turned out to have
    QVERIFY(haveSameData(run, other));
    other.kind = run.kind;
    QVERIFY(!haveSameData(run, other));
  }
};

QTEST_APPLESS_MAIN(FingerprintTest)
#include "fingerprint_test.moc"
