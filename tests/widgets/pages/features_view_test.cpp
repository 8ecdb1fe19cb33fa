#include "widgets/pages/features_view.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "tests/support/widget_pictures.h"
#include "widgets/images/image_grid.h"
#include "widgets/pages/class_legend.h"
#include "widgets/pages/feature_map.h"
#include "widgets/pages/neighbours_panel.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/plot/chart.h"
#include "widgets/studio/panel_tabs.h"

using namespace scanline;

namespace {

constexpr int kSide = 8, kCount = 120, kLayers = 4;

/// Pictures of ten classes, each with a brightness of its own.
std::shared_ptr<FeaturePictures> pictures(int count = kCount) {
  auto made = std::make_shared<FeaturePictures>();
  made->split = QStringLiteral("validation");
  made->total = 500;
  made->layers = kLayers;
  made->images = {.count = count, .width = kSide, .height = kSide};
  for (int i = 0; i < count; ++i) {
    made->rows.push_back(3 * i);
    made->labels.push_back(i % 10);
    for (int byte = 0; byte < 3 * kSide * kSide; ++byte)
      made->images.rgb.push_back(static_cast<uint8_t>((25 * (i % 10) + 7 * (byte % 11) + i) % 256));
  }
  for (const char* name : {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"})
    made->classes << QString::fromLatin1(name);
  return made;
}

/// The classes lie around a circle, the pictures of a class in a spiral about its place.
FeaturePlaces places(int layer, int count = kCount) {
  FeaturePlaces made{.layer = layer, .places = {}, .shares = {0.34, 0.12}};
  for (int i = 0; i < count; ++i) {
    const double angle = 0.628 * (i % 10), turn = 0.9 * i, far = 0.03 * std::sqrt(i);
    made.places.emplace_back(10 * (std::cos(angle) + far * std::cos(turn)),
                             4 * (std::sin(angle) + far * std::sin(turn)));
  }
  return made;
}

DescribedPictures neighbours(int count) {
  DescribedPictures found{.images = {.count = count, .width = kSide, .height = kSide}};
  for (int i = 0; i < count; ++i) {
    found.names.push_back(QStringLiteral("training %1").arg(100 + i));
    found.captions.push_back(QStringLiteral("0.%1").arg(99 - i));
    found.details.push_back(QStringLiteral("cat, cosine 0.%1").arg(99 - i));
    for (int byte = 0; byte < 3 * kSide * kSide; ++byte)
      found.images.rgb.push_back(static_cast<uint8_t>((40 + 5 * (byte % 9) + 9 * i) % 256));
  }
  return found;
}

}  // namespace

namespace {

/// A probe that recognises all pictures but every third, the surer the deeper the layer.
SharedProbeAnswers answers(int count = kCount) {
  auto made = std::make_shared<ProbeAnswers>();
  made->classes = 10;
  for (int layer = 0; layer <= kLayers; ++layer) {
    auto& said = made->said.emplace_back();
    auto& sureness = made->sureness.emplace_back();
    auto& ofTruth = made->ofTruth.emplace_back();
    for (int i = 0; i < count; ++i) {
      const bool wrong = i % 3 == 0;
      said.push_back(wrong ? (i + 1) % 10 : i % 10);
      sureness.push_back(0.5F + 0.1F * static_cast<float>(layer));
      ofTruth.push_back(wrong ? 0.05F : sureness.back());
    }
  }
  return made;
}

}  // namespace

class FeaturesViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() {
    view_ = std::make_unique<FeaturesView>();
    view_->resize(1100, 720);
    view_->show();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
    view_->setRun(QStringLiteral("quick start"), {{600, "step 600"}, {300, "step 300"}}, 600);
  }
  void cleanup() { view_.reset(); }

  void picturesAskForTheirLayer() {
    QSignalSpy layers(view_.get(), &FeaturesView::layerChosen);
    view_->setPictures(pictures());
    QCOMPARE(layers.count(), 1);
    QCOMPARE(layers[0][0].toInt(), kLayers / 2);
    QVERIFY(!map()->placeOf(0));
    view_->setPlaces(places(kLayers));  // an answer to an older question
    QVERIFY(!map()->placeOf(0));
    view_->setPlaces(places(kLayers / 2));
    QVERIFY(map()->placeOf(0));
    QVERIFY2(child<QLabel>("featuresNote")->text().startsWith(QStringLiteral("120 of 500 validation")),
             qPrintable(child<QLabel>("featuresNote")->text()));
  }

  void theSliderChoosesALayerByKeys() {
    show();
    QSignalSpy layers(view_.get(), &FeaturesView::layerChosen);
    auto* slider = child<QSlider>("layer");
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(layers.count(), 1);
    QCOMPARE(layers[0][0].toInt(), kLayers / 2 + 1);
    QTest::keyClick(slider, Qt::Key_Home);
    QCOMPARE(layers.last()[0].toInt(), 0);
    view_->setPictures(pictures());  // of another checkpoint
    QCOMPARE(view_->layer(), 0);
  }

  /// Each picture is chosen by a click on its point, unless another point lies over it.
  void aClickChoosesThePictureUnderIt() {
    show();
    QSignalSpy asked(view_.get(), &FeaturesView::neighboursRequested);
    const QPoint at = map()->placeOf(37)->toPoint();
    QTest::mouseMove(map(), at);
    QTRY_COMPARE(map()->hovered(), 37);
    QTest::mouseClick(map(), Qt::LeftButton, {}, at);
    QCOMPARE(map()->current(), 37);
    QCOMPARE(child<QLabel>("chosenName")->text(), QStringLiteral("validation 111"));
    QCOMPARE(map()->accessibleDescription(), QStringLiteral("validation 111, horse"));
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].value<NeighbourQuestion>().index, 37);
  }

  void errorsAreColoursOfTheirOwn() {
    show();
    QSignalSpy asked(view_.get(), &FeaturesView::predictionsRequested);
    const QPoint right = map()->placeOf(1)->toPoint();
    const auto colourAt = [&](QPoint at) { return map()->grab().toImage().pixelColor(at); };
    QTest::mouseClick(child<SegmentedControl>("mapColours")->findChildren<QAbstractButton*>().at(1), Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QVERIFY(child<QPushButton>("stopFitting")->isVisible());
    view_->setFitting(0.4);
    view_->setAnswers(answers());
    QVERIFY(!child<QPushButton>("stopFitting")->isVisible());
    auto* legend = child<ClassLegend>("classes");
    QCOMPARE(legend->count(), 3);
    QVERIFY2(legend->item(1)->text().startsWith(QStringLiteral("recognised, 66.7")),
             qPrintable(legend->item(1)->text()));
    const Theme theme(map()->palette());
    QCOMPARE(colourAt(right), theme.run(0));
    // Errors alone.
    QTest::mouseClick(legend->viewport(), Qt::LeftButton, {}, legend->visualItemRect(legend->item(2)).center());
    QVERIFY(colourAt(right) != theme.run(0));
    QTest::keyClick(child<QSlider>("layer"), Qt::Key_Right);  // the choice stays at another layer
    QCOMPARE(legend->currentRow(), 2);
    QTest::mouseClick(child<SegmentedControl>("mapColours")->findChildren<QAbstractButton*>().at(0), Qt::LeftButton);
    QCOMPARE(legend->count(), 11);
    QCOMPARE(asked.count(), 1);
  }

  void theProbabilityOfItsClassIsShownByLayer() {
    show();
    click(37);
    QSignalSpy asked(view_.get(), &FeaturesView::predictionsRequested);
    auto* chart = child<Chart>("probabilityByLayer");
    child<PanelTabs>(nullptr)->setCurrent(chart->parentWidget());
    QCOMPARE(asked.count(), 1);
    view_->setAnswers(answers());
    QTRY_VERIFY(chart->isVisible());
    chart->flush();
    const QByteArray numbers = chart->numbers();
    for (int layer = 0; layer <= kLayers; ++layer) QCOMPARE(chart->nearestX(layer + 0.2), std::optional(double(layer)));
    QVERIFY2(numbers.contains("this one"), numbers.constData());
    QVERIFY2(child<QLabel>("probabilityWords")->text().contains(QStringLiteral("class horse")),
             qPrintable(child<QLabel>("probabilityWords")->text()));
  }

  void aStopOfTheProbesIsSaid() {
    show();
    QSignalSpy unwanted(view_.get(), &FeaturesView::predictionsUnwanted);
    auto* colours = child<SegmentedControl>("mapColours");
    QTest::mouseClick(colours->findChildren<QAbstractButton*>().at(1), Qt::LeftButton);
    QTest::mouseClick(child<QPushButton>("stopFitting"), Qt::LeftButton);
    QCOMPARE(unwanted.count(), 1);
    QCOMPARE(colours->current(), 0);
    QVERIFY(child<QLabel>("fittingWords")->text().startsWith(QStringLiteral("Stopped")));
    QCOMPARE(child<ClassLegend>("classes")->count(), 11);
  }

  void theChosenPictureOpensInTheStudio() {
    show();
    QVERIFY(!child<QPushButton>("openInStudio")->isEnabled());
    click(37);
    QSignalSpy opened(view_.get(), &FeaturesView::openRequested);
    QTest::mouseClick(child<QPushButton>("openInStudio"), Qt::LeftButton);
    QTest::keyClick(map(), Qt::Key_Return);
    QTest::mouseDClick(map(), Qt::LeftButton, {}, map()->placeOf(37)->toPoint());
    QCOMPARE(opened.count(), 3);
    for (const auto& each : opened) QCOMPARE(each[0].toInt(), 37);
  }

  void arrowsWalkToThePointsOnThatSide() {
    show();
    click(37);
    for (const auto& [key, x, y] :
         {std::tuple{Qt::Key_Left, -1, 0}, {Qt::Key_Right, 1, 0}, {Qt::Key_Up, 0, -1}, {Qt::Key_Down, 0, 1}}) {
      const QPointF before = *map()->placeOf(map()->current());
      QTest::keyClick(map(), key);
      const QPointF apart = *map()->placeOf(map()->current()) - before;
      QVERIFY(apart.x() * x + apart.y() * y > 0);
    }
  }

  /// A rectangle lists exactly the points within it, a line by hand those within the line.
  void aDragListsPictures_data() {
    QTest::addColumn<bool>("lasso");
    QTest::newRow("rectangle") << false;
    QTest::newRow("lasso") << true;
  }
  void aDragListsPictures() {
    QFETCH(bool, lasso);
    show();
    const QPoint from = map()->rect().center(), to = map()->rect().bottomRight() - QPoint(3, 3);
    const auto modifiers = lasso ? Qt::ShiftModifier : Qt::NoModifier;
    QTest::mousePress(map(), Qt::LeftButton, modifiers, from);
    if (lasso) move({to.x(), from.y()}, modifiers);
    move(to, modifiers);
    QTest::mouseRelease(map(), Qt::LeftButton, modifiers, to);
    std::vector<int> within;
    for (int i = 0; i < kCount; ++i) {
      const QPointF at = *map()->placeOf(i);
      const bool inRectangle = at.x() > from.x() && at.y() > from.y();
      // The triangle above the diagonal.
      const double diagonal = from.y() + (at.x() - from.x()) * (to.y() - from.y()) / double(to.x() - from.x());
      if (inRectangle && (!lasso || at.y() < diagonal)) within.push_back(i);
    }
    QVERIFY(within.size() > 5);
    QVERIFY(map()->listed() == within);
    QCOMPARE(grid("listed")->pictures().count(), int(within.size()));
    QVERIFY(grid("listed")->isVisible());
    // A listed picture is chosen by keys.
    QTest::keyClick(grid("listed"), Qt::Key_Right);
    QCOMPARE(map()->current(), within[1]);
    QTest::keyClick(map(), Qt::Key_Escape);
    QVERIFY(map()->listed().empty());
    QVERIFY(grid("listed")->pictures().isEmpty());
  }

  void aClassIsSeenAlone() {
    show();
    auto* legend = child<ClassLegend>("classes");
    QCOMPARE(legend->count(), 11);
    QTest::mouseClick(legend->viewport(), Qt::LeftButton, {}, legend->visualItemRect(legend->item(8)).center());
    const QPoint horse = map()->placeOf(37)->toPoint(), bird = map()->placeOf(2)->toPoint();
    QTest::mouseMove(map(), bird);
    QTest::qWait(20);
    QTest::mouseMove(map(), horse);
    QTRY_COMPARE(map()->hovered(), 37);
    QTest::mouseMove(map(), bird);
    QTRY_COMPARE(map()->hovered(), -1);
    QTest::keyClick(legend, Qt::Key_Home);
    QTest::mouseMove(map(), bird + QPoint(1, 0));
    QTRY_VERIFY(map()->hovered() >= 0);
  }

  void neighboursAreAskedForAsTheyAreSet() {
    show();
    click(37);
    QSignalSpy asked(view_.get(), &FeaturesView::neighboursRequested);
    view_->neighbours()->setBusy(NeighboursPanel::Features, 30, 100);
    QCOMPARE(view_->neighbours()->state(NeighboursPanel::Features), QStringLiteral("30 of 100 pictures"));
    view_->neighbours()->setNeighbours(NeighboursPanel::Features, neighbours(12));
    QCOMPARE(grid("byFeatures")->pictures().count(), 12);
    QCOMPARE(grid("byFeatures")->pictures().cells[3].caption, QStringLiteral("0.96"));
    QVERIFY(view_->neighbours()->state(NeighboursPanel::Features).isEmpty());
    auto* count = child<QSpinBox>("neighbourCount");
    QTest::keyClick(count, Qt::Key_Up);
    QCOMPARE(asked.last()[0].value<NeighbourQuestion>().count, 13);
    QVERIFY(asked.last()[0].value<NeighbourQuestion>().inTraining);
    auto* split = child<SegmentedControl>("neighbourSplit");
    auto* own = split->findChildren<QAbstractButton*>().at(1);
    QTest::mouseClick(own, Qt::LeftButton);
    QVERIFY(!asked.last()[0].value<NeighbourQuestion>().inTraining);
    view_->neighbours()->setProblem(NeighboursPanel::Pixels, QStringLiteral("These pictures have no pixels."));
    QCOMPARE(view_->neighbours()->state(NeighboursPanel::Pixels), QStringLiteral("These pictures have no pixels."));
    QSignalSpy stopped(view_.get(), &FeaturesView::neighboursUnwanted);
    view_->neighbours()->setBusy(NeighboursPanel::Features, 30, 100);
    QTest::mouseClick(child<QPushButton>("stopNeighbours"), Qt::LeftButton);
    QCOMPARE(stopped.count(), 1);
  }

  void layersAreAskedForInTheirTab() {
    show();
    click(37);
    QSignalSpy asked(view_.get(), &FeaturesView::layersRequested);
    QTest::keyClick(grid("byFeatures"), Qt::Key_PageDown, Qt::ControlModifier);
    QTest::keyClick(grid("listed"), Qt::Key_PageDown, Qt::ControlModifier);
    QVERIFY(child<Chart>("byLayer")->isVisible());
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].toInt(), 37);
    view_->setClassShares(
        {.shares = {0.1, 0.4, 0.8, 0.9, 0.7}, .ofClass = {0.2, 0.3, 0.6, 0.65, 0.5}, .chance = 0.1, .neighbours = 20});
    QCOMPARE(child<Chart>("byLayer")->nearestX(2.9), std::optional(3.0));
  }

  void aProblemTakesTheMapAway() {
    show();
    click(37);
    view_->setProblem(QStringLiteral("The data set is gone."));
    QVERIFY(!map()->placeOf(0));
    QCOMPARE(map()->current(), -1);
    QCOMPARE(child<QLabel>("featuresProblem")->text(), QStringLiteral("The data set is gone."));
    QVERIFY(!child<QPushButton>("openInStudio")->isEnabled());
    view_->setBusy(QStringLiteral("Looking at pictures"), 10, 200, true);
    QVERIFY(!child<QLabel>("featuresProblem")->isVisible());
    QSignalSpy enough(view_.get(), &FeaturesView::endRequested);
    QTest::mouseClick(child<QPushButton>("enough"), Qt::LeftButton);
    QCOMPARE(enough.count(), 1);
  }

  void aCheckpointIsChosen() {
    QSignalSpy chosen(view_.get(), &FeaturesView::checkpointChosen);
    auto* box = child<QComboBox>("featuresCheckpoint");
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), 300);
  }

  void looks() {
    takePictures(*view_, QStringLiteral("features-none"));
    view_->setBusy(QStringLiteral("Looking at pictures: 480 of 2 000"), 480, 2000, true);
    takePictures(*view_, QStringLiteral("features-busy"));
    show();
    click(37);
    view_->neighbours()->setNeighbours(NeighboursPanel::Features, neighbours(12));
    view_->neighbours()->setNeighbours(NeighboursPanel::Pixels, neighbours(12));
    QTest::mouseMove(map(), map()->placeOf(64)->toPoint());
    QTest::qWait(50);
    takePictures(*view_, QStringLiteral("features-neighbours"));
    const QPoint from = map()->rect().center(), to = map()->rect().bottomRight() - QPoint(3, 3);
    QTest::mousePress(map(), Qt::LeftButton, {}, from);
    move(to);
    QTest::mouseRelease(map(), Qt::LeftButton, {}, to);
    takePictures(*view_, QStringLiteral("features-listed"));
    QTest::keyClick(grid("listed"), Qt::Key_PageDown, Qt::ControlModifier);
    view_->setClassShares(
        {.shares = {0.1, 0.4, 0.8, 0.9, 0.7}, .ofClass = {0.2, 0.3, 0.6, 0.65, 0.5}, .chance = 0.1, .neighbours = 20});
    takePictures(*view_, QStringLiteral("features-layers"));
    view_->resize(view_->minimumSizeHint());
    takePictures(*view_, QStringLiteral("features-small"));
  }

 private:
  template <class Widget>
  Widget* child(const char* name) const {
    return view_->findChild<Widget*>(QString::fromLatin1(name));
  }
  ImageGrid* grid(const char* name) const { return child<ImageGrid>(name); }
  FeatureMap* map() const { return view_->map(); }
  void show() {
    view_->setPictures(pictures());
    view_->setPlaces(places(view_->layer()));
    QCoreApplication::processEvents();  // the parts that appear take their room
  }
  void click(int index) { QTest::mouseClick(map(), Qt::LeftButton, {}, map()->placeOf(index)->toPoint()); }
  /// With the left button down.
  void move(const QPoint& to, Qt::KeyboardModifiers modifiers = {}) {
    QMouseEvent event(QEvent::MouseMove, QPointF(to), map()->mapToGlobal(QPointF(to)), Qt::NoButton, Qt::LeftButton,
                      modifiers);
    QApplication::sendEvent(map(), &event);
  }

  std::unique_ptr<FeaturesView> view_;
};

QTEST_MAIN(FeaturesViewTest)
#include "features_view_test.moc"
