// The acts for runs in the whole window: which run they are of, when they are possible, and their messages. The
// other process that has a run is this program again (see main).
#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTest>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <array>
#include <cstdio>
#include <set>
#include <thread>

#include "tests/app/open_window_test.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/status_strip.h"

using namespace scanline;

class WindowRunsTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }
  void cleanup() {
    window_.reset();
    if (!other_) return;
    other_->terminate();
    other_->waitForFinished(5000);
    other_.reset();
  }

  /// With any selection, the buttons of the tool bar are of the run that stands beside them, and say so.
  void theToolBarActsOnTheRunThatTrains() {
    addRun(fakeSpec("trains"));
    trainElsewhere({1});
    enqueue(fakeSpec("waits"));
    open();
    select(2);
    QTRY_VERIFY(strip()->run().has_value());
    QCOMPARE(strip()->run()->name, std::string("trains"));
    QToolButton* pause = toolButton("Pause “trains”");
    QTRY_VERIFY(pause && pause->isEnabled());
    QTest::mouseClick(pause, Qt::LeftButton);
    QTRY_COMPARE(lastCommand(), QByteArray("pause"));
    QTRY_VERIFY(toolButton("Go on with “trains”"));
    QTest::mouseClick(toolButton("Write a checkpoint of “trains” and stop it"), Qt::LeftButton);
    QTRY_COMPARE(lastCommand(), QByteArray("stop"));
    QCOMPARE(stateOf(2), RunState::Queued);
    QTRY_VERIFY(!strip()->run());
    QTRY_VERIFY(!toolButton("Nothing trains")->isEnabled());
  }

  /// The commands reach the process that has the run through the store.
  void aRunOfAnotherProcessIsPausedResumedAndStopped() {
    addRun(fakeSpec("a"));
    trainElsewhere({1});
    open();
    select(1);
    choose(*window_, "Pause");
    QTRY_COMPARE(lastCommand(), QByteArray("pause"));
    QTRY_COMPARE(stateOf(1), RunState::Paused);
    choose(*window_, "Resume");
    QTRY_COMPARE(lastCommand(), QByteArray("resume"));
    QTRY_COMPARE(stateOf(1), RunState::Running);
    choose(*window_, "Stop");
    QTRY_COMPARE(stateOf(1), RunState::Stopped);
  }

  void aRunTakenOutOfTheQueueIsPutBack() {
    enqueue(fakeSpec("a"));
    open();
    select(1);
    choose(*window_, "Stop");
    QTRY_COMPARE(stateOf(1), RunState::Stopped);
    QVERIFY(says("Taken out of the queue: “a”"));
    QTest::mouseClick(offer("Put back"), Qt::LeftButton);
    QTRY_COMPARE(stateOf(1), RunState::Queued);
    choose(*window_, "Stop");
    QTRY_COMPARE(stateOf(1), RunState::Stopped);
    choose(*window_, "Resume");  // it never began
    QTRY_COMPARE(stateOf(1), RunState::Queued);
  }

  void resumingSaysFromWhichStep() {
    addRun(fakeSpec("a"));
    {
      RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
      const std::vector<TrainEvent> events{StateChanged{RunState::Running, ""}, StepStats{.step = 200, .loss = 2},
                                           CheckpointSaved{200, "200.safetensors", 10, 2, "last"},
                                           StepStats{.step = 400, .loss = 1}, StateChanged{RunState::Interrupted, ""}};
      writer.append({1}, events);
    }
    open();
    QTRY_VERIFY(
        says("“a” did not end; it had come to step 400. It can go on from step 200 (200 steps are done again)."));
    // The message ends with its run, which nothing here can train: it stays in the queue.
    for (auto* each : window_->findChild<QueuePanel*>()->findChildren<QAbstractButton*>())
      if (each->text() == QStringLiteral("Hold queue")) QTest::mouseClick(each, Qt::LeftButton);
    QTest::mouseClick(offer("Resume"), Qt::LeftButton);
    QTRY_VERIFY(says("“a” goes on from step 200 (200 steps are done again)."));
  }

  void deleteOnARunAtWorkSaysWhyNot() {
    addRun(fakeSpec("a"));
    trainElsewhere({1});
    open();
    select(1);
    QTRY_VERIFY(!action("Move to &trash")->isEnabled());
    QVERIFY(action("Move to &trash")->toolTip().contains("stop it first"));
    QTest::keyClick(window_->findChild<RunTable*>()->findChild<QTreeView*>(), Qt::Key_Delete);
    QTRY_VERIFY(says("“a” cannot go to the trash while at work. Stop it first."));
    QVERIFY(!store().run({1}).trashed);
  }

  /// Of two runs the one in the trash is neither ticked nor in the inspector any more.
  void aTrashedRunLeavesTheViews() {
    addRun(fakeSpec("a"));
    addRun(fakeSpec("b"));
    open();
    select(2);
    auto* table = window_->findChild<RunTable*>();
    table->setOverlay({{1}, {2}});
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{2});
    choose(*window_, "Move to trash");
    QTRY_VERIFY(store().run({2}).trashed);
    QCOMPARE(table->overlay(), std::vector<RunId>{{1}});
    QTRY_VERIFY(window_->findChild<Inspector*>()->run() != RunId{2});
  }

  void theTrashIsEmptiedByTheMenu() {
    addRun(fakeSpec("a"));
    addRun(fakeSpec("b"));
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).setTrashed({{2}}, true);
    open();
    QString question;
    answerBox("Delete for good", &question);
    choose(*window_, "Empty the trash…");
    QTRY_COMPARE(store().runs(true).size(), size_t{1});
    QVERIFY2(question.contains("1 run"), qPrintable(question));
    choose(*window_, "Empty the trash…");
    QTRY_VERIFY(says("The trash is empty."));
  }

  /// Where there is no checkpoint, nothing starts from one, and the menu says so.
  void actsThatCannotBeSayWhy() {
    addRun(fakeSpec("a"));
    open();
    select(1);
    QTRY_VERIFY(action("Fork…")->toolTip().contains("no checkpoint"));
    QVERIFY(!action("Complete p&ictures…")->isEnabled());
    QVERIFY(!action("&Pause")->isEnabled());
    QVERIFY(!action("&Pause")->toolTip().isEmpty());
    QVERIFY(action("Move to &trash")->isEnabled());
  }

  void theMessageOfAStartEndsWithTheRun() {
    addRun(fakeSpec("a"));
    trainElsewhere({1});
    open();
    QTRY_VERIFY(window_->windowTitle().contains("% of a"));
    auto* bar = window_->findChild<MessageBar*>();
    const int id = bar->show({Message::Level::Warning, "“a”: something of its training.", "Stop it", {}});
    bar->setAbout(id, {1});
    other_->write("finish\n");
    QTRY_COMPARE(stateOf(1), RunState::Finished);
    QTRY_VERIFY(!says("“a”: something of its training."));
  }

  /// Two windows, two notes within a moment.
  void twoNotesAtOnceAreBothKept() {
    addRun(fakeSpec("a"));
    open();
    select(1);
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{1});
    QPlainTextEdit* note = nullptr;
    for (auto* edit : window_->findChild<Inspector*>()->findChildren<QPlainTextEdit*>())
      if (!edit->isReadOnly() && edit->isVisible()) note = edit;
    QVERIFY(note);
    note->setFocus();
    QTest::keyClicks(note, QStringLiteral("mine"));
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).setNote({1}, "theirs");
    window_->findChild<RunTable*>()->findChild<QTreeView*>()->setFocus();
    QTRY_COMPARE(store().run({1}).note, std::string("mine\ntheirs"));
  }

  void tagsOfSeveralRunsAtOnce() {
    addRun(fakeSpec("a"));
    addRun(fakeSpec("b"));
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).setTags({1}, {"old"});
    open();
    auto* table = window_->findChild<RunTable*>();
    table->select({{1}, {2}});
    QTRY_COMPARE(table->selection().size(), size_t{2});
    QTimer::singleShot(300, qApp, [] {
      QWidget* dialog = QApplication::activeModalWidget();
      auto* line = dialog ? dialog->findChild<QLineEdit*>() : nullptr;
      if (!line) return;
      QTest::keyClicks(line, QStringLiteral("good, best"));
      QTest::keyClick(line, Qt::Key_Return);
    });
    choose(*window_, "Tags…");
    const auto tags = [this](int64_t run) {
      const auto all = store().run({run}).tags;
      return std::set<std::string>(all.begin(), all.end());
    };
    QTRY_COMPARE(tags(1), (std::set<std::string>{"best", "good", "old"}));
    QTRY_COMPARE(tags(2), (std::set<std::string>{"best", "good"}));
    choose(*window_, "Undo: Tags");  // an edit each
    choose(*window_, "Undo: Tags");
    QTRY_VERIFY(store().run({2}).tags.empty());
    QTRY_COMPARE(tags(1), std::set<std::string>{"old"});
  }

 private:
  void open() {
    openWindow();
    QTRY_VERIFY(!window_->findChild<RunTable*>()->selection().empty());
  }
  void select(int64_t run) {
    auto* table = window_->findChild<RunTable*>();
    table->select({{run}});
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{run}});
  }
  void trainElsewhere(RunId run) {
    other_ = std::make_unique<QProcess>();
    other_->start(QCoreApplication::applicationFilePath(), {"--other-process", workspace_, QString::number(run.value)});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(run.value), RunState::Running, 20000);
  }
  QByteArray lastCommand() const {
    heard_ += other_->readAllStandardOutput();
    const auto lines = heard_.trimmed().split('\n');
    return lines.last();
  }
  StatusStrip* strip() const { return window_->findChild<StatusStrip*>(); }
  QAction* action(const QString& text) const {
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text() == text) return each;
    return nullptr;
  }
  bool says(const QString& text) const {
    const auto* bar = window_->findChild<MessageBar*>();
    return bar->isVisible() && bar->accessibleDescription().contains(text);
  }

  std::unique_ptr<QProcess> other_;
  mutable QByteArray heard_;
};

namespace {

/// Has the run, says which commands it takes, and does them; "finish" on its input ends the run.
int otherProcess(const QStringList& arguments) {
  RunStore store(arguments[2].toStdString(), StoreMode::ReadWrite);
  const RunId run{arguments[3].toLongLong()};
  const auto become = [&](RunState state) { store.append(run, std::array<TrainEvent, 1>{StateChanged{state, ""}}); };
  store.own(run);
  become(RunState::Running);
  QFile input;
  if (!input.open(stdin, QIODevice::ReadOnly | QIODevice::Unbuffered)) return 1;
  std::jthread reader([&input, &arguments, run] {
    if (!input.readLine().startsWith("finish")) return;
    RunStore(arguments[2].toStdString(), StoreMode::ReadWrite)
        .append(run, std::array<TrainEvent, 1>{StateChanged{RunState::Finished, ""}});
  });
  for (;;) {
    if (const auto command = store.takeCommand(run)) {
      const bool stops = *command == RunCommand::Stop || *command == RunCommand::StopWithCheckpoint;
      const bool pauses = *command == RunCommand::Pause;
      std::puts(stops ? "stop" : pauses ? "pause" : "resume");
      std::fflush(stdout);
      become(stops ? RunState::Stopped : pauses ? RunState::Paused : RunState::Running);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && qstrcmp(argv[1], "--other-process") == 0) {
    const QCoreApplication application(argc, argv);
    return otherProcess(QCoreApplication::arguments());
  }
  QApplication application(argc, argv);
  WindowRunsTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "window_runs_test.moc"
