// The Curves page with several runs: which one is seen, the legend, axes, arrangement, seeds and the table.

#include <QAbstractButton>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>
#include <cmath>

#include "tests/support/widget_pictures.h"
#include "widgets/pages/curve_keys.h"
#include "widgets/pages/curves_values.h"
#include "widgets/pages/curves_view.h"
#include "widgets/plot/chart_legend.h"

using namespace scanline;

namespace {

constexpr int64_t kStartMs = 1'760'000'000'000;

/// A straight fall to `level`, a point every step and a second apart.
std::vector<Point> fall(int64_t steps, double level) {
  std::vector<Point> points;
  for (int64_t step = 1; step <= steps; ++step)
    points.push_back({step, level + 1 - double(step) / double(steps), kStartMs + 1000 * step});
  return points;
}

}  // namespace

class CurvesLooksTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { delete view_; }
  void theChosenRunLiesOnTop();
  void pointingAtARunBringsItOut();
  void theLegendNamesAllAndSwitchesThem();
  void theLegendWorksByKeys();
  void validationStartsApartFromTheUntrainedModel();
  void axesOtherThanSteps();
  void aPauseBreaksTheLineOverTime();
  void aStepIsFoundOnEveryAxis();
  void chartsAreEnlargedAndBroughtBack();
  void chartsArePinnedMovedAndRemembered();
  void seedsAreJoinedToAMeanWithItsBand();
  void theTableHasEveryValueAndDifferences();
  void withoutARunThereAreNoAxes();
  void clippingKeepsTheStartOnALogarithmicAxis();
  void pictures();

 private:
  Chart& loss() const { return *view_->findChildren<Chart*>()[0]; }
  Chart& speed() const { return *view_->findChildren<Chart*>()[3]; }
  QComboBox* box(const char* name) const { return view_->findChild<QComboBox*>(QString::fromLatin1(name)); }
  ChartLegend* legend() const { return view_->findChild<ChartLegend*>(QStringLiteral("runs")); }
  const LineStyle& style(int64_t run) const { return loss().lines().at(curveKey(run, kTrainLine)).style; }
  void setRuns(int count);
  void choose(const char* name, int index) const;
  void flush() const {
    for (Chart* chart : view_->findChildren<Chart*>())
      if (chart->isVisible()) chart->flush();
  }
  /// The entry of the chart's context menu, opened by the keyboard's way.
  void trigger(Chart& chart, const QString& text) const;
  CurvesView* view_ = nullptr;
};

void CurvesLooksTest::init() {
  view_ = new CurvesView;
  view_->resize(1100, 900);
  view_->show();
  QVERIFY(QTest::qWaitForWindowExposed(view_));
}

void CurvesLooksTest::setRuns(int count) {
  std::vector<ChartRun> runs;
  for (int run = 1; run <= count; ++run)
    runs.push_back({.id = run,
                    .name = QStringLiteral("run %1").arg(run),
                    .colour = run - 1,
                    .imagesPerStep = 32,
                    .imagesPerEpoch = 320});
  view_->setRuns(runs);
  for (int run = 1; run <= count; ++run) {
    view_->append(run, Curve::TrainLoss, fall(100, 1));
    view_->append(run, Curve::ImagesPerSecond, fall(100, 500 + run));
    view_->append(run, Curve::ValidationLoss,
                  std::vector<Point>{{0, 2.5, kStartMs}, {50, 1.6, kStartMs + 50'000}, {100, 1.1, kStartMs + 100'000}});
  }
  view_->setSmoothing(0);
  flush();
  QTest::qWait(50);
  flush();
}

void CurvesLooksTest::choose(const char* name, int index) const {
  box(name)->setFocus();
  QTest::keyClick(box(name), Qt::Key_Home);
  for (int at = 0; at < index; ++at) QTest::keyClick(box(name), Qt::Key_Down);
  QCOMPARE(box(name)->currentIndex(), index);
  flush();
}

void CurvesLooksTest::trigger(Chart& chart, const QString& text) const {
  QContextMenuEvent event(QContextMenuEvent::Keyboard, {5, 5}, chart.mapToGlobal(QPoint(5, 5)));
  QCoreApplication::sendEvent(&chart, &event);
  auto* menu = chart.findChild<QMenu*>();
  QVERIFY(menu);
  for (QAction* action : menu->actions())
    if (action->text() == text) action->trigger();
  menu->close();
  delete menu;
}

/// All runs have the same curve: the colour that is seen is the one drawn last.
void CurvesLooksTest::theChosenRunLiesOnTop() {
  setRuns(3);
  const Theme theme(view_->palette());
  const auto seen = [&](int colour) {
    auto* plot = loss().findChild<QWidget*>(QStringLiteral("plot"));
    const QImage image = plot->grab().toImage();
    const QPoint at = loss().pixelOf(60, 1.4).toPoint();
    for (int y = at.y() - 2; y <= at.y() + 2; ++y)
      if (image.pixelColor(at.x(), y) == theme.run(colour)) return true;
    return false;
  };
  QVERIFY(seen(0));
  QCOMPARE(style(1).weight, LineWeight::Strong);
  QCOMPARE(style(2).weight, LineWeight::Normal);
  std::vector<ChartRun> runs;
  for (const int run : {2, 1, 3}) runs.push_back({.id = run, .name = QStringLiteral("run"), .colour = run - 1});
  view_->setRuns(runs);
  flush();
  QTest::qWait(50);
  QVERIFY(seen(1));
  QVERIFY(!seen(0));
}

void CurvesLooksTest::pointingAtARunBringsItOut() {
  setRuns(20);
  QCOMPARE(style(1).weight, LineWeight::Strong);
  QCOMPARE(style(7).weight, LineWeight::Pale);
  view_->emphasise(RunId{7});
  QCOMPARE(style(7).weight, LineWeight::Strong);
  QCOMPARE(style(1).weight, LineWeight::Pale);
  view_->emphasise(RunId{77});  // not shown
  QCOMPARE(style(1).weight, LineWeight::Strong);
  const QRect place = legend()->placeOf(9);
  QVERIFY(!place.isEmpty());
  QTest::mouseMove(legend(), place.center());
  QCOMPARE(style(9).weight, LineWeight::Strong);
  QEvent leave(QEvent::Leave);
  QCoreApplication::sendEvent(legend(), &leave);
  QCOMPARE(style(9).weight, LineWeight::Pale);
}

void CurvesLooksTest::theLegendNamesAllAndSwitchesThem() {
  setRuns(20);
  for (int run = 1; run <= 20; ++run) {
    const QRect place = legend()->placeOf(run);
    QVERIFY2(!place.isEmpty() && legend()->rect().contains(place), qPrintable(QString::number(run)));
    for (int other = 1; other < run; ++other) QVERIFY(!place.intersects(legend()->placeOf(other)));
  }
  QTest::mouseClick(legend(), Qt::LeftButton, {}, legend()->placeOf(4).center());
  QVERIFY(style(4).hidden);
  QVERIFY(speed().lines().at(curveKey(4, kTrainLine)).style.hidden);
  QVERIFY(legend()->accessibleName().contains(QStringLiteral("run 4 (hidden)")));
  QTest::mouseClick(legend(), Qt::LeftButton, {}, legend()->placeOf(4).center());
  QVERIFY(!style(4).hidden);
  QTest::mouseDClick(legend(), Qt::LeftButton, {}, legend()->placeOf(5).center());
  QVERIFY(!style(5).hidden && style(4).hidden && style(20).hidden);
  QTest::mouseDClick(legend(), Qt::LeftButton, {}, legend()->placeOf(5).center());
  QVERIFY(!style(4).hidden && !style(20).hidden);
}

void CurvesLooksTest::theLegendWorksByKeys() {
  setRuns(3);
  QSignalSpy chosen(view_, &CurvesView::runClicked);
  legend()->setFocus(Qt::TabFocusReason);
  QTest::keyClick(legend(), Qt::Key_Right);
  QTest::keyClick(legend(), Qt::Key_Space);
  QVERIFY(style(2).hidden);
  QTest::keyClick(legend(), Qt::Key_Return);
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(chosen[0][0].toLongLong(), 2);
}

void CurvesLooksTest::validationStartsApartFromTheUntrainedModel() {
  setRuns(1);
  const auto& line = loss().lines().at(curveKey(1, kValidationLine));
  QVERIFY(line.style.faintJoin);
  // Half way between the point of step 0 and the next there is nothing but the training's line far below.
  auto* plot = loss().findChild<QWidget*>(QStringLiteral("plot"));
  const QImage image = plot->grab().toImage();
  const QColor ground = Theme(view_->palette()).card;
  const QPoint at = loss().pixelOf(25, (2.5 + 1.6) / 2).toPoint();
  for (int y = at.y() - 3; y <= at.y() + 3; ++y)
    QVERIFY(std::abs(image.pixelColor(at.x(), y).lightness() - ground.lightness()) < 30);
  // A single point at step 0 does not open a stretch of steps below 0.
  view_->clear(1);
  view_->append(1, Curve::ValidationLoss, std::vector<Point>{{0, 2.5, kStartMs}});
  flush();
  QVERIFY(loss().frame().x.low > -0.1);
}

void CurvesLooksTest::axesOtherThanSteps() {
  setRuns(2);
  QCOMPARE(loss().frame().x.high, 100 + 0.01 * 100);
  choose("axis", 1);  // epochs: ten steps each
  QVERIFY(std::abs(loss().frame().x.high - 10.1) < 1e-6);
  // A narrower chart has more room behind the last point, the same number of pixels.
  QVERIFY(speed().frame().x.high >= loss().frame().x.high && speed().frame().x.high < 10.5);
  choose("axis", 2);
  QVERIFY(std::abs(loss().frame().x.high - 3232) < 1e-6);
  QTest::keyClick(box("axis"), Qt::Key_Down);  // nobody knows the operations: on to the next that can be chosen
  QCOMPARE(view_->axis(), CurveAxis::Relative);
}

void CurvesLooksTest::aPauseBreaksTheLineOverTime() {
  setRuns(1);
  const auto& series = loss().lines().at(curveKey(1, kTrainLine)).series;
  std::vector<Point> later;
  for (int64_t step = 101; step <= 150; ++step) later.push_back({step, 1.0, kStartMs + 3'600'000 + 1000 * step});
  view_->append(1, Curve::TrainLoss, later);
  QVERIFY(!series.isInterrupted(0, 149));  // over steps nothing is missing
  box("axis")->setCurrentIndex(4);
  flush();
  QVERIFY(series.isInterrupted(99, 100));
  QVERIFY(!series.isInterrupted(0, 99));
  QVERIFY(!series.isInterrupted(100, 149));
  QVERIFY(std::abs(series.x(100) - (3'600'000 + 101'000)) <= 10);
}

void CurvesLooksTest::aStepIsFoundOnEveryAxis() {
  setRuns(1);
  QSignalSpy steps(view_, &CurvesView::stepClicked);
  auto* plot = loss().findChild<QWidget*>(QStringLiteral("plot"));
  for (const int axis : {0, 1, 2, 4, 5}) {
    box("axis")->setCurrentIndex(axis);
    flush();
    const auto& series = loss().lines().at(curveKey(1, kTrainLine)).series;
    view_->setStepCursor(40);
    QVERIFY(std::abs(*loss().cursor() - series.x(39)) < 1e-6);
    QTest::mouseClick(plot, Qt::LeftButton, {}, loss().pixelOf(series.x(69), 1.9).toPoint());
    QCOMPARE(steps.size(), 1);
    QVERIFY(std::abs(steps.takeFirst()[0].toLongLong() - 70) <= 1);
  }
}

void CurvesLooksTest::chartsAreEnlargedAndBroughtBack() {
  setRuns(1);
  speed().setFocus(Qt::TabFocusReason);
  QTest::keyClick(&speed(), Qt::Key_F);
  QVERIFY(speed().isVisible() && !loss().isVisible());
  QTRY_VERIFY(speed().height() > 500);
  QTest::keyClick(&speed(), Qt::Key_Escape);
  QVERIFY(loss().isVisible() && speed().isVisible());
  QTest::mouseDClick(&speed(), Qt::LeftButton, {}, {30, 10});
  QVERIFY(!loss().isVisible());
  auto* button = speed().findChild<QAbstractButton*>(QStringLiteral("enlarge"));
  QTest::mouseClick(button, Qt::LeftButton);
  QVERIFY(loss().isVisible());
}

void CurvesLooksTest::chartsArePinnedMovedAndRemembered() {
  setRuns(1);
  QSignalSpy changed(view_, &CurvesView::settingsChanged);
  const auto above = [](const Chart& a, const Chart& b) { return std::pair(a.y(), a.x()) < std::pair(b.y(), b.x()); };
  Chart& norm = *view_->findChildren<Chart*>()[2];
  trigger(speed(), QStringLiteral("Pin to the front"));
  QTRY_VERIFY(above(speed(), loss()));
  QVERIFY(above(loss(), norm));
  trigger(norm, QStringLiteral("Move up"));
  trigger(norm, QStringLiteral("Move up"));
  QTRY_VERIFY(above(norm, loss()));
  QCOMPARE(changed.size(), 3);
  CurvesView other;
  other.restoreState(view_->state());
  QCOMPARE(other.state(), view_->state());
  other.restoreState("nonsense");
  QCOMPARE(other.state(), view_->state());
  trigger(speed(), QStringLiteral("Arrange as at first"));
  QTRY_VERIFY(above(loss(), speed()));
}

void CurvesLooksTest::seedsAreJoinedToAMeanWithItsBand() {
  view_->setRuns({{.id = 1, .name = QStringLiteral("a"), .colour = 0, .seedGroup = QStringLiteral("s")},
                  {.id = 2, .name = QStringLiteral("b"), .colour = 1},
                  {.id = 3, .name = QStringLiteral("c"), .colour = 2, .seedGroup = QStringLiteral("s")}});
  view_->append(1, Curve::TrainLoss, std::vector<Point>{{1, 1.0}, {2, 2.0}, {3, 3.0}});
  view_->append(2, Curve::TrainLoss, std::vector<Point>{{1, 7.0}});
  view_->append(3, Curve::TrainLoss, std::vector<Point>{{1, 3.0}, {3, 7.0}, {5, 9.0}});
  view_->setSmoothing(0);
  choose("seeds", 1);
  const auto& mean = loss().lines().at(kMeanKeys + curveKey(1, kTrainLine));
  // Steps 1 and 3 of both, step 2 read off between the points of the third run, step 5 of that run alone.
  const std::vector<double> x{1, 2, 3, 5}, means{2, 3.5, 5, 9}, lows{1, 2, 3, 9}, highs{3, 5, 7, 9};
  QCOMPARE(mean.series.size(), x.size());
  for (size_t at = 0; at < x.size(); ++at) {
    QCOMPARE(mean.series.x(at), x[at]);
    QCOMPARE(mean.series.raw()[at], means[at]);
    QCOMPARE(mean.low.raw()[at], lows[at]);
    QCOMPARE(mean.high.raw()[at], highs[at]);
  }
  QVERIFY(style(1).hidden && style(3).hidden && !style(2).hidden);
  QVERIFY(legend()->placeOf(3).isEmpty());
  choose("seeds", 2);
  const auto& again = loss().lines().at(kMeanKeys + curveKey(1, kTrainLine));
  QVERIFY(std::abs(again.low.raw()[0] - (2 - std::sqrt(2.0))) < 1e-12);
  choose("seeds", 0);
  QVERIFY(!style(1).hidden);
  QVERIFY(!loss().lines().contains(kMeanKeys + curveKey(1, kTrainLine)));
}

void CurvesLooksTest::theTableHasEveryValueAndDifferences() {
  setRuns(2);
  view_->append(2, Curve::TrainLoss, fall(100, 1.25));  // resumed from the start
  QTest::keyClick(view_->findChild<QAbstractButton*>(QStringLiteral("table")), Qt::Key_Space);
  QTest::qWait(30);
  flush();
  QTest::mouseMove(loss().findChild<QWidget*>(QStringLiteral("plot")), loss().pixelOf(50, 1.5).toPoint());
  auto* table = view_->findChild<QTableWidget*>(QStringLiteral("values"));
  QCOMPARE(table->rowCount(), 6);  // two runs: training, validation, images per second
  auto* values = view_->findChild<CurvesValues*>();
  const QStringList lines = values->copied().trimmed().split('\n');
  QCOMPARE(lines.size(), 7);
  const QStringList found = lines.filter(QStringLiteral("run 2\tTraining loss"));
  QCOMPARE(found.size(), 1);
  const QStringList cells = found[0].split('\t');
  QCOMPARE(cells[2].toDouble(), 50.0);
  QVERIFY(std::abs(cells[3].toDouble() - 1.75) < 1e-12);
  QVERIFY(std::abs(cells[5].toDouble() - 0.25) < 1e-12);
  table->sortByColumn(3, Qt::DescendingOrder);
  QVERIFY(table->item(0, 1)->text() == QStringLiteral("Images per second"));
  const QStringList sorted = values->copied().split('\n');
  QVERIFY(sorted[1].contains(QStringLiteral("\tImages per second\t")));
  table->selectRow(1);
  QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
  QCOMPARE(QApplication::clipboard()->text(), sorted[0] + '\n' + sorted[2] + '\n');
}

void CurvesLooksTest::withoutARunThereAreNoAxes() {
  int charts = 0;
  for (Chart* chart : view_->findChildren<Chart*>()) charts += chart->isVisible();
  QCOMPARE(charts, 1);
  QVERIFY(!loss().emptyText().isEmpty());
  flush();
  QTest::qWait(30);
  // Nothing but the sentence in the middle is drawn.
  const QImage image = loss().findChild<QWidget*>(QStringLiteral("plot"))->grab().toImage();
  const QColor ground = image.pixelColor(2, 2);
  for (int y = 0; y < image.height(); ++y)
    for (const int x : {4, 20, 40, image.width() / 8, image.width() - 8}) QCOMPARE(image.pixelColor(x, y), ground);
}

/// A fall within the first decades is the curve, not an outlier.
void CurvesLooksTest::clippingKeepsTheStartOnALogarithmicAxis() {
  view_->setRuns({{.id = 1, .name = QStringLiteral("run")}});
  std::vector<Point> points;
  for (int64_t step = 1; step <= 1500; ++step) points.push_back({step, 1.2 + 1.6 / std::sqrt(double(step))});
  view_->append(1, Curve::TrainLoss, points);
  view_->setSmoothing(0);
  view_->findChild<QAbstractButton*>(QStringLiteral("clip"))->click();
  view_->findChild<QAbstractButton*>(QStringLiteral("logX"))->click();
  flush();
  QVERIFY2(loss().frame().y.high > 2.3, qPrintable(QString::number(loss().frame().y.high)));
}

void CurvesLooksTest::pictures() {
  setRuns(3);
  view_->setSmoothing(0.6);
  takePictures(*view_, QStringLiteral("looks-three"));
  box("axis")->setCurrentIndex(4);
  takePictures(*view_, QStringLiteral("looks-time"));
  box("axis")->setCurrentIndex(0);
  setRuns(20);
  view_->findChild<QAbstractButton*>(QStringLiteral("table"))->click();
  flush();
  QTest::mouseMove(loss().findChild<QWidget*>(QStringLiteral("plot")), loss().pixelOf(50, 1.5).toPoint());
  takePictures(*view_, QStringLiteral("looks-twenty"));
}

QTEST_MAIN(CurvesLooksTest)
#include "curves_looks_test.moc"
