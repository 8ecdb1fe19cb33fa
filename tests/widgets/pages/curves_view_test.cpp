#include "widgets/pages/curves_view.h"

#include <QAbstractButton>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QWheelEvent>
#include <cmath>
#include <limits>

#include "tests/support/widget_pictures.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

double noise(int64_t step, int seed) {
  const double wave = std::sin(double(step) * 12.9898 + seed) * 43758.5453;
  return 2 * (wave - std::floor(wave)) - 1;
}

/// A run as a training would write it, `steps` long.
void fill(CurvesView& view, int64_t run, int64_t steps, double level) {
  std::vector<Point> loss, validation, rate, norm, speed;
  for (int64_t step = 1; step <= steps; ++step) {
    const double t = double(step) / double(steps);
    const double fall = 1.5 * std::exp(-7 * t) + level;
    loss.push_back({step, fall + 0.06 * noise(step, int(run))});
    if (step % std::max<int64_t>(1, steps / 12) == 0) validation.push_back({step, fall + 0.02});
    const double warm = double(steps) / 24;
    rate.push_back({step, double(step) < warm ? 3e-3 * double(step) / warm : 1.5e-3 * (1 + std::cos(M_PI * t))});
    norm.push_back({step, 0.4 + 1.2 * std::exp(-9 * t) + 0.15 * std::abs(noise(step, 3 + int(run)))});
    speed.push_back({step, 640 + 30 * noise(step, 9) - (step % 50 == 0 ? 200 : 0)});
  }
  view.append(run, Curve::TrainLoss, loss);
  view.append(run, Curve::ValidationLoss, validation);
  view.append(run, Curve::LearningRate, rate);
  view.append(run, Curve::GradientNorm, norm);
  view.append(run, Curve::ImagesPerSecond, speed);
}

}  // namespace

class CurvesViewTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { delete view_; }
  void rectangleZoomAndBack();
  void wheelZoomsAllChartsAndDoubleClickResets();
  void newRunsKeepZoomAndSmoothing();
  void keysMoveTheCrosshairOverAllCharts();
  void hoverTellsAllRunsNearestFirst();
  void clicksNameStepAndRun();
  void theEndIsFollowedUnlessZoomedAway();
  void resumingOverwritesSteps();
  void nonFiniteValuesLeaveTheRangeAlone();
  void logarithmicAxesHideWhatTheyCannotShow();
  void furtherSeriesHaveChartsOnceTheyHavePoints();
  void validationAndTestAccuracyShareAChart();
  void theTestLossIsAMarkInTheLossChart();
  void anImportedRunShowsItsOwnSeriesAlone();
  void manyOtherSeriesAreFiltered();
  void otherSeriesFoldAway();
  void furtherChartsShareZoomAndCrosshair();
  void searchesRunOverTrialsNotSteps();
  void lossesSayWhatTheyAreMeasuredIn();
  void resumingOverwritesFurtherSeries();
  void chartsStayUntilThePointsOfTheNextRunAreThere();
  void aRunWithoutPointsEmptiesThePage();
  void pictures();

 private:
  QList<Chart*> charts() const { return view_->findChildren<Chart*>(); }
  Chart& loss() const { return *charts()[0]; }
  QWidget* plot(int chart = 0) const { return charts()[chart]->findChild<QWidget*>(QStringLiteral("plot")); }
  /// The visible chart of this title.
  Chart* chart(const QString& title) const {
    for (Chart* each : charts())
      if (each->isVisibleTo(view_) && each->accessibleName().endsWith(title)) return each;
    return nullptr;
  }
  QAbstractButton* button(const char* name) const {
    return view_->findChild<QAbstractButton*>(QString::fromLatin1(name));
  }
  QPoint at(double x, double y) const { return loss().pixelOf(x, y).toPoint(); }
  void flush() const {
    for (Chart* chart : charts()) chart->flush();
  }
  void drag(QPoint from, QPoint to) const;
  void wheel(QPoint at, int notches) const;
  CurvesView* view_ = nullptr;
};

void CurvesViewTest::init() {
  view_ = new CurvesView;
  view_->resize(1400, 900);
  view_->setRuns({{.id = 1, .name = QStringLiteral("quick start"), .colour = 0}});
  fill(*view_, 1, 600, 1.31);
  view_->show();
  QVERIFY(QTest::qWaitForWindowExposed(view_));
  flush();
  QTest::qWait(50);
  flush();
}

void CurvesViewTest::chartsStayUntilThePointsOfTheNextRunAreThere() {
  view_->append(1, std::string("vqvae/psnr"), std::vector<Point>{{10, 20.0}});
  const auto visible = [this] {
    std::vector<Chart*> shown;
    for (Chart* each : charts())
      if (each->isVisibleTo(view_)) shown.push_back(each);
    return shown;
  };
  view_->append(1, "own", std::vector<Point>{{10, 1.0}});
  const auto* others = button("otherSeries");
  const auto before = visible();
  QCOMPARE(before.size(), size_t{6});
  const QString title = others->text();
  view_->setRuns({{.id = 2, .name = QStringLiteral("next"), .colour = 1}});
  QCOMPARE(visible(), before);
  QCOMPARE(others->text(), title);  // nor does the line above the other series count none meanwhile
  fill(*view_, 2, 100, 1.5);
  QCOMPARE(visible(), before);
  QCOMPARE(others->text(), title);
  QTRY_COMPARE(visible().size(), size_t{4});  // it is no VQ-VAE, and has no series of its own
  QVERIFY(others->text() != title);
}

void CurvesViewTest::aRunWithoutPointsEmptiesThePage() {
  view_->append(1, std::string("vqvae/psnr"), std::vector<Point>{{10, 20.0}});
  view_->setRuns({{.id = 2, .name = QStringLiteral("waits"), .colour = 1}});
  QTRY_VERIFY(!chart(QStringLiteral("reconstructions, dB")));
}

void CurvesViewTest::drag(QPoint from, QPoint to) const {
  QTest::mousePress(plot(), Qt::LeftButton, {}, from);
  QTest::mouseMove(plot(), (from + to) / 2);
  QTest::mouseMove(plot(), to);
  QTest::mouseRelease(plot(), Qt::LeftButton, {}, to);
  flush();
}

void CurvesViewTest::wheel(QPoint at, int notches) const {
  QWheelEvent event(at, plot()->mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(plot(), &event);
  flush();
}

void CurvesViewTest::rectangleZoomAndBack() {
  const ChartFrame whole = loss().frame();
  QVERIFY(!button("back")->isEnabled());
  drag(at(100, 2.0), at(300, 1.4));
  const ChartFrame zoomed = loss().frame();
  QVERIFY(std::abs(zoomed.x.low - 100) < 3 && std::abs(zoomed.x.high - 300) < 3);
  QVERIFY(std::abs(zoomed.y.low - 1.4) < 0.02 && std::abs(zoomed.y.high - 2.0) < 0.02);
  QCOMPARE(charts()[2]->frame().x, zoomed.x);
  drag(at(150, 1.9), at(200, 1.5));
  QTest::mouseClick(button("back"), Qt::LeftButton);
  flush();
  QCOMPARE(loss().frame().x, zoomed.x);
  QTest::keyClick(charts()[3], Qt::Key_Left, Qt::AltModifier);  // any chart goes through the common history
  flush();
  QCOMPARE(loss().frame().x, whole.x);
  QCOMPARE(loss().frame().y, whole.y);
  QTest::mouseClick(button("forward"), Qt::LeftButton);
  flush();
  QCOMPARE(loss().frame().x, zoomed.x);
  QTest::mouseClick(button("reset"), Qt::LeftButton);
  flush();
  QCOMPARE(loss().frame().x, whole.x);
}

void CurvesViewTest::wheelZoomsAllChartsAndDoubleClickResets() {
  const Span whole = loss().frame().x;
  wheel(at(300, 1.5), 2);
  QVERIFY(std::abs(loss().frame().x.width() - 0.64 * whole.width()) < 1);
  QCOMPARE(charts()[1]->frame().x, loss().frame().x);
  wheel(at(300, 1.5), 1);
  QTest::mouseDClick(plot(), Qt::LeftButton, {}, at(300, 1.5));
  flush();
  QCOMPARE(loss().frame().x, whole);
  wheel(at(300, 1.5), -3);  // there is nothing beyond everything
  QCOMPARE(loss().frame().x, whole);
}

void CurvesViewTest::newRunsKeepZoomAndSmoothing() {
  view_->findChild<QSlider*>(QStringLiteral("smoothing"))->setFocus();
  QTest::keyClick(view_->findChild<QSlider*>(QStringLiteral("smoothing")), Qt::Key_End);
  QCOMPARE(view_->smoothing(), 0.99);
  drag(at(100, 2.0), at(300, 1.4));
  const ChartFrame zoomed = loss().frame();
  view_->setRuns({{.id = 2, .name = QStringLiteral("other"), .colour = 1}});
  fill(*view_, 2, 900, 1.5);
  flush();
  QCOMPARE(loss().frame().x, zoomed.x);
  QCOMPARE(loss().frame().y, zoomed.y);
  QCOMPARE(view_->smoothing(), 0.99);
  QVERIFY(loss().lines().begin()->second.series.isSmoothed());
  QCOMPARE(loss().lines().size(), size_t(2));
}

void CurvesViewTest::keysMoveTheCrosshairOverAllCharts() {
  loss().setFocus();
  QTest::keyClick(&loss(), Qt::Key_Home);
  QTest::keyClick(&loss(), Qt::Key_Home);
  QCOMPARE(loss().cursor(), std::optional<double>(1));
  QTest::keyClick(&loss(), Qt::Key_Right);
  QTest::keyClick(&loss(), Qt::Key_Right, Qt::ShiftModifier);
  QCOMPARE(loss().cursor(), std::optional<double>(12));
  QCOMPARE(charts()[3]->cursor(), std::optional<double>(12));
  QTest::keyClick(&loss(), Qt::Key_End);
  QCOMPARE(loss().cursor(), std::optional<double>(600));
  QTest::keyClick(&loss(), Qt::Key_Left);
  QCOMPARE(loss().cursor(), std::optional<double>(599));
  QTest::keyClick(&loss(), Qt::Key_Escape);
  QVERIFY(!loss().cursor());
}

void CurvesViewTest::hoverTellsAllRunsNearestFirst() {
  view_->setRuns(
      {{.id = 1, .name = QStringLiteral("low"), .colour = 0}, {.id = 2, .name = QStringLiteral("high"), .colour = 1}});
  fill(*view_, 2, 600, 2.0);
  flush();
  QTest::mouseMove(plot(), at(400, 2.1));
  QCOMPARE(loss().cursor(), std::optional<double>(400));
  const auto table = loss().table();
  QCOMPARE(table.size(), size_t(4));  // two curves, two rows of validation points
  QVERIFY(table.front().name.startsWith(QStringLiteral("high")));
  QTest::mouseMove(plot(), at(400, 1.2));
  QVERIFY(loss().table().front().name.startsWith(QStringLiteral("low")));
  view_->setStepCursor(250);
  QEvent leave(QEvent::Leave);
  QCoreApplication::sendEvent(plot(), &leave);
  QCOMPARE(loss().cursor(), std::optional<double>(250));
}

void CurvesViewTest::clicksNameStepAndRun() {
  QSignalSpy steps(view_, &CurvesView::stepClicked), runs(view_, &CurvesView::runClicked);
  const auto& series = loss().lines().begin()->second.series;
  const auto index = *series.nearest(300);
  QTest::mouseClick(plot(), Qt::LeftButton, {}, at(300, series.shown()[index]));
  QCOMPARE(steps.size(), 1);
  QVERIFY(std::abs(steps.at(0).at(0).toLongLong() - 300) <= 1);
  QCOMPARE(runs.size(), 1);
  QCOMPARE(runs.at(0).at(0).toLongLong(), 1);
  QTest::mouseClick(plot(), Qt::LeftButton, {}, at(300, 2.6));
  QCOMPARE(steps.size(), 2);
  QCOMPARE(runs.size(), 1);
}

void CurvesViewTest::theEndIsFollowedUnlessZoomedAway() {
  const std::vector<Point> more{{601, 1.3}, {700, 1.3}};
  drag(at(100, 2.0), at(300, 1.4));
  const Span away = loss().frame().x;
  view_->append(1, Curve::TrainLoss, more);
  flush();
  QCOMPARE(loss().frame().x, away);
  QTest::mouseClick(button("reset"), Qt::LeftButton);
  flush();
  QVERIFY(loss().frame().x.high >= 700);
  drag(at(500, 2.0), at(704, 1.4));
  const double width = loss().frame().x.width();
  view_->append(1, Curve::TrainLoss, std::vector<Point>{{900, 1.3}});
  flush();
  QVERIFY(loss().frame().x.high >= 900);
  QVERIFY(std::abs(loss().frame().x.width() - width) < 1e-6);
}

void CurvesViewTest::resumingOverwritesSteps() {
  const auto& series = loss().lines().begin()->second.series;
  view_->append(1, Curve::TrainLoss, std::vector<Point>{{301, 9.0}, {302, 9.0}});
  QCOMPARE(series.size(), size_t(302));
  QCOMPARE(series.raw()[301], 9.0);
  view_->append(77, Curve::TrainLoss, std::vector<Point>{{1, 1.0}});  // not shown
  QCOMPARE(loss().lines().size(), size_t(2));
  view_->clear(1);
  QVERIFY(series.empty());
}

void CurvesViewTest::nonFiniteValuesLeaveTheRangeAlone() {
  const Span before = loss().frame().y;
  view_->append(1, Curve::TrainLoss,
                std::vector<Point>{{601, std::nan("")},
                                   {602, std::numeric_limits<double>::infinity()},
                                   {603, -std::numeric_limits<double>::infinity()},
                                   {604, 1.4}});
  flush();
  QCOMPARE(loss().frame().y, before);
  QTest::mouseMove(plot(), at(601, 1.5));
  view_->clear(1);
  view_->append(1, Curve::TrainLoss, std::vector<Point>{{1, std::nan("")}});
  flush();
  QVERIFY(std::isfinite(loss().frame().y.low) && loss().frame().y.low < loss().frame().y.high);
}

void CurvesViewTest::logarithmicAxesHideWhatTheyCannotShow() {
  view_->append(1, Curve::TrainLoss, std::vector<Point>{{601, 0.0}, {602, -3.0}, {603, 1.4}});
  QTest::mouseClick(button("logY"), Qt::LeftButton);
  QTest::mouseClick(button("logX"), Qt::LeftButton);
  flush();
  QVERIFY(loss().frame().logX && loss().frame().logY);
  QVERIFY(loss().frame().y.low > 1.0);
  QCOMPARE(loss().frame().x.low, 1.0);
  QVERIFY(!charts()[1]->frame().logY);
}

void CurvesViewTest::furtherSeriesHaveChartsOnceTheyHavePoints() {
  const auto before = charts().size();
  view_->append(1, "vqvae/perplexity", {});
  QCOMPARE(charts().size(), before);
  view_->append(1, "vqvae/perplexity", std::vector<Point>{{100, 12.0}, {200, 80.5}});
  QVERIFY(chart(QStringLiteral("Codebook perplexity")));
  view_->append(77, "vqvae/psnr", std::vector<Point>{{100, 12.0}});  // not shown
  QCOMPARE(charts().size(), before + 1);
  view_->clear(1);
  QVERIFY(!chart(QStringLiteral("Codebook perplexity")));
  QVERIFY(loss().isVisibleTo(view_));
}

void CurvesViewTest::validationAndTestAccuracyShareAChart() {
  view_->append(1, std::string(series::kValidationAccuracy), std::vector<Point>{{100, 0.5}, {200, 0.75}});
  view_->append(1, std::string(series::kTestAccuracy), std::vector<Point>{{200, 0.7}});
  Chart* accuracy = chart(QStringLiteral("Classifier's accuracy, %"));
  QVERIFY(accuracy);
  QCOMPARE(accuracy->lines().size(), size_t(2));
  const auto& test = accuracy->lines().rbegin()->second;
  QCOMPARE(test.style.name, QStringLiteral("test"));
  QVERIFY(test.style.labelled);
  QCOMPARE(test.series.raw()[0], 0.7);
}

void CurvesViewTest::theTestLossIsAMarkInTheLossChart() {
  const auto before = charts().size();
  view_->append(1, std::string(series::kTestLoss), std::vector<Point>{{600, 1.4}});
  QCOMPARE(charts().size(), before);
  const auto& test = loss().lines().rbegin()->second;
  QCOMPARE(test.style.name, QStringLiteral("test"));
  QCOMPARE(test.series.x(0), 600.0);
}

void CurvesViewTest::anImportedRunShowsItsOwnSeriesAlone() {
  view_->setRuns({{.id = 5, .name = QStringLiteral("imported"), .colour = 2, .loss = ChartRun::Loss::Unknown}});
  view_->append(5, "Gan/discriminator", std::vector<Point>{{0, 1.0}, {10, 0.5}, {20, 0.7}});
  view_->append(5, "lonely", std::vector<Point>{{10, 3.0}});
  QTRY_VERIFY(chart(QStringLiteral("Gan/discriminator")));
  QVERIFY(chart(QStringLiteral("lonely")));
  for (int at = 0; at < 4; ++at) QVERIFY(!charts()[at]->isVisibleTo(view_));
  QTRY_VERIFY(chart(QStringLiteral("lonely"))->mapTo(view_, QPoint()).y() < 150);  // no room for a missing chart
  view_->append(5, std::string(series::kTrainLoss), std::vector<Point>{{1, 3.0}, {2, 2.0}});
  QVERIFY(charts()[0]->isVisibleTo(view_));
  QVERIFY(!charts()[1]->isVisibleTo(view_));
}

void CurvesViewTest::manyOtherSeriesAreFiltered() {
  for (int at = 0; at < 30; ++at)
    view_->append(1, QStringLiteral("layer%1/norm").arg(at, 2, 10, QChar('0')).toStdString(),
                  std::vector<Point>{{1, 1.0}, {2, 2.0}});
  QVERIFY(chart(QStringLiteral("layer00/norm")));
  QVERIFY(!chart(QStringLiteral("layer27/norm")));
  auto* filter = view_->findChild<QLineEdit*>();
  filter->setFocus();
  QTest::keyClicks(filter, QStringLiteral("R27"));
  QVERIFY(chart(QStringLiteral("layer27/norm")));
  QVERIFY(!chart(QStringLiteral("layer00/norm")));
}

void CurvesViewTest::otherSeriesFoldAway() {
  view_->append(1, "lonely", std::vector<Point>{{10, 3.0}, {20, 2.0}});
  QTest::qWait(20);  // the button gets its place
  QTest::mouseClick(button("otherSeries"), Qt::LeftButton);
  QVERIFY(!chart(QStringLiteral("lonely")));
  QVERIFY(button("otherSeries")->isVisible());
  QTest::mouseClick(button("otherSeries"), Qt::LeftButton);
  QVERIFY(chart(QStringLiteral("lonely")));
}

void CurvesViewTest::furtherChartsShareZoomAndCrosshair() {
  view_->append(1, "lonely", std::vector<Point>{{10, 3.0}, {400, 2.0}});
  flush();
  drag(at(100, 2.0), at(300, 1.4));
  Chart* lonely = chart(QStringLiteral("lonely"));
  QCOMPARE(lonely->frame().x, loss().frame().x);
  view_->setStepCursor(250);
  QCOMPARE(lonely->cursor(), std::optional<double>(250));
}

void CurvesViewTest::searchesRunOverTrialsNotSteps() {
  view_->append(1, "search/loss", std::vector<Point>{{1, 1.5}, {2, 1.3}, {3, 1.4}});
  flush();
  drag(at(100, 2.0), at(300, 1.4));
  Chart* trials = chart(QStringLiteral("Final loss of each trial"));
  QVERIFY(trials->frame().x.high < 4);
}

void CurvesViewTest::lossesSayWhatTheyAreMeasuredIn() {
  QVERIFY(loss().accessibleName().endsWith(QStringLiteral("Loss, nats per pixel")));
  const ChartRun pixels{.id = 1, .name = QStringLiteral("a")},
      codec{.id = 2, .name = QStringLiteral("b"), .loss = ChartRun::Loss::SquaredError};
  view_->setRuns({codec});
  QVERIFY(loss().accessibleName().contains(QStringLiteral("squared error")));
  view_->setRuns({pixels, codec});
  QVERIFY(loss().accessibleName().endsWith(QStringLiteral("Loss")));
  RunSpec spec;
  QCOMPARE(lossOf(spec), ChartRun::Loss::NatsPerPixel);
  spec.palette.vqvae = "codes";
  QCOMPARE(lossOf(spec), ChartRun::Loss::NatsPerCode);
  spec.kind = RunKind::Finetune;
  spec.finetune.loss = FinetuneLoss::Classification;
  QCOMPARE(lossOf(spec), ChartRun::Loss::NatsPerImage);
  spec.finetune.loss = FinetuneLoss::Joint;  // training sums both, validation has the codes'
  QCOMPARE(lossOf(spec), ChartRun::Loss::Nats);
  QCOMPARE(lossUnit(spec), std::string_view("nats per code"));
  spec.kind = RunKind::Vqvae;
  QCOMPARE(lossUnit(spec), std::string_view("mean squared error"));
}

void CurvesViewTest::resumingOverwritesFurtherSeries() {
  view_->append(1, "lonely", std::vector<Point>{{10, 3.0}, {20, 2.0}, {30, 1.0}});
  view_->append(1, "lonely", std::vector<Point>{{20, 9.0}});
  const auto& series = chart(QStringLiteral("lonely"))->lines().begin()->second.series;
  QCOMPARE(series.size(), size_t(2));
  QCOMPARE(series.raw()[1], 9.0);
  view_->clear(1);
  QVERIFY(!chart(QStringLiteral("lonely")) || chart(QStringLiteral("lonely"))->isHidden());
}

void CurvesViewTest::pictures() {
  takePictures(*view_, QStringLiteral("curves-one"));
  QTest::mouseMove(plot(), at(400, 1.6));
  takePictures(*view_, QStringLiteral("curves-hover"));
  view_->setRuns({{.id = 1, .name = QStringLiteral("quick start"), .colour = 0},
                  {.id = 2, .name = QStringLiteral("lr 0.003, width 128"), .colour = 1},
                  {.id = 3, .name = QStringLiteral("no warm-up"), .colour = 2}});
  fill(*view_, 2, 900, 1.5);
  fill(*view_, 3, 450, 1.42);
  view_->append(3, Curve::TrainLoss, std::vector<Point>{{451, 2.9}, {452, std::nan("")}});
  flush();
  QTest::mouseMove(plot(), at(400, 1.6));
  takePictures(*view_, QStringLiteral("curves-three"));
  button("logX")->click();
  button("logY")->click();
  takePictures(*view_, QStringLiteral("curves-log"));
  view_->setRuns({{.id = 4, .name = QStringLiteral("fine-tune"), .colour = 3, .loss = ChartRun::Loss::Nats}});
  fill(*view_, 4, 600, 1.31);
  std::vector<Point> accuracy, classifier;
  for (int64_t step = 1; step <= 600; ++step) {
    classifier.push_back({step, 2.3 * std::exp(-double(step) / 120) + 0.2 + 0.05 * noise(step, 4)});
    if (step % 50 == 0) accuracy.push_back({step, 0.93 - 0.7 * std::exp(-double(step) / 90)});
  }
  view_->append(4, std::string(series::kClassifierLoss), classifier);
  view_->append(4, std::string(series::kValidationAccuracy), accuracy);
  view_->append(4, std::string(series::kTestAccuracy), std::vector<Point>{{600, 0.912}});
  view_->append(4, std::string(series::kTestLoss), std::vector<Point>{{600, 1.36}});
  takePictures(*view_, QStringLiteral("curves-finetune"));
  view_->setRuns({{.id = 5, .name = QStringLiteral("imported"), .colour = 4, .loss = ChartRun::Loss::Unknown}});
  for (const char* name : {"loss/train", "acc/top1", "GAN/discriminator real", "lr-Adam/pg1", "grad norm"}) {
    std::vector<Point> points;
    for (int64_t step = 0; step < 400; step += 4)
      points.push_back({step, std::exp(-double(step) / 100) + 0.05 * noise(step, name[0])});
    view_->append(5, std::string(name), points);
  }
  takePictures(*view_, QStringLiteral("curves-imported"));
  view_->resize(640, 480);
  takePictures(*view_, QStringLiteral("curves-imported-small"));
  view_->resize(1400, 900);
  view_->setRuns({});
  takePictures(*view_, QStringLiteral("curves-empty"));
}

QTEST_MAIN(CurvesViewTest)
#include "curves_view_test.moc"
