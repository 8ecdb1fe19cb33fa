#include <torch/torch.h>

#include "core/evaluate/probe.h"

#include <QTest>
#include <numeric>

#include "core/base/random.h"
#include "core/evaluate/logistic_regression.h"
#include "tests/learn/foreign_models.h"

using namespace scanline;

namespace {

/// Pictures of 4 x 2 pixels in 6 colours whose class is the colour that fills most of them.
TokenSet pictures(int64_t count, uint64_t seed) {
  TokenSet set{.count = count, .length = 8};
  RandomStream random(seed, Purpose::BatchOrder);
  for (int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<int32_t>(random.below(3));
    set.labels.push_back(label);
    for (int k = 0; k < 8; ++k) set.ids.push_back(static_cast<Token>(random.uniform() < 0.7 ? label : random.below(6)));
  }
  return set;
}

Gpt model() {
  return Gpt(initialWeights({.layers = 2, .width = 16, .heads = 2, .paletteSize = 6, .positions = 8}, 1));
}

std::vector<ProbeResult> probe(const Gpt& gpt, const ProbeSpec& spec, const TokenSet& train, const TokenSet& test,
                               uint64_t seed = 1, int64_t step = 5) {
  std::vector<ProbeResult> results;
  const bool done = probeLayers(gpt, spec, {&train, &test, 3}, seed, step, {},
                                [&](ProbeResult r) { results.push_back(std::move(r)); });
  return done ? results : std::vector<ProbeResult>();
}

}  // namespace

class ProbeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyLayerIsProbed() {
    const auto train = pictures(300, 1), test = pictures(100, 2);
    const auto results = probe(model(), {.trainImages = 200, .testImages = 60}, train, test);
    QCOMPARE(results.size(), size_t{3});
    for (size_t layer = 0; layer < 3; ++layer) {
      const auto& result = results[layer];
      QCOMPARE(result.layer, static_cast<int64_t>(layer));
      QCOMPARE(result.step, 5);
      QCOMPARE(result.classes, 3);
      QVERIFY(result.converged && result.iterations > 0);
      QVERIFY(result.accuracy > 0.75);  // the majority colour is linear in the mean embedding
      QVERIFY(result.loss > 0 && result.loss < std::log(3.0));
      QCOMPARE(std::accumulate(result.confusion.begin(), result.confusion.end(), 0), 60);
      const int right = result.confusion[0] + result.confusion[4] + result.confusion[8];
      QCOMPARE(result.accuracy, right / 60.0);
    }
  }

  /// On all images there is nothing to draw, so that each layer can be done again by hand.
  void resultsAreThoseOfTheirParts() {
    const auto train = pictures(120, 1), test = pictures(50, 2);
    const auto gpt = model();
    const auto results = probe(gpt, {.trainImages = 120, .testImages = 1000, .l2 = 0.02}, train, test);
    const auto tokens = [](const TokenSet& set) {
      return at::tensor(std::vector<int64_t>(set.ids.begin(), set.ids.end()), at::kLong).view({set.count, set.length});
    };
    const auto x = gpt.features(tokens(train)).select(1, 1), xt = gpt.features(tokens(test)).select(1, 1);
    const Standardizer standardizer(x);
    const auto fitted = fitLogistic(standardizer.apply(x), train.labels, 3, {.l2 = 0.02}).value();
    const auto logP = at::log_softmax(fitted.logits(standardizer.apply(xt)), -1);
    const auto y = at::tensor(std::vector<int64_t>(test.labels.begin(), test.labels.end()), at::kLong);
    QVERIFY(std::abs(at::nll_loss(logP, y).item<double>() - results[1].loss) < 1e-7);
    QVERIFY(std::abs((logP.argmax(-1) == y).to(at::kDouble).mean().item<double>() - results[1].accuracy) < 1e-12);
    const auto seen = fitted.logits(standardizer.apply(x)).argmax(-1);
    const auto ys = at::tensor(std::vector<int64_t>(train.labels.begin(), train.labels.end()), at::kLong);
    QVERIFY(std::abs((seen == ys).to(at::kDouble).mean().item<double>() - results[1].trainAccuracy) < 1e-12);
    const auto confusion = at::tensor(results[1].confusion).view({3, 3});
    QVERIFY(confusion.sum(1).equal(at::bincount(y, {}, 3)));  // true class major
  }

  void rowsAreAFunctionOfTheSeed() {
    const auto train = pictures(300, 1), test = pictures(100, 2);
    const auto gpt = model();
    const ProbeSpec spec{.trainImages = 50, .testImages = 40};
    const auto a = probe(gpt, spec, train, test, 1, 5), b = probe(gpt, spec, train, test, 1, 900),
               c = probe(gpt, spec, train, test, 2);
    QCOMPARE(a[2].loss, b[2].loss);
    QCOMPARE(a[2].confusion, b[2].confusion);
    QVERIFY(a[2].loss != c[2].loss);
  }

  void imagesWithoutLabelsGiveNoResult() {
    auto train = pictures(30, 1);
    const auto test = pictures(10, 2);
    train.labels.clear();
    int count = 0;
    QVERIFY(probeLayers(model(), {}, {&train, &test, 3}, 1, 0, {}, [&](const ProbeResult&) { ++count; }));
    QVERIFY(probeLayers(model(), {}, {&test, &test, 1}, 1, 0, {}, [&](const ProbeResult&) { ++count; }));
    QCOMPARE(count, 0);
  }

  void stopsWhenAsked() {
    const auto train = pictures(300, 1), test = pictures(100, 2);
    for (const int limit : {1, 2, 3, 8}) {  // before features, and in a fit
      int asked = 0, results = 0;
      QVERIFY(!probeLayers(
          model(), {}, {&train, &test, 3}, 1, 0, [&] { return ++asked < limit; },
          [&](const ProbeResult&) { ++results; }));
      QCOMPARE(asked, limit);
      QCOMPARE(results, 0);
    }
  }
};

QTEST_APPLESS_MAIN(ProbeTest)
#include "probe_test.moc"
