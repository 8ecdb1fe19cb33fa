#include <torch/torch.h>

#include "core/learn/evaluate/low_data.h"

#include <QTest>
#include <array>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/learn/evaluate/logistic_regression.h"
#include "tests/core/learn/labelled_pictures.h"

using namespace scanline;

namespace {

const std::vector<std::string> kNames{"red", "green", "blue"};

Gpt model() {
  return Gpt(initialWeights({.layers = 2, .width = 16, .heads = 2, .paletteSize = 6, .positions = 8}, 1));
}

struct Told {
  std::vector<LowDataResult> results;
  std::vector<std::string> lines;

  double mean(int64_t labels) const {
    double sum = 0, count = 0;
    for (const auto& result : results)
      if (result.labelsPerClass == labels) sum += result.accuracy, ++count;
    return sum / count;
  }
};

Told learn(const ProbeSpec& probe, const LowDataSpec& spec, const TokenSet& train, const TokenSet& held,
           const TokenSet* test, uint64_t seed = 1) {
  Told told;
  const auto gpt = model();
  probeLowData({gpt}, probe, spec, {&train, &held, 3, test}, kNames, seed, {}, [&](const TrainEvent& event) {
    if (const auto* result = std::get_if<LowDataResult>(&event)) told.results.push_back(*result);
    if (const auto* line = std::get_if<LogLine>(&event)) told.lines.push_back(line->text);
  });
  return told;
}

/// As many images of each class, all that a class has.
TokenSet balanced(int64_t perClass) {
  const auto many = labelledPictures(20 * perClass, 5);
  TokenSet set{.length = many.length};
  std::array<int64_t, 3> counts{};
  for (int64_t i = 0; i < many.count; ++i) {
    const auto label = many.labels[static_cast<size_t>(i)];
    if (counts.at(static_cast<size_t>(label))++ >= perClass) continue;
    set.labels.push_back(label);
    set.ids.insert(set.ids.end(), many.image(i).begin(), many.image(i).end());
    ++set.count;
  }
  return set;
}

}  // namespace

class LowDataTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }  // nothing here is large enough for two

  void everySubsetOfEveryNumberIsScored() {
    const auto train = labelledPictures(300, 1), held = labelledPictures(60, 2), test = labelledPictures(90, 3);
    const auto told = learn({}, {.labels = "2, 20", .subsets = 3}, train, held, &test);
    QCOMPARE(told.results.size(), size_t{6});
    for (size_t i = 0; i < 6; ++i) {
      QCOMPARE(told.results[i].labelsPerClass, i < 3 ? 2 : 20);
      QCOMPARE(told.results[i].subset, static_cast<int64_t>(i % 3));
    }
    QVERIFY(told.mean(20) > told.mean(2));
    QVERIFY(told.results[0].accuracy != told.results[1].accuracy ||
            told.results[1].accuracy != told.results[2].accuracy);
    QCOMPARE(told.lines.size(), size_t{2});
    QVERIFY(told.lines[0].starts_with("2 labels a class: layer "));
  }

  /// With all that a class has there is nothing to draw, so that a subset can be done by hand.
  void resultsAreThoseOfTheirParts() {
    const auto train = balanced(15), test = labelledPictures(90, 3);
    const TokenSet none;
    const auto told = learn({.l2 = 0.05}, {.labels = "15", .subsets = 2, .layer = 1}, train, none, &test);
    QCOMPARE(told.results.size(), size_t{2});
    const auto gpt = model();
    const auto features = [&](const TokenSet& set) {
      return gpt
          .features(
              at::tensor(std::vector<int64_t>(set.ids.begin(), set.ids.end()), at::kLong).view({set.count, set.length}))
          .select(1, 1);
    };
    const Standardizer standardizer(features(train));
    const auto fitted = fitLogistic(standardizer.apply(features(train)), train.labels, 3, std::array{0.05}).front();
    const auto logP = at::log_softmax(fitted.logits(standardizer.apply(features(test))), -1);
    const auto y = at::tensor(std::vector<int64_t>(test.labels.begin(), test.labels.end()), at::kLong);
    for (const auto& result : told.results) {
      QVERIFY(std::abs(result.accuracy - (logP.argmax(-1) == y).to(at::kDouble).mean().item<double>()) < 1e-12);
      QVERIFY(std::abs(result.loss - at::nll_loss(logP, y).item<double>()) < 1e-6);
      QCOMPARE(result.layer, 1);
    }
  }

  /// Without test images the validation images are those reported on, so their means must be the best there are.
  void layerAndPenaltyAreTheBestOnAverage() {
    const auto train = labelledPictures(200, 1, kHard), held = labelledPictures(120, 2, kHard);
    const ProbeSpec all{.testImages = 0, .l2Values = "1e-3, 1e-1, 10"};
    const auto chosen = learn(all, {.labels = "3, 12", .subsets = 3}, train, held, nullptr);
    for (const int64_t labels : {3, 12}) {
      std::set<double> means;
      for (int64_t layer = 0; layer <= 2; ++layer)
        for (const double l2 : {1e-3, 1e-1, 10.0})
          means.insert(learn({.testImages = 0, .l2 = l2},
                             {.labels = std::to_string(labels), .subsets = 3, .layer = layer}, train, held, nullptr)
                           .mean(labels));
      QVERIFY(means.size() > 2);  // there is something to choose
      QVERIFY(std::abs(chosen.mean(labels) - *means.rbegin()) < 1e-12);
      const QString told = QString::fromStdString(chosen.lines.at(labels == 3 ? 0 : 1));
      QVERIFY2(told.contains(QStringLiteral(" %1 % of 120").arg(100 * chosen.mean(labels), 0, 'f', 1)),
               qPrintable(told));
    }
  }

  void subsetsAreAFunctionOfTheSeed() {
    const auto train = labelledPictures(300, 1), held = labelledPictures(60, 2);
    const LowDataSpec spec{.labels = "4", .subsets = 2, .layer = 2};
    const auto a = learn({}, spec, train, held, nullptr), b = learn({}, spec, train, held, nullptr),
               c = learn({}, spec, train, held, nullptr, 2);
    QCOMPARE(a.results[0].loss, b.results[0].loss);
    QCOMPARE(a.results[1].loss, b.results[1].loss);
    QVERIFY(a.results[0].loss != c.results[0].loss);
  }

  void tooFewImagesOfAClassIsSaid() {
    const auto train = labelledPictures(30, 1), held = labelledPictures(20, 2);
    try {
      learn({}, {.labels = "25"}, train, held, nullptr);
      QFAIL("nothing was thrown");
    } catch (const Error& error) {
      QVERIFY2(
          QString(error.what()).contains("The class red has ") && QString(error.what()).contains("asks for 25 of each"),
          error.what());
    }
  }

  void withoutImagesToChooseWithThereIsAnError() {
    const auto train = labelledPictures(60, 1), test = labelledPictures(20, 2);
    const TokenSet none;
    QVERIFY_EXCEPTION_THROWN(learn({}, {.labels = "4"}, train, none, &test), Error);
    QVERIFY_EXCEPTION_THROWN(learn({.l2Values = "1, 2"}, {.labels = "4", .layer = 1}, train, none, &test), Error);
  }

  void stopsWhenAsked() {
    const auto train = labelledPictures(60, 1), held = labelledPictures(20, 2);
    const auto gpt = model();
    for (const int limit : {1, 3, 6}) {
      int asked = 0, told = 0;
      const Control control({.mayGoOn = [&] { return ++asked < limit; }});
      QVERIFY_THROWS_EXCEPTION(Stopped, probeLowData({gpt}, {}, {.labels = "4"}, {&train, &held, 3}, kNames, 1, control,
                                                     [&](const TrainEvent&) { ++told; }));
      QCOMPARE(asked, limit);
      QCOMPARE(told, 0);
    }
  }
};

QTEST_APPLESS_MAIN(LowDataTest)
#include "low_data_test.moc"
