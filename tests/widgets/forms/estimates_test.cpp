#include "widgets/forms/estimates.h"

#include <QTest>

#include "core/spec/presets.h"

using namespace scanline;

class EstimatesTest : public QObject {
  Q_OBJECT
 private slots:
  void flopsOfAStepByHand() {
    // P = 100, n = 4, B = 2, L = 3, D = 5: 6*100*2*4 + 6*3*5*16*2
    QCOMPARE(flopsPerStep({.layers = 3, .width = 5}, 100, 4, 2), 4800.0 + 2880.0);
  }

  void memoryByHand() {
    RunSpec spec{.palette = {.size = 7}, .model = {.layers = 3, .width = 5}};
    spec.train.precision = Precision::Fp32;
    // 16 P + L b n (16 D + 4) * 4 + 3 b n V * 4 + library, b n = 8
    const int64_t expected = 1600 + 3 * 8 * 84 * 4 + 3 * 8 * 7 * 4 + 120'000'000;
    QCOMPARE(memoryBytes(spec, 100, 4, 2, 7), expected);
    spec.train.precision = Precision::Bf16;
    QCOMPARE(memoryBytes(spec, 100, 4, 2, 7), expected - 3 * 8 * 84 * 2);
  }

  void quickStartAddsUp() {
    const auto& spec = preset("quick-start").spec;
    const auto estimate = estimateRun(spec, {.imageSide = 8, .trainImages = 1797, .gflops = 100});
    QCOMPARE(estimate.positions, std::optional<int64_t>(64));
    QCOMPARE(estimate.tokensPerStep, std::optional<int64_t>(4096));
    QCOMPARE(estimate.parameters, parameterCount(spec.model, spec.palette.size, 64));
    QCOMPARE(estimate.trainImages, std::optional<int64_t>(1617));
    QCOMPARE(estimate.warmupSteps, std::optional<int64_t>(25));
    const auto steps = static_cast<double>(spec.train.steps);
    QVERIFY(std::abs(*estimate.epochs - steps * 64 / 1617) < 1e-12);
    const double training = steps * *estimate.flopsPerStep / 100e9 * 1000;
    QVERIFY(static_cast<double>(*estimate.milliseconds) > training);
    QVERIFY(static_cast<double>(*estimate.milliseconds) < 1.2 * training);
  }

  void twiceTheSpeedIsHalfTheTime() {
    const auto& spec = preset("quick-start").spec;
    const auto slow = estimateRun(spec, {8, 1797, 50}), fast = estimateRun(spec, {8, 1797, 100});
    QVERIFY(std::abs(*slow.milliseconds - 2 * *fast.milliseconds) <= 2);
  }

  void unknownStaysUnknown() {
    const auto& spec = preset("igpt-s").spec;
    const auto estimate = estimateRun(spec, {});
    QVERIFY(estimate.positions == 1024);  // the side is given
    QVERIFY(!estimate.milliseconds && !estimate.epochs && !estimate.warmupSteps);
    RunSpec unsized = spec;
    unsized.data.side = 0;
    QVERIFY(!estimateRun(unsized, {}).memoryBytes);
  }

  void imagesOfTheSetGiveWayToTheWishedSide() {
    RunSpec spec = preset("cifar10-small").spec;
    QCOMPARE(estimateRun(spec, {32, 50000, 0}).positions, std::optional<int64_t>(256));
    spec.data.side = 0;
    QCOMPARE(estimateRun(spec, {32, 50000, 0}).positions, std::optional<int64_t>(1024));
  }

  void limitCutsTheImages() {
    RunSpec spec = preset("cifar10-small").spec;
    spec.data.limit = 1000;
    QCOMPARE(estimateRun(spec, {32, 50000, 0}).trainImages, std::optional<int64_t>(900));
  }

  void microBatchFillsAFifthOfASecond() {
    RunSpec spec;
    spec.train.batchSize = 64;
    QCOMPARE(expectedMicroBatch(spec, 2e9, 100), int64_t{10});
    QCOMPARE(expectedMicroBatch(spec, 1e6, 100), int64_t{64});
    QCOMPARE(expectedMicroBatch(spec, 1e15, 100), int64_t{1});
    spec.train.microBatch = 16;
    QCOMPARE(expectedMicroBatch(spec, 2e9, 100), int64_t{16});
  }

  /// Each thread has a slice and its gradients; a VQ-VAE has no slices.
  void slicesTakeMemoryForEachThread() {
    RunSpec spec;
    spec.threads = 2;
    const auto whole = memoryBytes(spec, 1'000'000, 64, 8, 512);
    spec.train.slices = 4;
    const auto cut = memoryBytes(spec, 1'000'000, 64, 8, 512);
    QVERIFY(cut > whole + 4 * 4'000'000);
    spec.threads = 1;
    const auto one = memoryBytes(spec, 1'000'000, 64, 8, 512);
    QVERIFY(one < cut);
    spec.kind = RunKind::Vqvae;
    spec.threads = 2;  // it computes them one after the other
    QCOMPARE(memoryBytes(spec, 1'000'000, 64, 8, 512), one);
  }

  void aSearchTakesAsLongAsAllItsRates() {
    RunSpec spec;
    const EstimateBasis basis{8, 1797, 100};
    const auto once = *estimateRun(spec, basis).milliseconds;
    spec.search.rates = "0.01, 0.003, 0.001";
    QVERIFY(std::abs(*estimateRun(spec, basis).milliseconds - 3 * once) <= 3);
  }

  /// A fork of step 800 of 1,600 has half of the work before it.
  void stepsThatAreDoneCostNothing() {
    RunSpec spec;
    spec.train.steps = 1600;
    const auto all = *estimateRun(spec, {8, 1797, 100}).milliseconds;
    const auto rest = *estimateRun(spec, {8, 1797, 100, 800}).milliseconds;
    QVERIFY(std::abs(2 * rest - all) <= 2);
    QVERIFY(*estimateRun(spec, {8, 1797, 100, 1600}).milliseconds < all / 10);
    QVERIFY(*estimateRun(spec, {8, 1797, 100, 2000}).milliseconds >= 0);
  }

  /// A picture of 32 x 32 pixels has 64 codes or 256 of them, by the VQ-VAE's stride, but never 1,024.
  void codesAreNotCountedAsPixels() {
    RunSpec spec;
    spec.palette.vqvae = "coder";
    const auto estimate = estimateRun(spec, {32, 50000, 100});
    QVERIFY(!estimate.positions && !estimate.tokensPerStep && !estimate.memoryBytes && !estimate.milliseconds);
    QVERIFY(estimate.epochs);
    RunSpec small = spec;
    small.model = {.layers = 2, .width = 32, .heads = 2};
    small.train.batchSize = 32;
    const EstimateBasis known{.imageSide = 32, .trainImages = 50000, .gflops = 100, .codesSide = 8, .codes = 512};
    const auto ofCodes = estimateRun(small, known);
    QCOMPARE(ofCodes.tokensPerStep, std::optional<int64_t>(2048));
    QCOMPARE(ofCodes.parameters, parameterCount(small.model, 512, 64));
    QVERIFY(ofCodes.milliseconds);
  }

  /// Between the fastest and the slowest that was measured.
  void timeIsARange() {
    const EstimateBasis basis{.imageSide = 8, .trainImages = 1797, .gflops = 50, .fastestGflops = 100};
    const auto estimate = estimateRun({}, basis);
    QVERIFY(std::abs(*estimate.milliseconds - 2 * *estimate.leastMilliseconds) <= 2);
    QCOMPARE(*estimateRun({}, {8, 1797, 50}).leastMilliseconds, *estimateRun({}, {8, 1797, 50}).milliseconds);
  }

  void imagesThatAreKnownAreNotGuessed() {
    const auto estimate = estimateRun({}, {.imageSide = 8, .trainImages = 1797, .trainedOn = 1800});
    QCOMPARE(estimate.trainImages, std::optional<int64_t>(1800));
  }

  void aProbeTrainsNothing() {
    RunSpec spec;
    spec.kind = RunKind::Probe;
    const RunEstimate probe = estimateRun(spec, {8, 1797, 100});
    QVERIFY(!probe.epochs && !probe.warmupSteps && !probe.tokensPerStep && !probe.memoryBytes);
    spec.train.steps *= 10;
    QCOMPARE(estimateRun(spec, {8, 1797, 100}).milliseconds, probe.milliseconds);
  }
};

QTEST_APPLESS_MAIN(EstimatesTest)
#include "estimates_test.moc"
