#include "widgets/pages/probe_view.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "tests/support/widget_pictures.h"
#include "widgets/pages/class_accuracy_table.h"
#include "widgets/pages/confusion_view.h"
#include "widgets/pages/step_ramp.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/chart_legend.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/step_slider.h"

using namespace scanline;

namespace {

constexpr int kClasses = 10, kPerClass = 18;

/// Middle layers are best and all get better; the diagonal of the confusion matrix agrees with the accuracy.
std::vector<ProbeResult> probesOf(int64_t layers, int64_t first, int64_t last, int64_t every, double level) {
  std::vector<ProbeResult> probes;
  for (int64_t step = first; step <= last; step += every) {
    for (int64_t layer = 0; layer <= layers; ++layer) {
      const double depth = double(layer) / double(layers), grown = 1 - std::exp(-double(step) / 180);
      ProbeResult probe{.step = step, .layer = layer};
      probe.accuracy = level - 0.08 * std::pow(depth - 0.7, 2) * 4 - 0.3 * (1 - grown) * (0.4 + depth);
      probe.classes = kClasses;
      const int right = int(std::lround(probe.accuracy * kPerClass));
      for (int truth = 0; truth < kClasses; ++truth) {
        ConfusionCell rightly{truth, truth, right}, wrongly{truth, (truth * 3 + 1) % kClasses, kPerClass - right};
        if (wrongly.said < rightly.said) std::swap(rightly, wrongly);
        probe.confusion.insert(probe.confusion.end(), {rightly, wrongly});
      }
      probes.push_back(probe);
    }
  }
  return probes;
}

}  // namespace

class ProbeViewTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { delete view_; }
  void theBestLayerIsSaidInWords();
  void aCellShowsItsConfusionMatrix();
  void classesAreSortedByAnyColumn();
  void anotherStepIsComparedClassByClass();
  void anotherRunIsComparedToo();
  void manyRunsLeaveANameInTheLegend();
  void aFewRunsAreNamedOnANarrowPage();
  void arrowKeysWalkTheHeatMap();
  void everyCellIsHitAtItsCentre();
  void theSliderChoosesStepsAndTheNewestIsFollowed();
  void aFollowedStepStaysBehindAndAChosenOneComesAlong();
  void theUntrainedModelCanBeLeftOut();
  void otherStepsDeepenAlongARamp();
  void probesOfRunsNotShownAreIgnored();
  void theFirstProbeIsAnnounced();
  void thePapersCurveIsStretchedToTheDepth();
  void aBrokenPaperFileIsExplained();
  void pictures();

 private:
  HeatMap& heatMap() const { return *view_->findChild<HeatMap*>(); }
  ConfusionView& confusion() const { return *view_->findChild<ConfusionView*>(); }
  StepSlider& slider() const { return *view_->findChild<StepSlider*>(); }
  ClassAccuracyTable& classes() const { return *view_->findChild<ClassAccuracyTable*>(); }
  void openClasses(int64_t layer, int64_t step);
  QString words() const { return view_->findChild<QLabel*>(QStringLiteral("words"))->text(); }
  ProbeView* view_ = nullptr;
};

void ProbeViewTest::init() {
  view_ = new ProbeView;
  view_->resize(1400, 900);
  view_->setRuns({{.id = 1, .name = QStringLiteral("quick start"), .colour = 0}});
  view_->setLayers(4);
  view_->setFirstProbeStep(100);
  view_->setProbes(1, probesOf(4, 100, 600, 100, 0.92));
  view_->show();
  QVERIFY(QTest::qWaitForWindowExposed(view_));
  QTest::qWait(50);
}

void ProbeViewTest::theBestLayerIsSaidInWords() {
  QVERIFY2(words().startsWith(QStringLiteral("Layer 3 of 4: 9")), qPrintable(words()));
  QVERIFY2(words().endsWith(QStringLiteral("at step 600")), qPrintable(words()));
}

void ProbeViewTest::aCellShowsItsConfusionMatrix() {
  QVERIFY(!confusion().isVisible());
  QSignalSpy chosen(view_, &ProbeView::stepChosen);
  QTest::mouseClick(&heatMap(), Qt::LeftButton, {}, heatMap().centreOf({.layer = 2, .step = 300}));
  QVERIFY(confusion().isVisible());
  QCOMPARE(heatMap().current()->layer, 2);
  QCOMPARE(view_->step(), 300);
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(confusion().classes(), kClasses);
  const ProbeResult shown = probesOf(4, 300, 300, 100, 0.92)[2];
  for (const ConfusionCell& cell : shown.confusion) QCOMPARE(confusion().count(cell.truth, cell.said), cell.count);
  QCOMPARE(confusion().count(4, 5), 0);
  QVERIFY(confusion().words(4, 4).startsWith(QStringLiteral("4 recognised")));
  view_->setClassNames({QStringLiteral("cat"), QStringLiteral("dog")});
  QVERIFY(confusion().words(0, 1).startsWith(QStringLiteral("cat taken for dog")));
  QTest::qWait(20);
  QTest::mouseMove(&confusion(), confusion().centreOf(0, 1));
  QTRY_VERIFY(confusion().toolTip().startsWith(QStringLiteral("cat taken for dog")));
  QTest::mouseClick(view_->findChild<QToolButton*>(QStringLiteral("closeConfusion")), Qt::LeftButton);
  QVERIFY(!confusion().isVisible());
}

void ProbeViewTest::openClasses(int64_t layer, int64_t step) {
  QTest::mouseClick(&heatMap(), Qt::LeftButton, {}, heatMap().centreOf({layer, step}));
  auto* kinds = view_->findChild<SegmentedControl*>(QStringLiteral("sideKind"));
  QTest::mouseClick(kinds->findChildren<QAbstractButton*>().at(1), Qt::LeftButton);
  QTRY_VERIFY(classes().isVisible());
}

/// Two classes: of ten pictures each, nine and five are right.
void ProbeViewTest::classesAreSortedByAnyColumn() {
  view_->setProbes(1, {{.step = 5,
                        .layer = 0,
                        .accuracy = 0.7,
                        .classes = 2,
                        .confusion = {{0, 0, 9}, {0, 1, 1}, {1, 0, 5}, {1, 1, 5}}}});
  view_->setClassNames({QStringLiteral("cat"), QStringLiteral("dog")});
  openClasses(0, 5);
  QCOMPARE(classes().rowCount(), 2);
  QCOMPARE(classes().item(0, 0)->text(), QStringLiteral("dog"));  // the worst one first
  QVERIFY2(classes().item(0, 2)->text().startsWith(QStringLiteral("50")), qPrintable(classes().item(0, 2)->text()));
  QVERIFY(classes().isColumnHidden(3));
  auto* head = classes().horizontalHeader();
  QTest::mouseClick(head->viewport(), Qt::LeftButton, {}, {head->sectionViewportPosition(2) + 20, head->height() / 2});
  QCOMPARE(classes().item(0, 0)->text(), QStringLiteral("cat"));
  QTest::mouseClick(head->viewport(), Qt::LeftButton, {}, {head->sectionViewportPosition(0) + 5, head->height() / 2});
  QCOMPARE(classes().item(0, 0)->text(), QStringLiteral("cat"));
  QSignalSpy asked(view_, &ProbeView::picturesRequested);
  const QPoint dog = classes().visualItemRect(classes().item(1, 0)).center();
  QTest::mouseClick(classes().viewport(), Qt::LeftButton, {}, dog);
  QTest::keyClick(&classes(), Qt::Key_C, Qt::ControlModifier);  // the whole table
  QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("Class\tImages\tRight\ncat\t10\t0.9\ndog\t10\t0.5\n"));
  QTest::mouseDClick(classes().viewport(), Qt::LeftButton, {}, dog);
  QCOMPARE(asked.count(), 1);
  QCOMPARE(asked[0][0].value<ProbePicturesWanted>(), (ProbePicturesWanted{1, 5, 0, 1, -1}));
}

void ProbeViewTest::anotherStepIsComparedClassByClass() {
  openClasses(2, 600);
  auto* box = view_->findChild<QComboBox*>(QStringLiteral("compared"));
  QVERIFY(box->isVisible());
  QCOMPARE(box->count(), 6);  // nothing, and the five other steps
  box->setFocus();
  QTest::keyClick(box, Qt::Key_End);
  QCOMPARE(box->currentText(), QStringLiteral("with step 100"));
  QVERIFY(!classes().isColumnHidden(3));
  const auto right = [](int64_t step) { return probesOf(4, step, step, 100, 0.92)[2].confusion; };
  const auto now = classAccuracies(kClasses, right(600)), then = classAccuracies(kClasses, right(100));
  for (int row = 0; row < kClasses; ++row) {
    const auto of = size_t(classes().item(row, 0)->text().toInt());
    const double points = 100 * (now[of].share() - then[of].share());
    QCOMPARE(classes().item(row, 3)->text(), QStringLiteral("+%1").arg(points, 0, 'f', 1));
  }
  QTest::keyClick(&classes(), Qt::Key_C, Qt::ControlModifier);
  const QStringList lines = QApplication::clipboard()->text().split('\n');
  QCOMPARE(lines[0], QStringLiteral("Class\tImages\tRight\tDifference"));
  const auto first = size_t(classes().item(0, 0)->text().toInt());
  QCOMPARE(lines[1].section('\t', 3).toDouble(), now[first].share() - then[first].share());
  const QString says = view_->findChild<QLabel*>(QStringLiteral("classWords"))->text();
  QVERIFY2(says.contains(QStringLiteral("layer 2 of step 100")), qPrintable(says));
}

/// With fewer layers: its last one is compared.
void ProbeViewTest::anotherRunIsComparedToo() {
  view_->setRuns({{.id = 1, .name = QStringLiteral("quick start"), .colour = 0},
                  {.id = 2, .name = QStringLiteral("other"), .colour = 1}});
  view_->setProbes(2, probesOf(2, 100, 500, 100, 0.6));
  openClasses(4, 600);
  auto* box = view_->findChild<QComboBox*>(QStringLiteral("compared"));
  box->setFocus();
  QTest::keyClick(box, Qt::Key_End);
  QCOMPARE(box->currentText(), QStringLiteral("with other"));
  const QString says = view_->findChild<QLabel*>(QStringLiteral("classWords"))->text();
  QVERIFY2(says.contains(QStringLiteral("layer 2 of other, step 500")), qPrintable(says));
  QVERIFY(!classes().isColumnHidden(3));
}

/// However long the names: a number alone names nothing.
void ProbeViewTest::manyRunsLeaveANameInTheLegend() {
  std::vector<ChartRun> runs;
  for (int at = 0; at < 9; ++at)
    runs.push_back(
        {.id = at + 1, .name = QStringLiteral("learning rate 0.00%1, layers 24, seed 7").arg(at), .colour = at});
  view_->setRuns(runs);
  auto* legend = view_->findChild<ChartLegend*>(QStringLiteral("runs"));
  for (const int width : {1400, 900, 640}) {
    view_->resize(width, 700);
    QTRY_VERIFY2(!legend->placeOf(1).isEmpty(), qPrintable(QStringLiteral("%1 of %2").arg(legend->width()).arg(width)));
    QVERIFY(legend->rect().contains(legend->placeOf(1)));
  }
}

/// In a narrow chart the legend has lines of its own.
void ProbeViewTest::aFewRunsAreNamedOnANarrowPage() {
  std::vector<ChartRun> runs;
  for (int at = 0; at < 3; ++at)
    runs.push_back({.id = at + 1, .name = QStringLiteral("lr 0.00%1").arg(at), .colour = at});
  view_->setRuns(runs);
  auto* legend = view_->findChild<ChartLegend*>(QStringLiteral("runs"));
  for (const int width : {640, 1400}) {
    view_->resize(width, 700);
    for (const int64_t run : {1, 2, 3}) {
      QTRY_VERIFY2(!legend->placeOf(run).isEmpty() && legend->rect().contains(legend->placeOf(run)),
                   qPrintable(QStringLiteral("run %1 at %2: %3").arg(run).arg(width).arg(legend->width())));
    }
  }
}

void ProbeViewTest::arrowKeysWalkTheHeatMap() {
  heatMap().setFocus();
  QTest::keyClick(&heatMap(), Qt::Key_Left);
  QCOMPARE(view_->step(), 500);
  QTest::keyClick(&heatMap(), Qt::Key_Down);
  QCOMPARE(heatMap().current()->layer, 2);
  QTest::keyClick(&heatMap(), Qt::Key_Home);
  QCOMPARE(view_->step(), 100);
  QTest::keyClick(&heatMap(), Qt::Key_Up, Qt::ShiftModifier);
  QCOMPARE(heatMap().current()->layer, 4);
}

void ProbeViewTest::everyCellIsHitAtItsCentre() {
  view_->setProbes(1, probesOf(12, 10, 1270, 10, 0.8));
  QSignalSpy chosen(&heatMap(), &HeatMap::cellChosen);
  for (qint64 step = 10; step <= 1270; step += 180) {
    for (int64_t layer = 0; layer <= 12; layer += 3) {
      QTest::mouseClick(&heatMap(), Qt::LeftButton, {}, heatMap().centreOf({layer, step}));
      QCOMPARE(chosen.last().at(0).toLongLong(), layer);
      QCOMPARE(chosen.last().at(1).toLongLong(), step);
      QCoreApplication::processEvents();
    }
  }
}

void ProbeViewTest::theSliderChoosesStepsAndTheNewestIsFollowed() {
  QCOMPARE(view_->step(), 600);
  view_->appendProbes(1, probesOf(4, 700, 700, 100, 0.92));
  QCOMPARE(view_->step(), 700);
  QSignalSpy chosen(view_, &ProbeView::stepChosen);
  QTest::keyClick(slider().focusProxy(), Qt::Key_Home);
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(view_->step(), 100);
  QVERIFY(words().endsWith(QStringLiteral("at step 100")));
  view_->appendProbes(1, probesOf(4, 800, 800, 100, 0.92));
  QCOMPARE(view_->step(), 100);
  view_->setStep(450);
  QCOMPARE(view_->step(), 400);
  QCOMPARE(chosen.size(), 1);
}

void ProbeViewTest::aFollowedStepStaysBehindAndAChosenOneComesAlong() {
  const auto show = [&](int64_t id, int64_t last) {
    view_->setRuns({{.id = id, .name = QStringLiteral("other"), .colour = 1}});
    view_->setProbes(id, probesOf(4, 100, last, 100, 0.9));
  };
  show(2, 200);
  QCOMPARE(view_->step(), 200);
  show(3, 800);
  QCOMPARE(view_->step(), 800);
  QTest::keyClick(slider().focusProxy(), Qt::Key_Left);
  QCOMPARE(view_->step(), 700);
  show(4, 200);
  QCOMPARE(view_->step(), 200);
  show(5, 800);
  QCOMPARE(view_->step(), 700);
}

void ProbeViewTest::theUntrainedModelCanBeLeftOut() {
  auto* without = view_->findChild<QCheckBox*>();
  QVERIFY(!without->isVisible());  // there is no step 0
  view_->setProbes(1, probesOf(4, 0, 600, 100, 0.92));
  QVERIFY(without->isVisible());
  const QPoint before = heatMap().centreOf({.layer = 2, .step = 100});
  QTest::mouseClick(without, Qt::LeftButton, {}, QPoint(8, without->height() / 2));
  QVERIFY(heatMap().centreOf({.layer = 2, .step = 100}).x() < before.x());
  QCOMPARE(view_->step(), 600);
  view_->setStep(0);  // the slider still has it
  QCOMPARE(view_->step(), 0);
  QVERIFY(!heatMap().current());
}

void ProbeViewTest::otherStepsDeepenAlongARamp() {
  auto* chart = view_->findChildren<Chart*>().constFirst();
  std::vector<double> places;
  for (const auto& [key, line] : chart->lines())
    if (line.style.look == LineLook::Faint) places.push_back(line.style.ramp.value_or(-1));
  QCOMPARE(places.size(), size_t{5});
  QVERIFY(std::ranges::is_sorted(places));
  QVERIFY(places.front() == rampPlace(0) && places.back() == 1);
  auto* ramp = view_->findChild<StepRamp*>();
  QVERIFY(ramp->isVisible());
  QVERIFY(ramp->accessibleName().contains(QStringLiteral("from step 100 to step 500")));
}

void ProbeViewTest::probesOfRunsNotShownAreIgnored() {
  view_->appendProbes(9, probesOf(4, 900, 900, 100, 0.9));
  QCOMPARE(view_->step(), 600);
  view_->setRuns(
      {{.id = 2, .name = QStringLiteral("b"), .colour = 1}, {.id = 1, .name = QStringLiteral("a"), .colour = 0}});
  QCOMPARE(view_->step(), -1);
  view_->setProbes(2, probesOf(4, 50, 250, 50, 0.9));
  QCOMPARE(view_->step(), 250);
}

void ProbeViewTest::theFirstProbeIsAnnounced() {
  view_->setProbes(1, {});
  QCOMPARE(view_->step(), -1);
  auto* chart = view_->findChildren<Chart*>().constFirst();
  chart->flush();
  QCOMPARE(chart->emptyText(), QStringLiteral("The first probe comes at step 100."));
  QTest::mouseClick(&heatMap(), Qt::LeftButton, {}, heatMap().rect().center());
  QTest::keyClick(&heatMap(), Qt::Key_Left);
  QVERIFY(!confusion().isVisible());
}

void ProbeViewTest::thePapersCurveIsStretchedToTheDepth() {
  const auto curves = readPaperCurves(qEnvironmentVariable("SCANLINE_DATA_DIR") + QStringLiteral("/paper_curves.csv"));
  QCOMPARE(curves.size(), size_t(3));
  view_->setReferences(curves);
  auto* chart = view_->findChildren<Chart*>().constFirst();
  const auto before = chart->lines().size();
  auto* choice = view_->findChild<QComboBox*>();
  choice->setFocus();
  QTest::keyClick(choice, Qt::Key_Down);
  QCOMPARE(chart->lines().size(), before + 1);
  for (const auto& [key, line] : chart->lines()) {
    if (line.style.look != LineLook::Reference) continue;
    QCOMPARE(line.series.x(line.series.size() - 1), 4.0);
    QCOMPARE(line.series.x(0), 3.0 / 48 * 4);
  }
}

void ProbeViewTest::aBrokenPaperFileIsExplained() {
  QVERIFY_EXCEPTION_THROWN(readPaperCurves(QStringLiteral("/nowhere/paper_curves.csv")), Error);
  QTemporaryDir folder;
  QFile file(folder.filePath(QStringLiteral("curves.csv")));
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("figure,series,x,y\nfig2,\"a, b\",3,many\n");
  file.close();
  try {
    readPaperCurves(file.fileName());
    QFAIL("no error");
  } catch (const Error& error) {
    QVERIFY(QString::fromUtf8(error.what()).contains(QStringLiteral("line 2")));
  }
}

void ProbeViewTest::pictures() {
  takePictures(*view_, QStringLiteral("probe-one"));
  view_->setRuns({{.id = 1, .name = QStringLiteral("quick start"), .colour = 0},
                  {.id = 2, .name = QStringLiteral("lr 0.003, width 128"), .colour = 1}});
  view_->setProbes(2, probesOf(4, 100, 900, 100, 0.88));
  view_->setReferences(
      readPaperCurves(qEnvironmentVariable("SCANLINE_DATA_DIR") + QStringLiteral("/paper_curves.csv")));
  view_->findChild<QComboBox*>()->setCurrentIndex(1);
  QTest::mouseClick(&heatMap(), Qt::LeftButton, {}, heatMap().centreOf({.layer = 2, .step = 300}));
  takePictures(*view_, QStringLiteral("probe-two"));
  view_->setLayers(24);
  view_->setClassNames({"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"});
  view_->setProbes(1, probesOf(24, 250, 20'000, 250, 0.7));
  takePictures(*view_, QStringLiteral("probe-deep"));
  view_->setProbes(1, {});
  view_->setProbes(2, {});
  takePictures(*view_, QStringLiteral("probe-empty"));
}

QTEST_MAIN(ProbeViewTest)
#include "probe_view_test.moc"
