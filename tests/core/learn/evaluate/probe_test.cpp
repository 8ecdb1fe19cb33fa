#include <torch/torch.h>

#include "core/learn/evaluate/probe.h"

#include <QTest>
#include <array>
#include <numeric>
#include <set>

#include "core/base/error.h"
#include "core/learn/evaluate/logistic_regression.h"
#include "core/learn/evaluate/sgd.h"
#include "core/learn/model/masks.h"
#include "core/run/probe_question.h"
#include "tests/core/learn/labelled_pictures.h"

using namespace scanline;

namespace {

Gpt model(Objective objective = Objective::Autoregressive) {
  return Gpt(initialWeights(
      {.layers = 2, .width = 16, .heads = 2, .paletteSize = 6, .positions = 8, .objective = objective}, 1));
}

struct Probing {
  uint64_t seed = 1;
  int64_t step = 5;
  const TokenSet* test = nullptr;
  int64_t bytes = featureBytes();
  int64_t masks = 3;
  int64_t classes = 3;
};

std::vector<ProbeResult> probe(const Gpt& gpt, const ProbeSpec& spec, const TokenSet& train, const TokenSet& held,
                               const Probing& how = {}) {
  std::vector<ProbeResult> results;
  probeLayers(
      {gpt, 0.5, how.masks}, spec, {&train, &held, how.classes, how.test}, how.seed, how.step, {},
      [&](ProbeResult r) { results.push_back(std::move(r)); }, how.bytes);
  return results;
}

at::Tensor labelTensor(const TokenSet& set) {
  return at::tensor(std::vector<int64_t>(set.labels.begin(), set.labels.end()), at::kLong);
}

/// Accuracy and loss on `held` of a probe that is fitted on `train`, done by hand.
struct ByHand {
  double accuracy = 0, loss = 0;
  ByHand(const at::Tensor& train_ND, const TokenSet& train, const at::Tensor& held_ND, const TokenSet& held,
         double l2) {
    const Standardizer standardizer(train_ND);
    const auto fitted = fitLogistic(standardizer.apply(train_ND), train.labels, 3, std::array{l2}).front();
    const auto logP = at::log_softmax(fitted.logits(standardizer.apply(held_ND)), -1);
    const auto y = labelTensor(held);
    accuracy = (logP.argmax(-1) == y).to(at::kDouble).mean().item<double>();
    loss = at::nll_loss(logP, y).item<double>();
  }
  bool equals(const ProbeResult& result) const {
    return std::abs(loss - result.loss) < 1e-7 && std::abs(accuracy - result.accuracy) < 1e-12;
  }
};

at::Tensor allTokens(const TokenSet& set) {
  return at::tensor(std::vector<int64_t>(set.ids.begin(), set.ids.end()), at::kLong).view({set.count, set.length});
}

const ProbeSpec kAll{.trainImages = 0, .testImages = 0};

}  // namespace

class ProbeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }  // for so little, threads cost more time waiting than they save

  void layersSideBySideAreAsOneAfterTheOther() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model();
    const auto one = probe(gpt, kAll, train, held);
    at::set_num_threads(2);
    const auto two = probe(gpt, kAll, train, held);
    at::set_num_threads(1);
    QCOMPARE(two.size(), size_t{3});
    for (size_t layer = 0; layer < 3; ++layer) {
      QCOMPARE(two[layer].layer, static_cast<int64_t>(layer));
      QVERIFY(std::abs(two[layer].loss - one[layer].loss) < 1e-6);
    }
  }

  void everyLayerIsProbed() {
    const auto train = labelledPictures(300, 1), test = labelledPictures(100, 2);
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
      int scored = 0, right = 0;
      for (const ConfusionCell& cell : result.confusion) {
        scored += cell.count;
        if (cell.truth == cell.said) right += cell.count;
      }
      QCOMPARE(scored, 60);
      QCOMPARE(result.accuracy, right / 60.0);
    }
  }

  /// On all images there is nothing to draw, so that each layer can be done again by hand.
  void resultsAreThoseOfTheirParts() {
    const auto train = labelledPictures(120, 1), test = labelledPictures(50, 2);
    const auto gpt = model();
    const auto results = probe(gpt, {.trainImages = 120, .testImages = 1000, .l2 = 0.02}, train, test);
    const auto x = gpt.features(allTokens(train)).select(1, 1), xt = gpt.features(allTokens(test)).select(1, 1);
    QVERIFY(ByHand(x, train, xt, test, 0.02).equals(results[1]));
    const Standardizer standardizer(x);
    const auto fitted = fitLogistic(standardizer.apply(x), train.labels, 3, std::array{0.02}).front();
    const auto seen = fitted.logits(standardizer.apply(x)).argmax(-1);
    QVERIFY(std::abs((seen == labelTensor(train)).to(at::kDouble).mean().item<double>() - results[1].trainAccuracy) <
            1e-12);
    std::array<int64_t, 3> ofClass{};
    for (const ConfusionCell& cell : results[1].confusion) {
      QVERIFY(cell.count > 0);
      ofClass.at(static_cast<size_t>(cell.truth)) += cell.count;
    }
    QVERIFY(at::tensor(at::IntArrayRef(ofClass)).equal(at::bincount(labelTensor(test), {}, 3)));
  }

  /// 3 of 1,000 pictures are of the second class: of 50 that are drawn, seldom one.
  void everyClassThatCanBeIsAmongTheTrainingImages_data() {
    QTest::addColumn<int>("count");
    for (const int count : {2, 3, 10, 50, 999, 1000}) QTest::addRow("%d", count) << count;
  }
  void everyClassThatCanBeIsAmongTheTrainingImages() {
    QFETCH(int, count);
    auto set = labelledPictures(1000, 1);
    std::ranges::fill(set.labels, 0);
    set.labels[11] = set.labels[500] = 1;
    set.labels[700] = 2;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      const ChosenImages chosen = withLabels(set, learningRows(set.labels, count, seed));
      QCOMPARE(std::ssize(chosen.rows), count);
      QVERIFY(std::ranges::is_sorted(chosen.rows));
      QCOMPARE(std::set<int64_t>(chosen.rows.begin(), chosen.rows.end()).size(), chosen.rows.size());
      QCOMPARE(std::set<int32_t>(chosen.labels.begin(), chosen.labels.end()).size(), count < 3 ? size_t{2} : size_t{3});
      QCOMPARE(learningRows(set.labels, count, seed), chosen.rows);
    }
    QVERIFY(count == 1000 || learningRows(set.labels, count, 1) != learningRows(set.labels, count, 2));
  }

  /// Runs of earlier versions keep their numbers.
  void aDrawThatHoldsEveryClassStaysAsItIs() {
    const auto set = labelledPictures(1000, 1);
    for (uint64_t seed = 1; seed <= 20; ++seed)
      for (const int64_t count : {50, 0, 2000})
        QCOMPARE(learningRows(set.labels, count, seed), drawnRows(set.labels, count, seed, 0));
  }

  void aProbeOfARareClassIsFitted() {
    auto train = labelledPictures(1000, 1);
    const auto held = labelledPictures(60, 2);
    std::ranges::fill(train.labels, 0);
    train.labels[11] = train.labels[500] = train.labels[700] = 1;
    QCOMPARE(probe(model(), {.trainImages = 50, .maxIterations = 3}, train, held).size(), size_t{3});
  }

  void imagesOfOneClassAreASentence() {
    auto train = labelledPictures(200, 1);
    const auto held = labelledPictures(60, 2);
    try {
      probe(model(), {.trainImages = 1}, train, held);
      QFAIL("a probe was fitted on one image");
    } catch (const Error& error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(QLatin1String("probe.trainImages is 1")), error.what());
    }
    for (const int64_t classes : {1, 3}) {  // the only one of its set, or the only one that is there
      std::ranges::fill(train.labels, classes == 1 ? 0 : 1);
      try {
        probe(model(), {.trainImages = classes == 1 ? 0 : 50}, train, held, {.classes = classes});
        QFAIL("a probe was fitted on one class");
      } catch (const Error& error) {
        QVERIFY2(QString::fromUtf8(error.what()).contains(QLatin1String("All 200 training images")), error.what());
      }
    }
  }

  void onlyTheLayersNamedAreProbed() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model();
    auto spec = kAll;
    const auto all = probe(gpt, spec, train, held);
    spec.layers = "2, 0, 2";
    const auto named = probe(gpt, spec, train, held);
    QCOMPARE(named.size(), size_t{2});
    QCOMPARE(named[0].layer, 0);
    QCOMPARE(named[1].layer, 2);
    QVERIFY(std::abs(named[0].loss - all[0].loss) < 1e-7 && std::abs(named[1].loss - all[2].loss) < 1e-7);
    spec.layers = "1, 2";
    QVERIFY(std::abs(probe(gpt, spec, train, held)[0].loss - all[1].loss) < 1e-7);
    spec.layers = "3";
    QVERIFY_EXCEPTION_THROWN(probe(gpt, spec, train, held), Error);
  }

  void neighbouringLayersAreJoined() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model();
    auto spec = kAll;
    spec.joined = 3;
    const auto results = probe(gpt, spec, train, held);
    const auto x = gpt.features(allTokens(train)), xt = gpt.features(allTokens(held));
    const auto joined = [&](int64_t first, int64_t count) {
      return ByHand(x.narrow(1, first, count).flatten(1), train, xt.narrow(1, first, count).flatten(1), held, spec.l2);
    };
    QVERIFY(joined(0, 2).equals(results[0]));  // nothing lies below
    QVERIFY(joined(0, 3).equals(results[1]));
    QVERIFY(joined(1, 2).equals(results[2]));
    QCOMPARE(results[1].joined, 3);
  }

  void featuresAreAsTheSettingsSay() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model();
    for (const auto features : {ProbeFeatures::Normed, ProbeFeatures::Raw})
      for (const bool startVector : {true, false}) {
        auto spec = kAll;
        spec.features = features;
        spec.startVector = startVector;
        const FeatureOptions options{.normed = features == ProbeFeatures::Normed, .startVector = startVector};
        const auto x = gpt.features(allTokens(train), options), xt = gpt.features(allTokens(held), options);
        const ByHand expected(x.select(1, 1), train, xt.select(1, 1), held, spec.l2);
        QVERIFY(expected.equals(probe(gpt, spec, train, held)[1]));
      }
  }

  void thePenaltyThatIsBestOnTheValidationImagesCounts() {
    const auto train = labelledPictures(60, 1, kHard), held = labelledPictures(80, 2, kHard);
    const auto gpt = model();
    const std::vector<double> l2{1e-3, 0.05, 1000};
    auto spec = kAll;
    spec.l2Values = "1e-3, 0.05, 1000";
    const auto results = probe(gpt, spec, train, held);
    QVERIFY(std::ranges::any_of(results, [](const auto& result) { return result.l2 != 1e-3; }));
    for (const auto& result : results) {
      const auto chosen = std::ranges::find(l2, result.l2);
      QVERIFY(chosen != l2.end());
      for (const double each : l2) {
        auto alone = kAll;
        alone.l2 = each;
        alone.layers = std::to_string(result.layer);
        const auto other = probe(gpt, alone, train, held).front();
        QVERIFY(other.accuracy < result.accuracy ||
                (other.accuracy == result.accuracy && other.loss >= result.loss - 1e-4));  // of equals, the surer
        if (each == result.l2) QVERIFY(std::abs(other.loss - result.loss) < 1e-4);
      }
    }
  }

  void theBestLayerIsReportedOnTheTestImages() {
    const auto train = labelledPictures(200, 1, kHard), held = labelledPictures(80, 2, kHard),
               test = labelledPictures(90, 3, kHard);
    const auto gpt = model();
    const auto results = probe(gpt, kAll, train, held, {.test = &test});
    QCOMPARE(results.size(), size_t{4});  // three layers, and the best once more
    for (size_t layer = 0; layer < 3; ++layer) {
      QVERIFY(!results[layer].testAccuracy);
      QVERIFY(results[layer].accuracy <= results[3].accuracy);
    }
    const auto layer = results[3].layer;
    const ByHand expected(gpt.features(allTokens(train)).select(1, layer), train,
                          gpt.features(allTokens(test)).select(1, layer), test, kAll.l2);
    QVERIFY(std::abs(*results[3].testAccuracy - expected.accuracy) < 1e-12);
    QVERIFY(std::ranges::any_of(results, [&](const auto& r) { return r.accuracy < results[3].accuracy; }));
    QVERIFY(*results[3].testAccuracy != results[3].accuracy);
  }

  /// A network whose blocks add nothing has the same features in all layers.
  void ofEqualLayersTheLowestIsTheBest() {
    auto weights = initialWeights({.layers = 2, .width = 16, .heads = 2, .paletteSize = 6, .positions = 8}, 1);
    for (const auto& block : weights.blocks)
      for (const auto& matrix : {block.proj, block.mlp}) matrix.zero_();
    const auto train = labelledPictures(100, 1), held = labelledPictures(40, 2), test = labelledPictures(40, 3);
    const auto results = probe(Gpt(weights), kAll, train, held, {.test = &test});
    QCOMPARE(results.at(2).loss, results.at(0).loss);
    QCOMPARE(results.at(3).layer, 0);
  }

  /// Layers whose features do not fit together are read one after the other, and told before the next are read.
  void littleMemoryChangesNothingButTheReadings() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model();
    const auto whole = probe(gpt, kAll, train, held);
    std::vector<int> told;
    std::vector<ProbeResult> parts;
    int asked = 0;
    const Control counting({.mayGoOn = [&] { return ++asked > 0; }});
    probeLayers(
        {gpt}, kAll, {&train, &held, 3}, 1, 5, counting,
        [&](ProbeResult r) { told.push_back(asked), parts.push_back(std::move(r)); }, 280 * 16 * 4);
    QCOMPARE(parts.size(), size_t{3});
    // Asked before every reading (training, validation), before every step of a fit, and after it.
    auto steps = kAll;
    steps.solver = ProbeSolver::Sgd;
    steps.steps = 20;
    for (const auto& [bytes, readings] : {std::pair<int64_t, int>{featureBytes(), 1}, {280 * 16 * 4, 3}}) {
      asked = 0;
      probeLayers(
          {gpt}, steps, {&train, &held, 3}, 1, 5, counting, [](const ProbeResult&) {}, bytes);
      QCOMPARE(asked, 2 * readings + 3 * (20 + 1));
    }
    for (size_t layer = 0; layer < 3; ++layer) QVERIFY(std::abs(parts[layer].loss - whole[layer].loss) < 1e-6);
    QVERIFY(told[0] < told[1] && told[1] < told[2]);

    for (const auto& half : probe(gpt, kAll, train, held, {.bytes = 280 * 16 * 2}))
      QVERIFY(std::abs(half.loss - whole[static_cast<size_t>(half.layer)].loss) < 0.01);
  }

  void sgdComesCloseToLbfgs() {
    const auto train = labelledPictures(300, 1), held = labelledPictures(100, 2);
    const auto gpt = model();
    auto spec = kAll;
    const auto best = probe(gpt, spec, train, held);
    spec.solver = ProbeSolver::Sgd;
    spec.learningRate = 3;
    spec.steps = 300;
    spec.batchSize = 64;
    const auto walked = probe(gpt, spec, train, held);
    for (size_t layer = 0; layer < 3; ++layer) {
      QVERIFY(std::abs(walked[layer].accuracy - best[layer].accuracy) < 0.06);
      QCOMPARE(walked[layer].iterations, 300);
      QCOMPARE(walked[layer].l2, 0.0);
    }
  }

  void theSolversSettingsCount() {
    const auto train = labelledPictures(200, 1, kHard), held = labelledPictures(80, 2, kHard);
    const auto gpt = model();
    auto spec = kAll;
    spec.layers = "1";
    spec.maxIterations = 2;
    const auto cut = probe(gpt, spec, train, held).front();
    QVERIFY(cut.iterations == 2 && !cut.converged);
    spec.solver = ProbeSolver::Sgd;
    spec.learningRate = 2;
    spec.momentum = 0.5;
    spec.steps = 30;
    spec.batchSize = 16;
    const auto walked = probe(gpt, spec, train, held, {.seed = 4}).front();
    const auto x = gpt.features(allTokens(train)).select(1, 1), xt = gpt.features(allTokens(held)).select(1, 1);
    const Standardizer standardizer(x);
    const auto expected = fitSgd(x, standardizer, train.labels, 3,
                                 {.learningRate = 2, .momentum = 0.5, .steps = 30, .batchSize = 16, .seed = 4});
    const auto logP = at::log_softmax(expected.logits(standardizer.apply(xt)), -1);
    QVERIFY(std::abs(walked.loss - at::nll_loss(logP, labelTensor(held)).item<double>()) < 1e-6);
    QCOMPARE(walked.trainAccuracy, expected.trainAccuracy);
  }

  /// Inputs of BERT stay masked; an image is classified under several masks, and the modal class counts (section 4.6).
  void bertVotesOverMasks() {
    const auto train = labelledPictures(200, 1), held = labelledPictures(80, 2);
    const auto gpt = model(Objective::Bert);
    auto spec = kAll;
    spec.layers = "1";
    const auto result = probe(gpt, spec, train, held, {.seed = 4, .masks = 3}).front();

    const auto features = [&](const TokenSet& set, int64_t mask) {
      std::vector<int64_t> rows(static_cast<size_t>(set.count));
      std::iota(rows.begin(), rows.end(), 0);
      const auto keep_Bn = drawKeep(rows, 8, 0.5, 4, classifyMask(mask), 0);
      return gpt.features(allTokens(set), {.keep_Bn = keep_Bn}).select(1, 1);
    };
    const auto x = features(train, 0);
    const Standardizer standardizer(x);
    const auto fitted = fitLogistic(standardizer.apply(x), train.labels, 3, std::array{spec.l2}).front();
    std::vector<at::Tensor> votes;
    double loss = 0;
    for (int64_t mask = 0; mask < 3; ++mask) {
      const auto logP = at::log_softmax(fitted.logits(standardizer.apply(features(held, mask))), -1);
      loss += at::nll_loss(logP, labelTensor(held)).item<double>() / 3;
      votes.push_back(logP.argmax(-1));
    }
    std::vector<int64_t> rows(80);
    std::iota(rows.begin(), rows.end(), 0);
    const auto classes = modalClasses(at::stack(votes), rows, 4);
    int64_t right = 0;
    for (size_t i = 0; i < 80; ++i) right += classes[i] == held.labels[i];
    QVERIFY(std::abs(result.loss - loss) < 1e-7);
    QCOMPARE(result.accuracy, static_cast<double>(right) / 80);
  }

  void rowsAreAFunctionOfTheSeed() {
    const auto train = labelledPictures(300, 1), test = labelledPictures(100, 2);
    const auto gpt = model();
    const ProbeSpec spec{.trainImages = 50, .testImages = 40};
    const auto a = probe(gpt, spec, train, test), b = probe(gpt, spec, train, test, {.step = 900}),
               c = probe(gpt, spec, train, test, {.seed = 2});
    QCOMPARE(a[2].loss, b[2].loss);
    QCOMPARE(a[2].confusion, b[2].confusion);
    QVERIFY(a[2].loss != c[2].loss);
  }

  void imagesWithoutLabelsGiveNoResult() {
    auto train = labelledPictures(30, 1);
    const auto test = labelledPictures(10, 2);
    train.labels.clear();
    int count = 0;
    const auto gpt = model();
    probeLayers({gpt}, {}, {&train, &test, 3}, 1, 0, {}, [&](const ProbeResult&) { ++count; });
    QCOMPARE(count, 0);
  }

  void stopsWhenAsked() {
    const auto train = labelledPictures(300, 1), test = labelledPictures(100, 2);
    const auto gpt = model();
    for (const int limit : {1, 2, 3, 8}) {  // before features, and in a fit
      int asked = 0, results = 0;
      const Control control({.mayGoOn = [&] { return ++asked < limit; }});
      QVERIFY_THROWS_EXCEPTION(
          Stopped, probeLayers({gpt}, {}, {&train, &test, 3}, 1, 0, control, [&](const ProbeResult&) { ++results; }));
      QCOMPARE(asked, limit);
      QVERIFY(limit > 2 ? results < 3 : results == 0);  // another thread may have done a layer
    }
  }
};

QTEST_APPLESS_MAIN(ProbeTest)
#include "probe_test.moc"
