#include "widgets/studio/timeline_panel.h"

#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <memory>

#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/sample_questions.h"
#include "widgets/images/image_grid.h"
#include "widgets/plot/step_slider.h"
#include "widgets/studio/token_map.h"

using namespace scanline;

namespace {

/// The later, the fewer tokens are wrong.
ShownFrame frameAt(qint64 step, int across = 12, int down = 10) {
  ShownFrame frame{step, samplePicture(across, down, 16), 3.0 - double(step) / 500};
  for (size_t i = size_t(step / 10) + 3; i < frame.picture.tokens.size(); i += size_t(step / 100) + 2)
    frame.picture.tokens[i] = Token((frame.picture.tokens[i] + 5) % 16);
  return frame;
}

}  // namespace

class TimelinePanelTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { panel_.reset(); }
  void framesFillTheStripAsTheyCome();
  void theSliderShowsTheFrameOfItsStep();
  void aClickOnTheStripGoesThere();
  void aChosenStepIsKeptWhileOthersCome();
  void playingWalksToTheEnd();
  void filesAreAskedForWithTheirSpeed();
  void framesOfOtherStepsAreForgotten();
  void drawStopAndEmptyStatesAreSaid();
  void pictures();

 private:
  ImageGrid& strip() const { return *panel_->findChild<ImageGrid*>(); }
  StepSlider& slider() const { return *panel_->findChild<StepSlider*>(); }
  TokenMap& map() const { return *panel_->findChild<TokenMap*>(); }
  QString text(const char* name) const { return panel_->findChild<QLabel*>(QString::fromLatin1(name))->text(); }
  void drawAll() {
    for (const qint64 step : {100, 200, 300, 400}) panel_->setFrame(frameAt(step));
    QCoreApplication::processEvents();
  }
  std::unique_ptr<TimelinePanel> panel_;
};

void TimelinePanelTest::init() {
  panel_ = std::make_unique<TimelinePanel>();
  panel_->resize(320, 860);
  panel_->setSteps({100, 200, 300, 400});
  panel_->show();
  QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
}

void TimelinePanelTest::framesFillTheStripAsTheyCome() {
  panel_->setDrawing(true);
  panel_->setFrame(frameAt(100));
  panel_->setFrame(frameAt(300));  // in any order
  QCOMPARE(strip().pictures().count(), 4);
  QVERIFY(!strip().pictures().cells[0].hatched);
  QVERIFY(strip().pictures().cells[1].hatched);
  QCOMPARE(strip().pictures().cells[2].caption, QStringLiteral("300"));
  QCOMPARE(strip().pictures().picture(2), frameAt(300).picture.image());
  QCOMPARE(panel_->step(), 300);  // the newest that came
  QCOMPARE(text("progress"), QStringLiteral("2 of 4 drawn"));
  QCOMPARE(slider().steps(), (std::vector<qint64>{100, 300}));
}

void TimelinePanelTest::theSliderShowsTheFrameOfItsStep() {
  drawAll();
  QSignalSpy chosen(panel_.get(), &TimelinePanel::stepChosen);
  QTest::keyClick(slider().focusProxy(), Qt::Key_Home);
  QCOMPARE(chosen.last().at(0).toLongLong(), 100);
  QCOMPARE(map().picture().tokens, frameAt(100).picture.tokens);
  QCOMPARE(text("caption"), QStringLiteral("step 100 · 2.800 nats per drawn pixel"));
  QCOMPARE(strip().current(), 0);
  QTest::keyClick(slider().focusProxy(), Qt::Key_Right);
  QCOMPARE(map().picture().tokens, frameAt(200).picture.tokens);
  QCOMPARE(strip().current(), 1);
  const QImage shot = map().grab().toImage();
  const auto& picture = map().picture();
  QCOMPARE(shot.pixelColor((map().shownRect(40).center() * shot.devicePixelRatio()).toPoint()),
           picture.colourOf(picture.tokens[40]));
}

void TimelinePanelTest::aClickOnTheStripGoesThere() {
  drawAll();
  QSignalSpy chosen(panel_.get(), &TimelinePanel::stepChosen);
  QTest::mouseClick(strip().viewport(), Qt::LeftButton, {}, strip().shownRect(1).center().toPoint());
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(panel_->step(), 200);
  QVERIFY(!strip().isEnlarged());
  strip().setFocus();
  QTest::keyClick(&strip(), Qt::Key_Left);
  QCOMPARE(panel_->step(), 100);
}

void TimelinePanelTest::aChosenStepIsKeptWhileOthersCome() {
  panel_->setFrame(frameAt(100));
  panel_->setFrame(frameAt(200));
  QTest::keyClick(slider().focusProxy(), Qt::Key_Home);
  panel_->setFrame(frameAt(300));
  QCOMPARE(panel_->step(), 100);
  QTest::mouseClick(strip().viewport(), Qt::LeftButton, {}, strip().shownRect(3).center().toPoint());
  QCOMPARE(panel_->step(), 100);  // not drawn yet
  QCOMPARE(strip().current(), 0);
}

void TimelinePanelTest::playingWalksToTheEnd() {
  drawAll();
  panel_->setStep(100);
  QSignalSpy chosen(panel_.get(), &TimelinePanel::stepChosen);
  QTest::keyClick(slider().focusProxy(), Qt::Key_Space);
  QVERIFY(slider().isPlaying());
  QTRY_COMPARE(panel_->step(), 400);
  QCOMPARE(chosen.size(), 3);
  QVERIFY(!slider().isPlaying());
}

void TimelinePanelTest::filesAreAskedForWithTheirSpeed() {
  QVERIFY(!panel_->findChild<QPushButton*>(QStringLiteral("save"))->isVisible());
  drawAll();
  QSignalSpy wanted(panel_.get(), &TimelinePanel::exportRequested);
  panel_->findChild<QSpinBox*>()->setValue(400);
  const auto actions = panel_->findChild<QPushButton*>(QStringLiteral("save"))->menu()->actions();
  QCOMPARE(actions.size(), 3);
  for (QAction* action : actions) action->trigger();
  QCOMPARE(wanted.size(), 3);
  QCOMPARE(wanted[0].at(0).value<FilmFormat>(), FilmFormat::Apng);
  QCOMPARE(wanted[1].at(0).value<FilmFormat>(), FilmFormat::Gif);
  QCOMPARE(wanted[2].at(0).value<FilmFormat>(), FilmFormat::ContactSheet);
  QCOMPARE(wanted[0].at(1).toInt(), 400);
}

void TimelinePanelTest::framesOfOtherStepsAreForgotten() {
  drawAll();
  panel_->setFrame(frameAt(350));  // no such checkpoint
  QCOMPARE(panel_->frames().size(), size_t{4});
  panel_->setSteps({100, 400, 500});
  QCOMPARE(panel_->frames().size(), size_t{2});
  panel_->clearFrames();
  QVERIFY(!strip().isVisible());
  QVERIFY(map().picture().isEmpty());
}

void TimelinePanelTest::drawStopAndEmptyStatesAreSaid() {
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("Draw all lets")));
  QSignalSpy draw(panel_.get(), &TimelinePanel::drawRequested), stop(panel_.get(), &TimelinePanel::stopRequested);
  auto* button = panel_->findChild<QPushButton*>(QStringLiteral("draw"));
  QTest::mouseClick(button, Qt::LeftButton);
  QCOMPARE(draw.size(), 1);
  panel_->setDrawing(true);
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("The first frame")));
  QTest::mouseClick(button, Qt::LeftButton);
  QCOMPARE(stop.size(), 1);
  panel_->setDrawing(false);
  panel_->setSteps({});
  QVERIFY(!button->isEnabled());
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("A film needs checkpoints")));
}

void TimelinePanelTest::pictures() {
  takePictures(*panel_, QStringLiteral("timeline-empty"));
  std::vector<qint64> steps;
  for (qint64 step = 50; step <= 1000; step += 50) steps.push_back(step);
  panel_->setSteps(steps);
  panel_->setDrawing(true);
  for (const qint64 step : steps)
    if (step <= 700) panel_->setFrame(frameAt(step, 32, 32));
  takePictures(*panel_, QStringLiteral("timeline-drawing"));
  panel_->setDrawing(false);
  for (const qint64 step : steps) panel_->setFrame(frameAt(step, 32, 32));
  panel_->resize(640, 860);
  takePictures(*panel_, QStringLiteral("timeline-wide"));
}

QTEST_MAIN(TimelinePanelTest)
#include "timeline_panel_test.moc"
