// How the program ends. Each case is a process of its own, started from here, because it may have to leave a thread
// behind.
#include "app/window_end.h"

#include <sys/stat.h>

#include <QProcess>
#include <QTabWidget>
#include <QTest>
#include <QTimer>

#include "app/main_window.h"
#include "core/base/error.h"
#include "tests/app/window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/lists/run_table.h"

using namespace scanline;

class WindowEndTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }

  /// The Data page reads a pipe that nobody writes to, as a folder on a network that is gone.
  void aReadThatDoesNotComeBackEndsWithTheProcess() {
    const std::string pipe = folder_->path().toStdString() + "/digits.csv";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    RunSpec spec = fakeSpec("a");
    spec.data.path = pipe;
    const RunId run = addRun(spec);
    const std::array<TrainEvent, 1> events{RunPrepared{.trainImages = 100, .width = 8, .height = 8}};
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).append(run, events);
    runChild("read");
  }

  /// A person's last change is in the store, although the window closes in the same moment.
  void whatWasChangedLastIsKept() {
    addRun(fakeSpec("a"));
    runChild("rename");
    QCOMPARE(store().run({1}).name, std::string("renamed"));
  }

  void aRunIsStoppedAndHasItsCheckpoint() {
    RunSpec spec = fakeSpec("a");
    spec.train.steps = 100000;
    enqueue(spec);
    runChild("train");
    QCOMPARE(store().run({1}).state, RunState::Stopped);
    QVERIFY(!store().checkpoints({1}).empty());
  }

 private:
  void runChild(const QString& what) {
    QProcess child;
    child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--child"), what, workspace_, folder_->path() + "/settings.ini"});
    constexpr int kHangsMs = 60000;
    QVERIFY2(child.waitForFinished(kHangsMs), "the process goes on");
    QCOMPARE(child.exitStatus(), QProcess::NormalExit);
    QCOMPARE(child.exitCode(), 0);
    QCOMPARE(child.readAllStandardOutput(), QByteArray("closed\n"));
  }
};

namespace {

/// Waits without a test around it.
void until(const std::function<bool()>& holds) {
  if (!QTest::qWaitFor(holds, 30000)) qFatal("it does not come");
}

void act(const QString& what, MainWindow& window) {
  auto* table = window.findChild<RunTable*>();
  until([&] { return table->selection().size() == 1; });
  if (what == "read") {
    auto* tabs = window.findChild<QTabWidget*>();
    for (int at = 0; at < tabs->count(); ++at)
      if (tabs->tabText(at) == QStringLiteral("Data")) tabs->setCurrentIndex(at);
    QTest::qWait(500);  // it is in the pipe by then
  }
  if (what == "rename") emit table->renameRequested({1}, QStringLiteral("renamed"));
  window.close();
}

int childMain() {
  const QStringList arguments = QApplication::arguments();
  const QString what = arguments.at(2);
  Settings settings(arguments.at(4));
  auto engine = std::make_shared<FakeEngine>();
  engine->adjust = [](FakeTrainer& trainer, const RunSpec&) {
    trainer.onAsk = [](int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  };
  auto window = std::make_unique<MainWindow>(arguments.at(3), settings, [engine] { return engine; });
  window->show();
  QTimer::singleShot(0, [&] {
    if (what == "train") {
      until([&] {
        const auto runs = RunStore(arguments.at(3).toStdString(), StoreMode::ReadOnly).runs();
        return runs.front().step > 3;
      });
      // Closing asks once; Enter says "Stop and leave".
      QTimer::singleShot(200, [] {
        if (QWidget* box = QApplication::activeModalWidget()) QTest::keyClick(box, Qt::Key_Return);
      });
    }
    act(what, *window);
  });
  const int code = QApplication::exec();
  std::fputs("closed\n", stdout);
  std::fflush(stdout);
  settings.sync();
  endWindow(std::move(window), code);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  if (argc > 1 && std::string_view(argv[1]) == "--child") return childMain();
  WindowEndTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "window_end_test.moc"
