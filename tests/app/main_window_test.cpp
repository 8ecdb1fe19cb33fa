// The whole window with the real engine: a person's paths, by clicks and keys, on a workspace of its own.
#include "app/main_window.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTest>
#include <QTimer>

#include "app/engine_loader.h"
#include "core/base/error.h"
#include "core/spec/presets.h"
#include "tests/app/stall_watchdog.h"
#include "tests/app/window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/images/image_grid.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/completions_view.h"
#include "widgets/pages/curves_view.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/message_bar.h"

using namespace scanline;

namespace {

/// Small enough for a test, and with all of a run in it.
RunSpec tinySpec() {
  RunSpec spec = preset("quick-start").spec;
  spec.name = "tiny";
  spec.model.layers = 2;
  spec.model.width = 16;
  spec.model.heads = 2;
  spec.train.steps = 40;
  spec.train.batchSize = 16;
  spec.train.evaluateEvery = 20;
  spec.train.checkpointEvery = 20;
  spec.probe.every = 20;
  spec.probe.trainImages = 200;
  spec.sample.every = 20;
  spec.sample.prompts = 2;
  spec.sample.perPrompt = 2;
  spec.sample.unconditional = 2;
  return spec;
}

}  // namespace

class MainWindowTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }

  /// The first start: one click, and the run is in the store with everything a person will look for tomorrow.
  void oneClickStartsTheQuickStart() {
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    auto* empty = window.findChild<EmptyState*>();
    QTRY_VERIFY(empty->isVisible());
    QTest::mouseClick(empty->findChild<QPushButton*>(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Running, 60000);
    QTRY_VERIFY(window.findChild<CurvesView*>()->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(store().run({1}).step > 2, 60000);
    leave(window);
    QCOMPARE(stateOf(1), RunState::Stopped);
    QVERIFY(!store().checkpoints({1}).empty());
  }

  void aRunFillsEveryViewAndIsThereTomorrow() {
    enqueue(tinySpec());
    {
      MainWindow window(workspace_, *settings_, loadEngine);
      show(window);
      QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Finished, 120000);
      leave(window);
    }
    MainWindow tomorrow(workspace_, *settings_,
                        []() -> std::shared_ptr<Engine> { throw Error("not needed to look at runs"); });
    show(tomorrow);
    auto* table = tomorrow.findChild<RunTable*>();
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{1}});
    auto* tabs = tomorrow.findChild<QTabWidget*>();
    tabs->setCurrentIndex(2);
    auto* completions = tomorrow.findChild<CompletionsView*>();
    QTRY_COMPARE(completions->step(), 40);
    QTRY_VERIFY(completions->findChild<ImageGrid*>()->pictures().count() > 0);
    QTRY_COMPARE(tomorrow.findChild<Inspector*>()->run(), RunId{1});
    tomorrow.close();
  }

  void duplicateAndEditIsThreeActs() {
    enqueue(tinySpec());
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    auto* table = window.findChild<RunTable*>();
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{1}});
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Finished, 120000);
    QTest::keyClick(&window, Qt::Key_D, Qt::ControlModifier);
    auto* page = shownForm(window);
    QVERIFY(page);
    QTRY_COMPARE(page->specs().size(), size_t{1});
    RunSpec edited = page->specs().front();
    edited.name = "again";
    edited.train.steps = 1;
    page->setSpec(edited, QStringLiteral("tiny"));
    QTest::keyClick(page, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(store().runs().size() == 2, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 60000);
    QCOMPARE(store().run({2}).name, std::string("again"));
    leave(window);
  }

  /// One model, and everything the paper does with it, from the Run menu.
  void fromTrainingToProbeLowDataAndFineTuning() {
    enqueue(tinySpec());
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Finished, 120000);
    auto* table = window.findChild<RunTable*>();
    int64_t run = 1;
    for (const char* wish : {"Probe…", "Low data…", "Fine-tune…"}) {
      table->select({{1}});
      QAction* action = nullptr;
      for (auto* each : window.findChildren<QAction*>())
        if (each->text() == QString::fromUtf8(wish)) action = each;
      QVERIFY(action);
      QTRY_VERIFY(action->isEnabled());
      action->trigger();
      auto* page = shownForm(window);
      QVERIFY(page);
      for (const char* key :
           {"model.layers", "model.width", "palette.size", "data.side"})  // the checkpoint decides them
        QVERIFY2(!page->findChild<QLineEdit*>(key)->isVisible() &&
                     page->findChild<QLabel*>(QLatin1String(key) + QStringLiteral(".value"))->isVisible(),
                 key);
      QCOMPARE(page->specs().front().data.side, int64_t{8});
      RunSpec spec = page->specs().front();
      spec.lowdata.labels = "4, 10";
      spec.lowdata.subsets = 2;
      spec.train.steps = 10;
      page->setSpec(spec, QStringLiteral("tiny"));
      QTest::keyClick(page, Qt::Key_Return);
      ++run;
      QTRY_VERIFY_WITH_TIMEOUT(stateOf(run) == RunState::Finished || stateOf(run) == RunState::Failed, 120000);
      QVERIFY2(stateOf(run) == RunState::Finished, store().run({run}).detail.c_str());
    }
    QCOMPARE(store().probes({2}, -1).size(), size_t{3});
    QCOMPARE(store().lowData({3}).size(), size_t{4});
    QVERIFY(!store().points({4}, series::kValidationAccuracy, -1).empty());
    leave(window);
  }

  void trashIsUndone() {
    addRun(tinySpec());
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    auto* table = window.findChild<RunTable*>();
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{1}});
    emit table->trashRequested({{1}});
    QTRY_VERIFY(store().runs().empty());
    QTest::keyClick(&window, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(store().runs().size(), size_t{1});
    window.close();
  }

  void runsThatDidNotEndAreOfferedOnce() {
    const RunId run = addRun(tinySpec());
    {
      RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
      const std::array<TrainEvent, 1> events{StateChanged{RunState::Interrupted, ""}};
      writer.append(run, events);
    }
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    auto* bar = window.findChild<MessageBar*>();
    QTRY_COMPARE(bar->count(), 1);
    window.close();
  }

  void aMissingEngineIsASentence() {
    enqueue(tinySpec());
    MainWindow window(workspace_, *settings_,
                      []() -> std::shared_ptr<Engine> { throw Error("LibTorch is not there."); });
    show(window);
    QTRY_VERIFY_WITH_TIMEOUT(window.findChild<MessageBar*>()->count() > 0 || stateOf(1) == RunState::Failed, 10000);
    leave(window);
  }

  /// While training takes every core, the UI thread is never busy with one thing for 50 ms.
  void theWindowStaysLiveDuringTraining() {
    RunSpec spec = tinySpec();
    spec.train.steps = 1'000'000;  // it is stopped long before
    enqueue(spec);
    MainWindow window(workspace_, *settings_, loadEngine);
    show(window);
    auto* tabs = window.findChild<QTabWidget*>();
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Running, 60000);
    QTest::qWait(500);  // the first layout of each page is not watched
    for (int i = 0; i < tabs->count(); ++i) {
      tabs->setCurrentIndex(i);
      QTest::qWait(100);
    }
    const int blocks = fewestBlocks(50, [&] {
      for (int page = 0; page < tabs->count(); ++page) {
        tabs->setCurrentIndex(page);
        QTest::qWait(50);
      }
    });
    QCOMPARE(stateOf(1), RunState::Running);
    QCOMPARE(blocks, 0);
    leave(window);
  }

 private:
  static void show(MainWindow& window) {
    window.resize(1440, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
  }
  /// Closing asks once while runs go on, and they do until a moment after their end is stored; Enter says "Stop and
  /// leave".
  static void leave(MainWindow& window) {
    QTimer answer;
    answer.callOnTimeout([] {
      if (QWidget* box = QApplication::activeModalWidget()) QTest::keyClick(box, Qt::Key_Return);
    });
    answer.start(200);
    window.close();
    QTRY_VERIFY_WITH_TIMEOUT(!window.isVisible(), 60000);
  }
};

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
