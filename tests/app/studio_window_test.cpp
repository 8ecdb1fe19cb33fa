// The Studio page with the real engine and a model that was trained a little.
#include <QApplication>
#include <QTest>
#include <QTimer>

#include "app/engine_loader.h"
#include "app/studio_page.h"
#include "core/spec/presets.h"
#include "tests/app/stall_watchdog.h"
#include "tests/app/studio_test.h"

using namespace scanline;

namespace {

RunSpec tinySpec(const std::string& name) {
  RunSpec spec = preset("quick-start").spec;
  spec.name = name;
  spec.model.layers = 2;
  spec.model.width = 16;
  spec.model.heads = 2;
  spec.train.steps = 20;
  spec.train.batchSize = 16;
  spec.train.evaluateEvery = 20;
  spec.train.checkpointEvery = 20;
  spec.probe.every = spec.sample.every = 0;
  return spec;
}

}  // namespace

class StudioWindowTest : public QObject, StudioTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    train(tinySpec("tiny"), loadEngine());
  }
  void cleanup() { window_.reset(); }

  /// Paint a mask, draw, pin; the next day find it and draw it again: the same bytes.
  void aPinnedDrawingComesOutTheSame() {
    open(loadEngine);
    openStudio();
    stroke(0, 5);
    QVERIFY(canvas()->mask()[0] == 1);
    QTest::keyClick(canvas(), Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), 60000);
    const auto drawn = panel()->drawing().candidates.front().tokens;
    pinFirst();
    QTRY_COMPARE(store().pins({1}).size(), size_t{1});
    window_->close();
    window_.reset();

    open(loadEngine);
    openStudio();
    QTRY_COMPARE(panel()->pins().size(), size_t{1});
    auto* pins = panel()->findChild<PictureTiles*>("pins");
    QTest::mouseClick(pins->viewport(), Qt::LeftButton, {}, pins->shownRect(0).center().toPoint());
    auto* again = panel()->findChild<QPushButton*>("drawAgain");
    QTRY_VERIFY(again->isVisible() && again->isEnabled());
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), 60000);
    QCOMPARE(panel()->drawing().candidates.at(0).tokens, drawn);
    QCOMPARE(store().pins({1}).front().drawn, drawn);
  }

  /// The window answers while one model is drawn from, another one trains and the pointer asks.
  void theWindowStaysLiveWhileItDrawsAndTrains() {
    RunSpec spec = tinySpec("busy");
    spec.train.steps = 1'000'000;  // it is stopped long before
    open(loadEngine);
    openStudio();
    enqueue(spec);
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(2) == RunState::Running, 60000);
    QTest::qWait(500);  // the first layout of each page is not measured
    const auto application = static_cast<WatchedApplication*>(qApp);
    application->longestEvent();
    const StallWatchdog watchdog;
    int drawings = 0;
    for (int turn = 0; turn < 60; ++turn) {
      if (draw()->isVisible() && !panel()->isBusy()) {
        QTest::mouseClick(draw(), Qt::LeftButton);
        ++drawings;
      }
      QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(turn % 64).center().toPoint());
      QTest::qWait(50);
    }
    QCOMPARE(stateOf(2), RunState::Running);
    QVERIFY(drawings > 1);
    qInfo("longest block of the UI thread: %.1f ms, %d drawings; longest event %s", watchdog.longestMs(), drawings,
          qPrintable(application->longestEvent()));
    // A page that blocks does so at each turn. One or two are the machine: a disk, or the host below it.
    QVERIFY2(watchdog.blocks(50) <= 2, qPrintable(QString::number(watchdog.blocks(50))));
    QTimer answer;
    answer.callOnTimeout([] {
      if (QWidget* box = QApplication::activeModalWidget()) QTest::keyClick(box, Qt::Key_Return);
    });
    answer.start(200);
    window_->close();
    QTRY_VERIFY_WITH_TIMEOUT(!window_->isVisible(), 60000);
  }
};

int main(int argc, char** argv) {
  WatchedApplication application(argc, argv);
  StudioWindowTest test;
  QTEST_SET_MAIN_SOURCE_PATH
  return QTest::qExec(&test, argc, argv);
}
#include "studio_window_test.moc"
