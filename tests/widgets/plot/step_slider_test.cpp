#include "widgets/plot/step_slider.h"

#include <QSignalSpy>
#include <QTest>

using namespace scanline;

class StepSliderTest : public QObject {
  Q_OBJECT

 private slots:
  void init();
  void cleanup() { delete slider_; }
  void keysWalkTheTicks();
  void aClickChoosesTheNearestTick();
  void settersEmitNothingAndKeepTheStep();
  void spacePlaysToTheEnd();
  void withoutStepsNothingCanBeChosen();

 private:
  QWidget* track() const { return slider_->findChild<QWidget*>(QStringLiteral("track")); }
  StepSlider* slider_ = nullptr;
};

void StepSliderTest::init() {
  slider_ = new StepSlider;
  std::vector<qint64> steps;
  for (qint64 step = 0; step <= 3000; step += 100) steps.push_back(step);
  slider_->setSteps(steps);
  slider_->resize(800, slider_->sizeHint().height());
  slider_->show();
  QVERIFY(QTest::qWaitForWindowExposed(slider_));
}

void StepSliderTest::keysWalkTheTicks() {
  QSignalSpy chosen(slider_, &StepSlider::stepChosen);
  slider_->setFocus();
  QTest::keyClick(track(), Qt::Key_Right);
  QCOMPARE(slider_->current(), 100);
  QTest::keyClick(track(), Qt::Key_Right, Qt::ShiftModifier);
  QCOMPARE(slider_->current(), 1100);
  QTest::keyClick(track(), Qt::Key_Left);
  QCOMPARE(slider_->current(), 1000);
  QTest::keyClick(track(), Qt::Key_End);
  QCOMPARE(slider_->current(), 3000);
  QTest::keyClick(track(), Qt::Key_Right);
  QCOMPARE(slider_->current(), 3000);
  QTest::keyClick(track(), Qt::Key_Home);
  QCOMPARE(slider_->current(), 0);
  QCOMPARE(chosen.size(), 5);
  QCOMPARE(chosen.at(1).at(0).toLongLong(), 1100);
}

void StepSliderTest::aClickChoosesTheNearestTick() {
  slider_->setSteps({0, 100, 1000});
  QSignalSpy chosen(slider_, &StepSlider::stepChosen);
  QTest::mouseClick(track(), Qt::LeftButton, {}, {track()->width() - 12, 11});
  QCOMPARE(slider_->current(), 1000);
  // Places are proportional to steps: a fifth of the way is step 200, whose nearest tick is 100.
  QTest::mouseClick(track(), Qt::LeftButton, {}, {track()->width() / 5, 11});
  QCOMPARE(slider_->current(), 100);
  QCOMPARE(chosen.size(), 2);
}

void StepSliderTest::settersEmitNothingAndKeepTheStep() {
  QSignalSpy chosen(slider_, &StepSlider::stepChosen);
  slider_->setCurrent(1050);
  QCOMPARE(slider_->current(), 1000);
  slider_->setSteps({500, 1000, 1500, 2000});
  QCOMPARE(slider_->current(), 1000);
  slider_->setSteps({500, 900, 2000});
  QCOMPARE(slider_->current(), 900);
  slider_->setCurrent(3);
  QCOMPARE(slider_->current(), 500);
  QCOMPARE(chosen.size(), 0);
}

void StepSliderTest::spacePlaysToTheEnd() {
  slider_->setSteps({100, 200, 300});
  slider_->setCurrent(100);
  QSignalSpy chosen(slider_, &StepSlider::stepChosen);
  QTest::keyClick(track(), Qt::Key_Space);
  QVERIFY(slider_->isPlaying());
  QTRY_COMPARE(slider_->current(), 300);
  QVERIFY(!slider_->isPlaying());
  QCOMPARE(chosen.size(), 2);
  QTest::keyClick(track(), Qt::Key_Space);  // at the end it starts over
  QCOMPARE(slider_->current(), 100);
  QTest::keyClick(track(), Qt::Key_Space);
  QVERIFY(!slider_->isPlaying());
}

void StepSliderTest::withoutStepsNothingCanBeChosen() {
  QSignalSpy chosen(slider_, &StepSlider::stepChosen);
  slider_->setSteps({});
  QCOMPARE(slider_->current(), -1);
  QTest::keyClick(track(), Qt::Key_Right);
  QTest::mouseClick(track(), Qt::LeftButton, {}, {20, 11});
  slider_->setPlaying(true);
  QVERIFY(!slider_->isPlaying());
  QCOMPARE(chosen.size(), 0);
}

QTEST_MAIN(StepSliderTest)
#include "step_slider_test.moc"
