#include "app/run_results.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>

using namespace scanline;

class RunResultsTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    spec_ = {};
    details_ = {};
    points_.clear();
    probes_.clear();
    lowData_.clear();
  }

  void aFineTuneIsJudgedByItsBestValidationAndItsTest() {
    spec_.kind = RunKind::Finetune;
    points_["validation/accuracy"] = {{50, 0.5}, {100, 0.917}, {150, 0.9}};
    points_["test/accuracy"] = {{150, 0.883}};
    const auto rows = rowsNow();
    QCOMPARE(rows[0].name, QStringLiteral("Best validation accuracy"));
    QCOMPARE(rows[0].value, QStringLiteral("91.7 %"));
    QCOMPARE(rows[0].detail, QStringLiteral("at step 100"));
    QCOMPARE(rows[1].name, QStringLiteral("Test accuracy"));
    QCOMPARE(rows[1].value, QStringLiteral("88.3 %"));
  }

  void aProbeJobNamesLayerPenaltyAndTest() {
    spec_.kind = RunKind::Probe;
    probes_ = {{.layer = 0, .accuracy = 0.4},
               {.layer = 2, .accuracy = 0.9, .l2 = 1e-3, .joined = 3, .testAccuracy = 0.87},
               {.layer = 4, .accuracy = 0.7}};
    const auto rows = rowsNow();
    QCOMPARE(valueOf(rows, "Best layer"), QStringLiteral("2"));
    QCOMPARE(rows[0].detail, QStringLiteral("of 4"));
    QCOMPARE(valueOf(rows, "Its probe on test images"), QStringLiteral("87.0 %"));
    QCOMPARE(valueOf(rows, "L2 penalty"), QStringLiteral("1e-3"));
    QCOMPARE(valueOf(rows, "Layers joined"), QStringLiteral("3"));
  }

  /// 1.452 nats of a grey pixel are 1.452 / ln 2 = 2.095 bits; of three channels 0.698 each.
  void bitsPerDimensionCountTheChannelsOfThePictures() {
    points_["validation/loss"] = {{800, 1.452}};
    details_.prepared.palette = {{-1, -1, -1}, {0.2F, 0.2F, 0.2F}, {1, 1, 1}};
    QVERIFY2(rowsNow()[0].detail.contains(QStringLiteral("2.095 bits/dim")), qPrintable(rowsNow()[0].detail));
    details_.prepared.palette[1] = {0.2F, 0.2F, 0.2F + 1e-5F};  // as a mean of greys may come out
    QVERIFY(rowsNow()[0].detail.contains(QStringLiteral("2.095 bits/dim")));
    details_.prepared.palette[1] = {0.2F, 0.2F, 0.3F};
    QVERIFY2(rowsNow()[0].detail.contains(QStringLiteral("0.698 bits/dim")), qPrintable(rowsNow()[0].detail));
  }

  void bitsPerDimensionStandWhereTheyMeanSomething() {
    points_["validation/loss"] = points_["test/loss"] = {{800, 0.616}};
    const auto says = [this](const char* words) {
      return std::ranges::any_of(rowsNow(), [words](const auto& row) { return row.detail.contains(QString(words)); });
    };
    QVERIFY(!says("bits/dim"));  // nobody knows the palette yet
    details_.prepared.palette = {{-1, -1, -1}, {1, 0, 1}};
    QVERIFY(says("bits/dim"));
    spec_.model.objective = Objective::Bert;  // the loss of masked pixels is no likelihood of a picture
    QVERIFY(says("nats per masked pixel") && !says("bits/dim"));
    spec_ = {};
    spec_.kind = RunKind::Vqvae;
    QVERIFY(says("mean squared error") && !says("bits/dim"));
    spec_ = {};
    details_.summary.kind = RunKind::Curves;  // of another program: no model, and no unit
    QVERIFY(!says("bits/dim") && !says("nats"));
    details_.summary.kind = RunKind::Pretrain;
    QVERIFY(says("nats per pixel") && says("bits/dim"));
  }

  void lossesOfPixelsHaveBitsAndThoseOfCodesHaveNot() {
    points_["validation/loss"] = {{50, std::nan("")}, {100, 1.5}, {150, 1.4}};
    details_.prepared.palette = {{-1, -1, -1}, {1, 0, 1}};
    points_["test/loss"] = {{150, 1.45}};
    QVERIFY(rowsNow()[0].detail.contains(QStringLiteral("nats per pixel")) &&
            rowsNow()[0].detail.contains(QStringLiteral("bits/dim")));
    QCOMPARE(rowsNow()[0].value, QStringLiteral("1.400"));
    QCOMPARE(valueOf(rowsNow(), "Test loss"), QStringLiteral("1.450"));
    spec_.palette.vqvae = "codes";
    QVERIFY(rowsNow()[0].detail.contains(QStringLiteral("nats per code")) &&
            !rowsNow()[0].detail.contains(QStringLiteral("bits/dim")));
    spec_ = {};
    spec_.kind = RunKind::Finetune;
    spec_.finetune.loss = FinetuneLoss::Classification;
    QVERIFY(rowsNow()[0].detail.contains(QStringLiteral("nats per image")) &&
            !rowsNow()[0].detail.contains(QStringLiteral("bits/dim")));
  }

  void lowDataIsMeanAndDeviation() {
    spec_.kind = RunKind::LowData;
    details_.prepared.classNames.resize(10);
    lowData_ = {{4, 0, 2, 0.5, 1}, {4, 1, 2, 0.7, 1}, {25, 0, 1, 0.8, 1}};
    const auto rows = rowsNow();
    QCOMPARE(valueOf(rows, "4 labels of each class"), QStringLiteral("60.0 ± 14.1 %"));
    QCOMPARE(rows[0].detail, QStringLiteral("40 in all · 2 subsets · layer 2"));
    QCOMPARE(rows[1].detail, QStringLiteral("250 in all · one subset · layer 1"));
    QCOMPARE(valueOf(rows, "25 labels of each class"), QStringLiteral("80.0 %"));
    QCOMPARE(valueOf(rows, "Scored on"), QStringLiteral("validation images"));
    details_.prepared.testImages = 10000;
    QCOMPARE(valueOf(rowsNow(), "Scored on"), QStringLiteral("test images"));
  }

  void aVqvaeIsJudgedByItsReconstructions() {
    spec_.kind = RunKind::Vqvae;
    spec_.vqvae.codes = 64;
    points_["vqvae/psnr"] = {{100, 18.0}, {200, 21.34}};
    points_["vqvae/usedCodes"] = {{200, 61}};
    QCOMPARE(valueOf(rowsNow(), "Signal-to-noise ratio"), QStringLiteral("21.3 dB"));
    QCOMPARE(valueOf(rowsNow(), "Codes in use"), QStringLiteral("61"));
  }

  void nothingMeasuredIsNoRow() {
    for (const auto kind : {RunKind::Pretrain, RunKind::Probe, RunKind::Finetune, RunKind::LowData, RunKind::Vqvae}) {
      spec_.kind = kind;
      QVERIFY(rowsNow().empty());
    }
  }

  void trialsAreMatchedByTheirNumber() {
    points_["search/learningRate"] = {{1, 0.01}, {2, 0.003}};
    points_["search/loss"] = {{1, std::numeric_limits<double>::infinity()}};
    const auto trials = searchTrials(points_);
    QCOMPARE(trials.size(), size_t{2});
    QVERIFY(std::isinf(*trials[0].loss));
    QCOMPARE(trials[1].rate, 0.003);
    QVERIFY(!trials[1].loss);
  }

 private:
  std::vector<ResultRow> rowsNow() const { return resultRows({details_, spec_, points_, probes_, lowData_}); }
  static QString valueOf(const std::vector<ResultRow>& rows, const char* name) {
    for (const ResultRow& row : rows)
      if (row.name == QLatin1String(name)) return row.value;
    return {};
  }

  RunSpec spec_;
  RunDetails details_;
  std::map<std::string, std::vector<Point>> points_;
  std::vector<ProbeResult> probes_;
  std::vector<LowDataResult> lowData_;
};

QTEST_GUILESS_MAIN(RunResultsTest)
#include "run_results_test.moc"
