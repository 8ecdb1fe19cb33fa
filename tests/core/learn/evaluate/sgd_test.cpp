#include <torch/torch.h>

#include "core/learn/evaluate/sgd.h"

#include <QTest>
#include <array>
#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/tokens/batches.h"

using namespace scanline;

namespace {

struct Problem {
  at::Tensor x_ND;
  std::vector<int32_t> labels;
};

/// Clusters that hardly overlap, of features on very different scales.
Problem clusters(int64_t rows, int64_t width, int64_t classes) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  const auto centres = at::randn({classes, width}, generator) * 3;
  Problem problem;
  for (int64_t i = 0; i < rows; ++i) problem.labels.push_back(static_cast<int32_t>(i % classes));
  const auto x_ND = at::randn({rows, width}, generator) + centres.index_select(0, at::arange(rows) % classes);
  problem.x_ND = x_ND * at::arange(1, width + 1).pow(3) + 100;
  return problem;
}

constexpr SgdOptions kShort{.learningRate = 3, .steps = 300, .batchSize = 32};

LogisticModel fit(const Problem& problem, const SgdOptions& options, const Control& control = {}) {
  return fitSgd(problem.x_ND, Standardizer(problem.x_ND), problem.labels, 4, options, control);
}

}  // namespace

class SgdTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }  // nothing here is large enough for two

  void reachesTheAccuracyOfLbfgs() {
    const auto problem = clusters(600, 10, 4);
    const auto standard_ND = Standardizer(problem.x_ND).apply(problem.x_ND);
    const auto best = fitLogistic(standard_ND, problem.labels, 4, std::array{1e-4}).front();
    const auto model = fit(problem, {.learningRate = 10, .steps = 2000, .batchSize = 64});
    QVERIFY2(model.trainAccuracy >= best.trainAccuracy - 0.005, qPrintable(QString::number(model.trainAccuracy)));
    QVERIFY2(model.objective < 0.05, qPrintable(QString::number(model.objective)));
    // The model is one of standardised features, as L-BFGS's is.
    const auto guesses = model.logits(standard_ND).argmax(-1);
    int64_t right = 0;
    for (int64_t i = 0; i < 600; ++i) right += guesses[i].item<int64_t>() == problem.labels[static_cast<size_t>(i)];
    QVERIFY(std::abs(static_cast<double>(right) / 600 - model.trainAccuracy) < 0.002);
  }

  /// The first step by hand: from zero weights every class has the probability 1/C.
  void aStepFollowsTheGradient() {
    const auto problem = clusters(8, 3, 4);
    const auto model = fit(problem, {.learningRate = 2, .momentum = 0, .steps = 1, .batchSize = 8});
    const auto x = Standardizer(problem.x_ND).apply(problem.x_ND) / std::sqrt(3.0);  // a batch of 8 is all of them
    auto residual = at::full({8, 4}, 0.25, at::kDouble);
    for (int64_t i = 0; i < 8; ++i) residual[i][problem.labels[static_cast<size_t>(i)]] -= 1;
    const auto expected = -2.0 * at::mm(x.t(), residual) / 8 / std::sqrt(3.0);
    QVERIFY((model.weights_DC - expected).abs().max().item<double>() < 1e-6);
    QCOMPARE(model.iterations, 1);
  }

  /// Some steps by hand: batches by the order of training, momentum, and a rate that falls as a cosine.
  void stepsAreThoseOfMomentumAndCosine() {
    const auto problem = clusters(9, 3, 4);
    const SgdOptions options{.learningRate = 2, .momentum = 0.7, .steps = 4, .batchSize = 4, .seed = 5};
    const auto model = fit(problem, options);
    const auto x = Standardizer(problem.x_ND).apply(problem.x_ND) / std::sqrt(3.0);
    auto weights = at::zeros({3, 4}, at::kDouble), intercept = at::zeros({4}, at::kDouble);
    auto pushW = at::zeros_like(weights), pushB = at::zeros_like(intercept);
    for (int64_t step = 0; step < 4; ++step) {
      const auto rows = batchRows(9, 4, 5, step, Purpose::ProbeBatches);
      const auto part = x.index_select(0, at::tensor(rows, at::kLong));
      auto residual = at::softmax(at::mm(part, weights) + intercept, -1);
      for (int64_t i = 0; i < 4; ++i)
        residual[i][problem.labels[static_cast<size_t>(rows[static_cast<size_t>(i)])]] -= 1;
      pushW = 0.7 * pushW + at::mm(part.t(), residual) / 4;
      pushB = 0.7 * pushB + residual.sum(0) / 4;
      const double rate = 2 * 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / 4));
      weights -= rate * pushW;
      intercept -= rate * pushB;
    }
    QVERIFY((model.weights_DC - weights / std::sqrt(3.0)).abs().max().item<double>() < 1e-6);
    QVERIFY((model.intercept_C - intercept).abs().max().item<double>() < 1e-6);
  }

  /// More rows than are scored at once, and classes that no line divides.
  void accuracyAndLossAreThoseOfAllRows() {
    auto problem = clusters(5000, 2, 4);
    for (size_t i = 0; i < 5000; i += 7) problem.labels[i] = (problem.labels[i] + 1) % 4;
    const auto model = fit(problem, {.learningRate = 1, .steps = 30, .batchSize = 32});
    const auto logP = at::log_softmax(model.logits(Standardizer(problem.x_ND).apply(problem.x_ND)), -1);
    const auto y = at::tensor(std::vector<int64_t>(problem.labels.begin(), problem.labels.end()), at::kLong);
    QVERIFY(std::abs(model.trainAccuracy - (logP.argmax(-1) == y).to(at::kDouble).mean().item<double>()) < 1e-3);
    QVERIFY(std::abs(model.objective - at::nll_loss(logP, y).item<double>()) < 1e-5);
    QVERIFY(model.trainAccuracy > 0.5 && model.trainAccuracy < 0.9);
  }

  void aRateBeyondAllBoundsIsRefused() {
    QVERIFY_EXCEPTION_THROWN(fit(clusters(20, 4, 4), {.learningRate = 1e38, .steps = 40, .batchSize = 8}), Error);
  }

  /// Rows come in another order than those of a model that is trained with the same seed: after a step that sees only
  /// one row, the probe knows the class of the first row of its own order.
  void rowsComeInAnOrderOfTheirOwn() {
    const auto problem = clusters(200, 6, 4);
    int trained = 0;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      const auto model = fit(problem, {.learningRate = 1, .momentum = 0, .steps = 1, .batchSize = 1, .seed = seed});
      const auto label = static_cast<int32_t>(model.intercept_C.argmax().item<int64_t>());
      const auto rowOf = [&](Purpose purpose) { return static_cast<size_t>(batchRows(200, 1, seed, 0, purpose)[0]); };
      QCOMPARE(label, problem.labels[rowOf(Purpose::ProbeBatches)]);
      trained += label == problem.labels[rowOf(Purpose::BatchOrder)];
    }
    QVERIFY2(trained < 30, qPrintable(QString::number(trained)));  // ten of forty by chance
  }

  void isAFunctionOfTheSeed() {
    const auto problem = clusters(300, 6, 4);
    auto other = kShort;
    other.seed = 2;
    const auto a = fit(problem, kShort), b = fit(problem, kShort), c = fit(problem, other);
    QVERIFY(a.weights_DC.equal(b.weights_DC) && a.intercept_C.equal(b.intercept_C));
    QVERIFY(!a.weights_DC.equal(c.weights_DC));
  }

  void halfPrecisionFeaturesWillDo() {
    auto problem = clusters(300, 6, 4);
    problem.x_ND = Standardizer(problem.x_ND).apply(problem.x_ND, at::kFloat);
    const auto exact = fit(problem, kShort);
    problem.x_ND = problem.x_ND.to(at::kHalf);
    QVERIFY(std::abs(fit(problem, kShort).objective - exact.objective) < 0.01);
  }

  void stopsWhenAsked() {
    int asked = 0;
    const Control control({.mayGoOn = [&] { return ++asked < 3; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, fit(clusters(100, 4, 4), kShort, control));
    QCOMPARE(asked, 3);
  }

  void oneClassIsRefused() {
    auto problem = clusters(20, 4, 4);
    std::ranges::fill(problem.labels, 2);
    QVERIFY_EXCEPTION_THROWN(fit(problem, kShort), Error);
  }
};

QTEST_APPLESS_MAIN(SgdTest)
#include "sgd_test.moc"
