#include <torch/torch.h>

#include "core/learn/evaluate/logistic_regression.h"

#include <QTest>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

at::Tensor read(const fs::path& file) {
  const auto array = readNpy(file);
  return at::tensor(array.toDoubles(), at::kDouble).view(array.shape);
}

std::vector<int32_t> readLabels(const fs::path& file) {
  const auto labels = readNpy(file).toIntegers(-100, 100);
  return {labels.begin(), labels.end()};
}

double objective(const LogisticModel& model, const at::Tensor& x_ND, std::span<const int32_t> labels, double l2) {
  const auto logP = at::log_softmax(model.logits(x_ND), -1);
  double loss = 0;
  for (size_t i = 0; i < labels.size(); ++i) loss -= logP[static_cast<int64_t>(i)][labels[i]].item<double>();
  return loss / static_cast<double>(labels.size()) + 0.5 * l2 * model.weights_DC.square().sum().item<double>();
}

double largestGap(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

LogisticModel fit(const at::Tensor& x_ND, std::span<const int32_t> labels, int64_t classes, double l2 = 1e-3,
                  const LogisticOptions& options = {}, const Control& control = {}) {
  return fitLogistic(x_ND, labels, classes, std::array{l2}, options, control).front();
}

struct Problem {
  at::Tensor x_ND;
  std::vector<int32_t> labels;
};

Problem clusters(int64_t rows, int64_t width, int64_t classes) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(5);
  Problem problem;
  const auto centres = at::randn({classes, width}, generator, at::kDouble);
  for (int64_t i = 0; i < rows; ++i) problem.labels.push_back(static_cast<int32_t>(i % classes));
  const auto which = at::arange(rows) % classes;
  problem.x_ND = at::randn({rows, width}, generator, at::kDouble) * 2 + centres.index_select(0, which);
  return problem;
}

}  // namespace

class LogisticRegressionTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void reachesTheOptimumOfScikitLearn_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<double>("c");
    QTest::newRow("strong") << "C0.001" << 0.001;
    QTest::newRow("middle") << "C0.1" << 0.1;
    QTest::newRow("weak") << "C10" << 10.0;
  }
  void reachesTheOptimumOfScikitLearn() {
    QFETCH(QString, folder);
    QFETCH(double, c);
    const auto root = kGolden / "logreg";
    const auto x_ND = read(root / "X.npy");
    const auto labels = readLabels(root / "y.npy");
    const double l2 = 1 / (c * static_cast<double>(labels.size()));
    const auto model = fit(x_ND, labels, 5, l2);
    QVERIFY(model.converged);
    const auto theirs = root / folder.toStdString();
    const double expected = read(theirs / "objective.npy").item<double>();
    QVERIFY2(std::abs(model.objective / expected - 1) < 1e-8, qPrintable(QString::number(model.objective - expected)));
    QVERIFY(std::abs(objective(model, x_ND, labels, l2) / model.objective - 1) < 1e-12);
    const double gap = largestGap(at::softmax(model.logits(read(root / "Xt.npy")), -1), read(theirs / "proba.npy"));
    QVERIFY(gap < 1e-4);
    const auto intercept = read(theirs / "intercept.npy");
    QVERIFY(largestGap(model.intercept_C - model.intercept_C.mean(), intercept - intercept.mean()) < 1e-3);
    qInfo("%ld iterations; objective off by %.1e, probabilities by at most %.1e", model.iterations,
          model.objective / expected - 1, gap);
  }

  void aSweepEndsWhereSingleFitsDo() {
    const auto problem = clusters(400, 12, 4);
    std::vector<double> l2{1e-2, 1e-5, 1, 0, 1e-3};  // in no order
    for (const bool turned : {false, true}) {        // which end first differs
      if (turned) std::ranges::reverse(l2);
      compareWithSingleFits(problem, l2);
    }
  }

 private:
  static void compareWithSingleFits(const Problem& problem, const std::vector<double>& l2) {
    int64_t asked = 0, most = 0;
    const auto swept = fitLogistic(problem.x_ND, problem.labels, 4, l2, {.tolerance = 1e-9},
                                   Control({.mayGoOn = [&] { return ++asked > 0; }}));
    QCOMPARE(swept.size(), l2.size());
    for (size_t k = 0; k < l2.size(); ++k) {
      const auto& model = swept[k];
      const auto alone = fit(problem.x_ND, problem.labels, 4, l2[k], {.tolerance = 1e-9});
      QVERIFY(model.converged);
      QVERIFY(std::abs(model.objective / alone.objective - 1) < 1e-12);
      QVERIFY(largestGap(model.weights_DC, alone.weights_DC) < 1e-6);
      QVERIFY(largestGap(model.intercept_C, alone.intercept_C) < 1e-6);
      QCOMPARE(model.trainAccuracy, alone.trainAccuracy);
      most = std::max(most, model.iterations);
    }
    QCOMPARE(asked, most + 1);  // iterations are shared
  }

 private Q_SLOTS:

  void accuracyIsThatOfTheRows() {
    const auto problem = clusters(300, 5, 4);
    const auto model = fit(problem.x_ND, problem.labels, 4);
    const auto guesses = model.logits(problem.x_ND).argmax(-1);
    int64_t right = 0;
    for (int64_t i = 0; i < 300; ++i) right += guesses[i].item<int64_t>() == problem.labels[static_cast<size_t>(i)];
    QCOMPARE(model.trainAccuracy, static_cast<double>(right) / 300);
    QVERIFY(right > 100 && right < 300);  // neither by chance, nor all
  }

  void gradientVanishesAtTheEnd() {
    const auto problem = clusters(300, 12, 4);
    const auto model = fit(problem.x_ND, problem.labels, 4, 1e-3, {.tolerance = 1e-9});
    QVERIFY(model.converged);
    const auto weights = model.weights_DC.clone().requires_grad_();
    const auto intercept = model.intercept_C.clone().requires_grad_();
    const auto logP = at::log_softmax(at::addmm(intercept, problem.x_ND, weights), -1);
    auto y = at::empty({300}, at::kLong);
    std::ranges::copy(problem.labels, y.mutable_data_ptr<int64_t>());
    (at::nll_loss(logP, y) + 0.5e-3 * weights.square().sum()).backward();
    QVERIFY(weights.grad().abs().max().item<double>() < 1e-8);
    QVERIFY(intercept.grad().abs().max().item<double>() < 1e-8);
  }

  void shiftsAndScalesOfFeaturesDoNotMatterOnceStandardised() {
    const auto problem = clusters(200, 6, 3);
    const auto moved = problem.x_ND * at::arange(1, 7, at::kDouble).pow(3) + 1000;
    const auto a = Standardizer(problem.x_ND).apply(problem.x_ND), b = Standardizer(moved).apply(moved);
    QVERIFY(largestGap(a, b) < 1e-9);
    QVERIFY(a.mean(0).abs().max().item<double>() < 1e-12);
    QVERIFY(largestGap(a.square().mean(0), at::ones({6}, at::kDouble)) < 1e-12);
  }

  void oneMadeOfOthersIsCopedWith() {
    auto problem = clusters(200, 6, 3);
    problem.x_ND = at::cat({problem.x_ND, problem.x_ND, at::zeros({200, 1}, at::kDouble)}, 1);
    const auto twice = fit(problem.x_ND, problem.labels, 3, 0.01, {.tolerance = 1e-9});
    QVERIFY(twice.converged);  // two equal features share the weight, so the penalty on each pair halves
    const auto once = fit(problem.x_ND.narrow(1, 0, 6), problem.labels, 3, 0.005, {.tolerance = 1e-9});
    QVERIFY(std::abs(twice.objective - once.objective) < 1e-10);
  }

  void moreFeaturesThanRowsIsCopedWith() {
    const auto problem = clusters(20, 50, 2);
    const auto model = fit(problem.x_ND, problem.labels, 2);
    QVERIFY(model.converged);
    QVERIFY(at::isfinite(model.weights_DC).all().item<bool>());
  }

  void classesWithoutRowsAreNeverGuessed() {
    const auto problem = clusters(90, 5, 3);
    const auto model = fit(problem.x_ND, problem.labels, 7);
    QVERIFY(model.converged);
    QVERIFY((model.logits(problem.x_ND).argmax(-1) < 3).all().item<bool>());
  }

  void twiceIsTheSameBitForBit() {
    const auto problem = clusters(500, 20, 4);
    const auto a = fit(problem.x_ND, problem.labels, 4);
    const auto b = fit(problem.x_ND, problem.labels, 4);
    QVERIFY(a.weights_DC.equal(b.weights_DC) && a.intercept_C.equal(b.intercept_C));
  }

  void stopsWhenAsked() {
    const auto problem = clusters(500, 20, 4);
    int asked = 0;
    QVERIFY_THROWS_EXCEPTION(Stopped, fitLogistic(problem.x_ND, problem.labels, 4, std::vector{1e-3}, {},
                                                  Control({.mayGoOn = [&] { return ++asked < 3; }})));
    QCOMPARE(asked, 3);
  }

  void iterationsAreLimited() {
    const auto problem = clusters(500, 20, 4);
    const auto model = fit(problem.x_ND, problem.labels, 4, 1e-3, {.maxIterations = 2});
    QCOMPARE(model.iterations, 2);
    QVERIFY(!model.converged);
  }

  void brokenInputIsRefusedOrCopedWith_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("mustBeRefused");
    for (const auto& broken : brokenFiles("logreg/"))
      QTest::newRow(broken.file.parent_path().filename().c_str())
          << QString::fromStdString(broken.file.string()) << broken.mustBeRefused;
  }
  void brokenInputIsRefusedOrCopedWith() {
    QFETCH(QString, file);
    QFETCH(bool, mustBeRefused);
    const fs::path path = file.toStdString();
    std::string message;
    try {
      const auto x_ND = read(path);
      const auto labels = readLabels(path.parent_path() / "y.npy");
      const auto classes = labels.empty() ? 2 : 1 + *std::ranges::max_element(labels);
      const auto standard_ND = Standardizer(x_ND).apply(x_ND);
      QVERIFY(at::isfinite(standard_ND).all().item<bool>());
      const auto model = fit(standard_ND, labels, classes);
      QVERIFY(at::isfinite(model.weights_DC).all().item<bool>());
      QVERIFY(model.converged);
    } catch (const Error& error) {
      message = error.what();
    }
    if (mustBeRefused) QVERIFY(!message.empty());
    QVERIFY(message.empty() || message.size() > 30);
  }
};

QTEST_APPLESS_MAIN(LogisticRegressionTest)
#include "logistic_regression_test.moc"
