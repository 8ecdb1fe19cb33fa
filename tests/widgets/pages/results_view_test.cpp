#include "widgets/pages/results_view.h"

#include <QCheckBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "tests/support/widget_pictures.h"
#include "widgets/images/image_grid.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/pages/search_view.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

std::vector<LowDataResult> results(double level) {
  std::vector<LowDataResult> all;
  for (const int64_t labels : {4, 25, 400})
    for (int64_t subset = 0; subset < 5; ++subset)
      all.push_back({.labelsPerClass = labels,
                     .subset = subset,
                     .layer = 3,
                     .accuracy = level + 0.07 * std::log10(double(labels)) +
                                 0.02 * double(subset - 2) / std::sqrt(double(labels)),
                     .loss = 1});
  return all;
}

QString paperFile() {
  return qEnvironmentVariable("SCANLINE_DATA_DIR") + QStringLiteral("/paper_curves.csv");
}

}  // namespace

class ResultsViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() {
    view_ = std::make_unique<ResultsView>();
    view_->resize(1000, 700);
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
  }
  void cleanup() { view_.reset(); }

  void meanAndDeviationAreThoseOfTheSubsets() {
    const auto means = meansOf(std::vector<LowDataResult>{{4, 0, 0, 0.5, 0}, {4, 1, 0, 0.7, 0}, {25, 0, 0, 0.9, 0}});
    QCOMPARE(means.size(), size_t{2});
    QCOMPARE(means[0].subsets, 2);
    QVERIFY(std::abs(means[0].mean - 0.6) < 1e-12);
    QVERIFY(std::abs(means[0].deviation - 0.1 * std::sqrt(2.0)) < 1e-12);  // n - 1
    QCOMPARE(means[1].deviation, 0.0);
  }

  void thePapersNumbersAreRead() {
    const auto points = readPaperLowData(paperFile());
    QCOMPARE(points.size(), size_t{3});
    QCOMPARE(points[0].labels, 40);
    QCOMPARE(points[0].mean, 0.732);
    QCOMPARE(points[0].deviation, 0.015);
    QCOMPARE(points[2].labels, 4000);
    QCOMPARE(points[2].mean, 0.943);
    QVERIFY_EXCEPTION_THROWN(readPaperLowData(QStringLiteral("/nowhere.csv")), Error);
  }

  void lowDataDrawsSubsetsMeansAndThePaper() {
    showLowData();
    Chart& chart = lowDataChart();
    chart.flush();
    const ChartLine *mean = nullptr, *paper = nullptr;
    int dots = 0;
    for (const auto& [key, line] : chart.lines()) {
      if (line.style.look == LineLook::Points) mean = &line;
      if (line.style.look == LineLook::Reference) paper = &line;
      if (line.style.look == LineLook::Dots) ++dots;
    }
    QCOMPARE(dots, 5);
    QVERIFY(mean && paper);
    QCOMPARE(mean->series.x(2), 400.0);
    QCOMPARE(mean->deviations.size(), size_t{3});
    QCOMPARE(paper->series.x(0), 4.0);  // 40 labels of 10 classes
    // The whiskers, too, are inside.
    QVERIFY(chart.frame().logX);
    QVERIFY(chart.frame().x.low < 4 && chart.frame().x.high > 400);
    QVERIFY(chart.frame().y.low < mean->series.raw()[0] - mean->deviations[0]);
    QVERIFY(chart.frame().y.high > 0.943 + 0.001);
  }

  /// The paper measured CIFAR-10; its curve over digits would be nonsense.
  void thePaperIsShownOnlyForItsOwnImages() {
    showLowData();
    view_->lowData()->setReferenceApplies(false);
    QVERIFY(!view_->lowData()->findChild<QCheckBox*>()->isVisible());
    for (const auto& [key, line] : lowDataChart().lines()) QVERIFY(line.style.look != LineLook::Reference);
    view_->lowData()->setReferenceApplies(true);
    QVERIFY(view_->lowData()->findChild<QCheckBox*>()->isVisible());
  }

  void theCardHasCurveProbeAndPictures() {
    view_->setResults(QStringLiteral("quick start"), QStringLiteral("digits · 0.2 M"),
                      {{QStringLiteral("Best layer"), QStringLiteral("3"), {}}}, ResultsView::Part::None);
    const auto charts = [&] {
      std::vector<QString> shown;
      for (const auto* chart : view_->findChild<QWidget*>("card")->findChildren<Chart*>())
        if (chart->isVisible()) shown.push_back(chart->findChild<QLabel*>()->text());
      return shown.size();
    };
    auto* grid = view_->findChild<ImageGrid*>();
    QCOMPARE(charts(), size_t{0});
    QVERIFY(!grid->isVisible());
    view_->setCurves({.losses = {{0, 2.8}, {200, 1.6}, {400, 1.4}, {600, 1.31}},
                      .lossTitle = QStringLiteral("Validation loss, nats per pixel"),
                      .byLayer = {{0, 0.7}, {1, 0.85}, {2, 0.9}, {3, 0.917}, {4, 0.88}},
                      .colour = 0});
    PictureSet set;
    set.width = set.height = 8;
    set.groups = {8};
    set.gap = 4;
    set.rowTitles = QStringList{"original", "quick start"};
    for (int i = 0; i < 16; ++i) set.cells.push_back({QString::number(i), {}, {}, 0, false});
    set.allocateAtlas();
    view_->setPictures(set);
    QCOMPARE(charts(), size_t{2});
    QVERIFY(grid->isVisible());
    QCOMPARE(grid->pictures().count(), 16);
    takePictures(*view_, QStringLiteral("results-card"));
  }

  void thePaperIsLeftOutByClick() {
    showLowData();
    auto* paper = view_->lowData()->findChild<QCheckBox*>();
    QTest::mouseClick(paper, Qt::LeftButton, {}, QPoint(8, paper->height() / 2));
    for (const auto& [key, line] : lowDataChart().lines()) QVERIFY(line.style.look != LineLook::Reference);
  }

  void resultsOfRunsNotShownAreIgnored() {
    showLowData();
    const size_t before = lowDataChart().lines().size();
    view_->lowData()->setResults(9, results(0.2));
    QCOMPARE(lowDataChart().lines().size(), before);
    view_->lowData()->setRuns({});
    QVERIFY(lowDataChart().lines().empty());
  }

  void theLowestLossWins() {
    showSearch(true);
    QCOMPARE(view_->search()->winner(), std::optional<size_t>(1));
    QVERIFY2(view_->search()->words().contains(QStringLiteral("3e-3")), qPrintable(view_->search()->words()));
    QVERIFY(view_->search()->words().contains(QStringLiteral("trial 2 of 3")));
    Chart& chart = *view_->search()->findChild<Chart*>();
    chart.flush();
    bool marked = false;
    for (const auto& [key, line] : chart.lines())
      if (line.style.look == LineLook::Mark) marked = line.series.size() == 1 && line.series.x(0) == 3e-3;
    QVERIFY(marked);
  }

  void aDivergedTrialNeverWins() {
    view_->search()->setSearch({{0.01, std::numeric_limits<double>::infinity()}}, QStringLiteral("loss"), 0);
    QVERIFY(!view_->search()->winner());
    view_->search()->setFinished(true);
    QVERIFY(!startButton()->isEnabled());
    QVERIFY(view_->search()->words().contains(QStringLiteral("diverged")));
  }

  void theWinnerIsStartedOnceTheSearchIsOver() {
    showSearch(false);
    QSignalSpy started(view_->search(), &SearchView::startWinnerRequested);
    QTest::mouseClick(startButton(), Qt::LeftButton);
    QCOMPARE(started.size(), 0);
    view_->search()->setFinished(true);
    QTest::mouseClick(startButton(), Qt::LeftButton);
    QCOMPARE(started.size(), 1);
    QSignalSpy overlaid(view_->search(), &SearchView::overlayRequested);
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("overlay")), Qt::LeftButton);
    QCOMPARE(overlaid.size(), 1);
  }

  void numbersArePlainAndEscaped() {
    view_->setResults(QStringLiteral("run"), {},
                      {{QStringLiteral("Test accuracy"), QStringLiteral("91.7 %"), QStringLiteral("a < b")}},
                      ResultsView::Part::None);
    const QString numbers = view_->findChild<QLabel*>(QStringLiteral("numbers"))->text();
    QVERIFY(numbers.contains(QStringLiteral("91.7 %")) && numbers.contains(QStringLiteral("a &lt; b")));
    QVERIFY(!view_->lowData()->isVisible() && !view_->search()->isVisible());
  }

  void pictures() {
    takePictures(*view_, QStringLiteral("results-empty"));
    showLowData();
    view_->setResults(QStringLiteral("low data"), QStringLiteral("cifar10"),
                      {{QStringLiteral("4 labels of each class"), QStringLiteral("62.3 ± 2.1 %"),
                        QStringLiteral("40 in all · 5 subsets")},
                       {QStringLiteral("25 labels of each class"), QStringLiteral("80.1 ± 1.0 %"),
                        QStringLiteral("250 in all · 5 subsets")},
                       {QStringLiteral("400 labels of each class"), QStringLiteral("91.0 ± 0.2 %"),
                        QStringLiteral("4 000 in all · 5 subsets")}},
                      ResultsView::Part::LowData);
    takePictures(*view_, QStringLiteral("results-low-data"));
    showSearch(true);
    takePictures(*view_, QStringLiteral("results-search"));
    view_->search()->setSearch({}, QStringLiteral("final validation loss, nats per pixel"), 1);
    takePictures(*view_, QStringLiteral("results-search-empty"));
    view_->setResults(QStringLiteral("quick start"), QStringLiteral("digits · 0.2 M · 4 layers · pretrain"),
                      {{QStringLiteral("Best validation loss"), QStringLiteral("1.308"),
                        QStringLiteral("nats per pixel · 0.629 bits/dim · at step 600")},
                       {QStringLiteral("Best layer"), QStringLiteral("3"), QStringLiteral("of 4 · at step 600")}},
                      ResultsView::Part::None);
    takePictures(*view_, QStringLiteral("results-numbers"));
  }

 private:
  void showLowData() {
    view_->lowData()->setReference(readPaperLowData(paperFile()), 10);
    view_->lowData()->setRuns({{.id = 1, .name = QStringLiteral("low data"), .colour = 0}});
    view_->lowData()->setResults(1, results(0.6));
    view_->setResults(QStringLiteral("low data"), {}, {}, ResultsView::Part::LowData);
  }
  void showSearch(bool finished) {
    view_->search()->setSearch({{0.01, 1.52}, {0.003, 1.31}, {0.001, 1.39}},
                               QStringLiteral("final validation loss, nats per pixel"), 1);
    view_->search()->setFinished(finished);
    view_->setResults(QStringLiteral("search"), {}, {}, ResultsView::Part::Search);
  }
  Chart& lowDataChart() const { return *view_->lowData()->findChild<Chart*>(); }
  QPushButton* startButton() const { return view_->findChild<QPushButton*>(QStringLiteral("startWinner")); }

  std::unique_ptr<ResultsView> view_;
};

QTEST_MAIN(ResultsViewTest)
#include "results_view_test.moc"
