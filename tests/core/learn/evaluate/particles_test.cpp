#include "core/learn/evaluate/particles.h"

#include <QTest>
#include <cmath>
#include <map>

using namespace scanline;

class ParticlesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equalWeightsCountAllOneWeightCountsOne() {
    Particles equal(8), one(8);
    QCOMPARE(equal.effectiveShare(), 1.0);
    equal.weigh(std::vector<double>(8, 700));
    QVERIFY(std::abs(equal.effectiveShare() - 1) < 1e-12);
    std::vector<double> nats(8, 900);
    nats[3] = 0;
    one.weigh(nats);
    QVERIFY(std::abs(one.effectiveShare() - 1.0 / 8) < 1e-12);
    QCOMPARE(one.heaviest(), 3);
    QCOMPARE(one.choose(0), 3);
    QCOMPARE(one.choose(0.999), 3);
  }

  void theEffectiveShareIsThatOfItsFormula() {
    Particles particles(4);
    const std::vector<double> weights{1, 2, 3, 6};
    std::vector<double> nats;
    for (const double weight : weights) nats.push_back(-std::log(weight) + 50);
    particles.weigh(nats);
    QVERIFY(std::abs(particles.effectiveShare() - 144.0 / 50 / 4) < 1e-12);
    QVERIFY(std::abs(particles.logEvidence() - (std::log(3) - 50)) < 1e-12);
  }

  /// Each particle gets floor or ceil of its share of the places, and keeps its own; in the mean its share.
  void resamplingFollowsTheWeights() {
    const std::vector<double> weights{0.5, 0, 3.2, 0.1, 0.4, 3.8};
    std::vector<double> nats, mean(6);
    for (const double weight : weights) nats.push_back(-std::log(std::max(weight, 1e-300)));
    constexpr int kTimes = 1000;
    for (int time = 0; time < kTimes; ++time) {
      Particles particles(6);
      particles.weigh(nats);
      const double before = particles.logEvidence();
      const auto sources = particles.resample((time + 0.5) / kTimes);
      std::map<int32_t, int> places;
      for (size_t i = 0; i < 6; ++i) ++places[sources[i]];
      for (const auto& [source, count] : places) {
        const double expected = 6 * weights[static_cast<size_t>(source)] / 8;
        QVERIFY(count >= std::floor(expected) && count <= std::ceil(expected));
        QCOMPARE(sources[static_cast<size_t>(source)], source);
        mean[static_cast<size_t>(source)] += double{static_cast<double>(count)} / kTimes;
      }
      QCOMPARE(particles.effectiveShare(), 1.0);
      QVERIFY(std::abs(particles.logEvidence() - before) < 1e-12);
    }
    for (size_t i = 0; i < 6; ++i) QVERIFY(std::abs(mean[i] - 6 * weights[i] / 8) < 2e-3);
  }

  void choosesByWeight() {
    Particles particles(3);
    particles.weigh(std::vector<double>{-std::log(0.2), -std::log(0.5), -std::log(0.3)});
    QCOMPARE(particles.choose(0.1), 0);
    QCOMPARE(particles.choose(0.3), 1);
    QCOMPARE(particles.choose(0.69), 1);
    QCOMPARE(particles.choose(0.71), 2);
  }

  void evidenceIsTheProductOfItsParts() {
    Particles particles(2);
    particles.weigh(std::vector<double>{1, 2});
    particles.resample(0.5);
    particles.weigh(std::vector<double>{3, 3.5});
    const double expected = std::log((std::exp(-1) + std::exp(-2)) / 2) + std::log((std::exp(-3) + std::exp(-3.5)) / 2);
    QVERIFY(std::abs(particles.logEvidence() - expected) < 1e-12);
  }
};

QTEST_APPLESS_MAIN(ParticlesTest)
#include "particles_test.moc"
