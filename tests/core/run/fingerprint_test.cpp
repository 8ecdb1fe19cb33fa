#include "core/run/fingerprint.h"

#include <QTest>

using namespace scanline;

namespace {

RunData someData() {
  RunData data{.palette = Palette(std::vector<Colour>(16))};
  data.width = data.height = 2;
  data.train = {.count = 3, .length = 4, .ids = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, .labels = {0, 1, 0}};
  data.validation = {.count = 1, .length = 4, .ids = {3, 3, 3, 3}, .labels = {1}};
  return data;
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
