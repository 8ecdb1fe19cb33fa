// Runs in processes of their own, in the whole window: started from the form, left running at its end, found again, and
// ended. The process is scanline-cli, as in an installation.
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <thread>

#include "app/preferences.h"
#include "app/worker_program.h"
#include "core/base/error.h"
#include "tests/app/open_window_test.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/status_strip.h"

using namespace scanline;

class WindowOwnProcessTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }
  void cleanup() {
    window_.reset();
    RunStore workspace(workspace_.toStdString(), StoreMode::ReadWrite);
    for (const RunSummary& run : workspace.active()) {
      workspace.cancelJob(run.id);
      try {
        workspace.kill(run.id);
      } catch (const Error&) {
        // It has ended.
      }
    }
    QTRY_VERIFY_WITH_TIMEOUT(!anyActive(), 60000);
  }

  void theProgramIsFoundBesideThisOne() { QVERIFY(std::filesystem::exists(workerProgram())); }

  void aRunOfTheFormOutlivesTheWindow() {
    openWindow();
    start("outlives", true);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Running, 60000);
    QVERIFY(store().run({1}).ownedElsewhere && store().run({1}).ownProcess);
    QTRY_VERIFY(strip()->run().has_value());

    QString question;
    answerBox("Cancel", &question);
    QVERIFY(!window_->close());
    QVERIFY2(question.contains("outlives") && question.contains("goes on without the window"), qPrintable(question));
    answerBox("Keep running", &question);
    QVERIFY(window_->close());
    window_->finishWriting();
    window_.reset();
    const int64_t step = store().run({1}).step;
    QTRY_VERIFY_WITH_TIMEOUT(store().run({1}).step > step + 10, 60000);
    QCOMPARE(stateOf(1), RunState::Running);

    openWindow();  // the next start finds it
    QTRY_VERIFY(strip()->run().has_value());
    QCOMPARE(strip()->run()->name, std::string("outlives"));
    QTRY_VERIFY(toolButton("Pause “outlives”") && toolButton("Pause “outlives”")->isEnabled());
    QTest::mouseClick(toolButton("Pause “outlives”"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Paused, 60000);
    QTRY_VERIFY(toolButton("Go on with “outlives”") && toolButton("Go on with “outlives”")->isEnabled());
    QTest::mouseClick(toolButton("Go on with “outlives”"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Running, 60000);
    answerBox("Stop and leave", &question);
    QVERIFY(window_->close());
    window_->finishWriting();
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Stopped, 60000);
    QCOMPARE(store().checkpoints({1}).back().step, store().run({1}).step);
  }

  void aProcessThatIsEndedIsNamedAndItsRunResumed() {
    openWindow();
    start("ends", true);
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Running && store().run({1}).step > 30, 60000);
    window_->findChild<RunTable*>()->select({{1}});
    QString question;
    answerBox("End it", &question);
    choose(*window_, "End its process at once…");
    QVERIFY2(question.contains("“ends”"), qPrintable(question));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Interrupted, 60000);
    const auto* inspector = window_->findChild<Inspector*>();
    QTRY_VERIFY(std::ranges::any_of(inspector->findChildren<QLabel*>(), [](const QLabel* label) {
      return label->isVisible() && label->text().contains("died (signal 9)");
    }));
    QTRY_VERIFY(offer("Resume"));
    QVERIFY(window_->findChild<MessageBar*>()->accessibleDescription().contains("died (signal 9)"));
    QTest::mouseClick(offer("Resume"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Running, 60000);
    QVERIFY(store().run({1}).ownedElsewhere);  // again in a process of its own
  }

  void withoutTheBoxTheRunIsTheWindows() {
    openWindow();
    start("here", false);
    QTRY_COMPARE(store().jobs().size(), size_t{1});
    QVERIFY(!store().jobs().front().ownProcess);
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).cancelJob({1});
  }

  void thePreferenceIsTheFormsDefault() {
    openWindow();
    choose(*window_, "Preferences…");
    QTRY_VERIFY(window_->findChild<Preferences*>());
    auto* preferences = window_->findChild<Preferences*>();
    QCheckBox* own = nullptr;
    for (auto* box : preferences->findChildren<QCheckBox*>())
      if (box->text() == "Train in a process of their own") own = box;
    QVERIFY(own && !own->isChecked());
    click(own);
    QVERIFY(settings_->ownProcess());
    QSpinBox* lanes = nullptr;
    for (auto* box : preferences->findChildren<QSpinBox*>())
      if (box->accessibleName() == "Runs at the same time") lanes = box;
    QTRY_VERIFY(lanes && lanes->isEnabled());
    QCOMPARE(lanes->value(), 0);
    QCOMPARE(lanes->text(), QStringLiteral("One, or one for each GPU"));
    lanes->setFocus();
    QTest::keyClick(lanes, Qt::Key_Up);
    QTRY_COMPARE(store().chosenLanes(), int64_t{1});
    QTest::keyClick(lanes, Qt::Key_Up);
    QTRY_COMPARE(store().lanes(), int64_t{2});
    preferences->close();
    choose(*window_, "New run…");
    QTRY_VERIFY(box()->isVisible() && box()->isChecked());
  }

 private:
  void start(const std::string& name, bool ownProcess) {
    choose(*window_, "New run…");
    QTRY_VERIFY(box()->isVisible());
    RunSpec spec = fakeSpec(name);
    spec.data.limit = 120;
    spec.palette.size = 4;
    spec.model.width = 8;
    spec.model.heads = 1;
    spec.train = {.steps = 100'000'000, .batchSize = 8, .evaluateEvery = 25, .checkpointEvery = 25};
    spec.train.evaluateImages = 8;
    window_->findChild<NewRunPage*>()->setSpec(spec, "a test");
    if (ownProcess) click(box());
    QCOMPARE(box()->isChecked(), ownProcess);
    auto* button = window_->findChild<QPushButton*>("start");
    QTRY_VERIFY(button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
  }
  QCheckBox* box() const { return window_->findChild<QCheckBox*>("ownProcess"); }
  static void click(QCheckBox* box) { QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(8, box->height() / 2)); }
  StatusStrip* strip() const { return window_->findChild<StatusStrip*>(); }
  bool anyActive() const {
    RunStore workspace(workspace_.toStdString(), StoreMode::ReadWrite);
    workspace.markInterrupted();
    return !workspace.active().empty();
  }
};

QTEST_MAIN(WindowOwnProcessTest)
#include "window_own_process_test.moc"
