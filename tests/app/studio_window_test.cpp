// The Studio page with the real engine and a model that was trained a little.
#include <QApplication>
#include <QComboBox>
#include <QTest>
#include <QTimer>

#include "app/engine_loader.h"
#include "app/studio_page.h"
#include "core/run/code_atlas.h"
#include "core/run/run_folder.h"
#include "core/spec/presets.h"
#include "tests/app/stall_watchdog.h"
#include "tests/app/studio_test.h"
#include "widgets/studio/next_pixel_panel.h"
#include "widgets/studio/probability_bars.h"

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

  void aPinnedDrawingComesOutTheSame_data() {
    QTest::addColumn<bool>("bf16");
    QTest::newRow("cache in float") << false;
    QTest::newRow("cache in bfloat16") << true;
  }
  /// Paint a mask, draw, pin; the next day find it and draw it again: the same bytes. The cache's precision is part of
  /// what is kept, whichever one the settings show by then.
  void aPinnedDrawingComesOutTheSame() {
    QFETCH(bool, bf16);
    open(loadEngine);
    openStudio();
    setCache(bf16);
    stroke(0, 5);
    QVERIFY(canvas()->mask()[0] == 1);
    QTest::keyClick(canvas(), Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), 60000);
    const auto drawn = panel()->drawing().candidates.front().tokens;
    pinFirst();
    QTRY_COMPARE(store().pins({1}).size(), size_t{1});
    QCOMPARE(store().pins({1}).front().request.bf16Cache, bf16);
    window_->close();
    window_.reset();

    open(loadEngine);
    openStudio();
    setCache(!bf16);
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

  /// Beside the bar of a code stand the pixels that it decodes to, and not a colour alone.
  void theNextPixelOfCodesShowsTheirPatches() {
    RunSpec coder = tinySpec("coder");
    coder.kind = RunKind::Vqvae;
    coder.vqvae = {.stride = 2, .codes = 6, .codeWidth = 2, .width = 4, .blocks = 1};
    train(coder, loadEngine());
    RunSpec onCodes = tinySpec("on codes");
    onCodes.palette.vqvae = "coder";
    train(onCodes, loadEngine());
    open(loadEngine);
    openStudio();
    auto* next = view()->findChild<NextPixelPanel*>();
    view()->setCurrentPanel(next);
    QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(5).center().toPoint());
    QTRY_VERIFY_WITH_TIMEOUT(next->bars()->bars().size() == 6, 60000);

    const auto engine = loadEngine();
    const auto codec = engine->openVqvae(store().folder({3}) / kVqvaeFile, 1);
    const ImageSet patches = codePatchesOf(*codec, {});
    const auto showsPatch = [&](size_t bar) {
      const auto rgb = patches.image(next->bars()->bars()[bar].token);
      const QRect row = next->bars()->rowRect(bar);
      const QImage shot = next->bars()->grab(QRect(row.left(), row.top(), 60, row.height())).toImage();
      for (size_t pixel = 0; pixel < rgb.size() / 3; ++pixel) {
        bool isThere = false;
        for (int y = 0; y < shot.height() && !isThere; ++y)
          for (int x = 0; x < shot.width() && !isThere; ++x)
            isThere = shot.pixel(x, y) == qRgb(rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2]);
        if (!isThere) return false;
      }
      return true;
    };
    for (size_t bar = 0; bar < 6; ++bar) QTRY_VERIFY(showsPatch(bar));
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
    int drawings = 0;
    const int blocks = fewestBlocks(50, [&] {
      drawings = 0;
      for (int turn = 0; turn < 20 || (drawings < 2 && turn < 1000); ++turn) {
        if (draw()->isVisible() && !panel()->isBusy()) {
          QTest::mouseClick(draw(), Qt::LeftButton);
          ++drawings;
        }
        QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(turn % 64).center().toPoint());
        QTest::qWait(50);
      }
    });
    QCOMPARE(stateOf(2), RunState::Running);
    QVERIFY(drawings > 1);
    QVERIFY2(blocks == 0, qPrintable(QStringLiteral("longest event %1").arg(application->longestEvent())));
    QTimer answer;
    answer.callOnTimeout([] {
      if (QWidget* box = QApplication::activeModalWidget()) QTest::keyClick(box, Qt::Key_Return);
    });
    answer.start(200);
    window_->close();
    QTRY_VERIFY_WITH_TIMEOUT(!window_->isVisible(), 60000);
  }

 private:
  void setCache(bool bf16) const {
    auto* box = panel()->findChild<QComboBox*>("cache");
    box->setFocus();
    QTest::keyClick(box, bf16 ? Qt::Key_End : Qt::Key_Home);
  }
};

int main(int argc, char** argv) {
  WatchedApplication application(argc, argv);
  StudioWindowTest test;
  QTEST_SET_MAIN_SOURCE_PATH
  return QTest::qExec(&test, argc, argv);
}
#include "studio_window_test.moc"
