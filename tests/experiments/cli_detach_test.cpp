// Runs in processes of their own: they outlive those who started them, say how they died, and one workspace trains one
// run at a time. This program is also the window-like process that starts them (see main).
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <algorithm>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "core/base/error.h"
#include "core/base/passing_error.h"
#include "core/jobs/job_pool.h"
#include "core/jobs/worker_process.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "core/store/process_identity.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/experiments/tiny_spec.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

constexpr int kPatience = 120'000;  // ms; the machine may be busy

/// The process that trains a run, as the store names it; 0 = none.
pid_t workerOf(const std::filesystem::path& workspace, RunId run) {
  const auto process = RunStore(workspace, StoreMode::ReadOnly).processOf(run);
  return process ? static_cast<pid_t>(process->pid) : 0;
}

/// False if no process trains it.
bool sendSignal(const std::filesystem::path& workspace, RunId run, int signal) {
  const pid_t worker = workerOf(workspace, run);
  return worker > 0 && ::kill(worker, signal) == 0;
}

/// Whether `points` begin with `start`, bit for bit; the times may differ.
bool beginWith(const std::vector<Point>& points, const std::vector<Point>& start) {
  const auto same = [](const Point& a, const Point& b) { return a.step == b.step && a.value == b.value; };
  return points.size() >= start.size() && std::equal(start.begin(), start.end(), points.begin(), same);
}

/// Steps 1..n, each once.
bool isWithoutGaps(const std::vector<Point>& points) {
  for (size_t i = 0; i < points.size(); ++i)
    if (points[i].step != static_cast<int64_t>(i) + 1) return false;
  return true;
}

constexpr int64_t kEndless = 100'000'000;  // steps, as fast as the machine may be

}  // namespace

class CliDetachTest : public QObject {
  Q_OBJECT
 private slots:
  void init() { workspace_ = std::make_unique<TempFolder>(); }
  void cleanup() {
    if (const pid_t shell = std::exchange(shell_, 0); shell > 0) ::kill(shell, SIGKILL), ::waitpid(shell, nullptr, 0);
    RunStore store(workspace_->path(), StoreMode::ReadWrite);
    for (const Job& job : store.jobs()) {
      store.cancelJob(job.run);
      try {
        store.kill(job.run);
      } catch (const Error&) {
        // None runs it.
      }
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.active().empty() || !store.markInterrupted().empty(), kPatience);
    QVERIFY(store.verify().empty());
  }

  void aDetachedRunGoesOnWithoutItsStarter() {
    const CliResult started = runCli(train("alone", 200, {"--detach"}));
    QVERIFY2(started.code == 0, started.err.c_str());
    QVERIFY2(started.out.find("process of its own") != std::string::npos, started.out.c_str());
    const RunId run = *store().find("alone");
    QVERIFY(store().run(run).ownProcess);
    QCOMPARE(runCli({"runs", "--workspace", path(), "--json"}).json()[0]["ownProcess"].get<bool>(), true);
    QVERIFY(waitFor([&] { return stateOf(run) == RunState::Finished; }));
    QVERIFY(isWithoutGaps(losses(run)));
    QCOMPARE(losses(run).size(), size_t{200});
    QVERIFY(waitFor([&] {  // the last words come when the run has ended
      std::ifstream log(store().folder(run) / kWorkerLog);
      const std::string words((std::istreambuf_iterator<char>(log)), {});
      return words.find("alone") != std::string::npos;
    }));
    QVERIFY(waitFor([&] { return store().jobs().empty(); }));
  }

  /// Closing a terminal hangs up, a shell stops and continues, and a log-out that ends processes asks them to end.
  void hangUpIsIgnoredAHaltPassesAndATerminationWritesACheckpoint() {
    QCOMPARE(runCli(train("asked", kEndless, {"--detach"})).code, 0);
    const RunId run = *store().find("asked");
    QVERIFY(waitForSteps(run, 30));
    QVERIFY(::getsid(workerOf(workspace_->path(), run)) != ::getsid(0));
    const auto send = [&](int signal) { return sendSignal(workspace_->path(), run, signal); };
    QVERIFY(send(SIGHUP));
    QVERIFY(waitForSteps(run, store().run(run).step + 10));
    QVERIFY(send(SIGSTOP));
    QTest::qWait(300);
    QCOMPARE(stateOf(run), RunState::Running);  // it is alive
    const int64_t halted = store().run(run).step;
    QVERIFY(send(SIGCONT));
    QVERIFY(waitForSteps(run, halted + 10));
    QVERIFY(send(SIGTERM));
    QVERIFY(waitFor([&] { return stateOf(run) == RunState::Stopped; }));
    QCOMPARE(store().checkpoints(run).back().step, store().run(run).step);
    QVERIFY(isWithoutGaps(losses(run)));
  }

  /// A log-out as a terminal sees it: the kernel hangs up its session, and those who ignore that are asked to end. The
  /// session has one that trains in it, which writes its checkpoint, and one that started a process of its own.
  void aLogOutStopsWhatIsInItsSessionAndLeavesTheRest() {
    QVERIFY(startInTerminal("of-the-session", {}));
    const RunId inside = *store().find("of-the-session");
    QVERIFY(waitForSteps(inside, 30));
    const QString lanes = QStringLiteral("2");
    QCOMPARE(runCli({"lanes", lanes, "--workspace", path()}).code, 0);
    const pid_t first = std::exchange(shell_, 0);
    const int firstEnd = std::exchange(terminal_, -1);
    QVERIFY(startInTerminal("alone", {"--detach"}));
    QVERIFY(waitFor([&] { return isThere("alone"); }));
    const RunId alone = *store().find("alone");
    QVERIFY(waitForSteps(alone, 30));
    const pid_t worker = workerOf(workspace_->path(), alone);
    for (const int end : {firstEnd, terminal_}) ::close(end);  // the terminals are gone
    for (const pid_t shell : {first, shell_})
      QVERIFY(waitFor([&] { return ::waitpid(shell, nullptr, WNOHANG) == shell; }));
    shell_ = 0;
    QVERIFY(waitFor([&] { return stateOf(inside) == RunState::Stopped; }));
    QCOMPARE(store().checkpoints(inside).back().step, store().run(inside).step);
    QVERIFY(waitForSteps(alone, store().run(alone).step + 30));
    QCOMPARE(workerOf(workspace_->path(), alone), worker);
    QVERIFY(isWithoutGaps(losses(alone)));
  }

  /// A suspended machine as its processes see it: all of them stand still for a while, in the middle of anything.
  /// Nobody takes the run for dead, nobody trains beside it, and it goes on as its twin.
  void aSuspensionIsAPause() {
    QCOMPARE(runCli(train("suspended", kEndless, {"--detach"})).code, 0);
    const RunId run = *store().find("suspended");
    QVERIFY(waitForSteps(run, 30));
    const pid_t worker = workerOf(workspace_->path(), run);
    for (int times = 0; times < 3; ++times) {
      const int64_t before = store().run(run).step;
      for (const pid_t each : {parentOf(worker), worker}) QCOMPARE(::kill(each, SIGSTOP), 0);
      QVERIFY(waitFor([&] { return isHalted(*store().processOf(run)); }));
      QTest::qWait(1500);  // no event of the worker is on its way any more
      const int64_t halted = store().run(run).step;
      try {
        QVERIFY(RunStore(workspace_->path(), StoreMode::ReadWrite).markInterrupted().empty());
      } catch (const PassingError&) {
        // It stands still while it writes, and the others wait.
      }
      QCOMPARE(stateOf(run), RunState::Running);
      QVERIFY(!store().run(run).resumable);
      QCOMPARE(store().run(run).step, halted);
      for (const pid_t each : {worker, parentOf(worker)}) QCOMPARE(::kill(each, SIGCONT), 0);
      QVERIFY(waitForSteps(run, std::max(before, halted) + 20));
      QCOMPARE(workerOf(workspace_->path(), run), worker);
    }
    goesAsItsTwin(run);
  }

  void requestsReachItFromTheTerminal() {
    QCOMPARE(runCli(train("asked", kEndless, {"--detach"})).code, 0);
    const RunId run = *store().find("asked");
    QVERIFY(waitForSteps(run, 5));
    QCOMPARE(call("pause", "asked").code, 0);
    QCOMPARE(stateOf(run), RunState::Paused);
    const CliResult resumed = call("resume", "asked");
    QVERIFY2(resumed.code == 0, resumed.err.c_str());
    QCOMPARE(stateOf(run), RunState::Running);
    QCOMPARE(call("stop", "asked").code, 0);
    QCOMPARE(stateOf(run), RunState::Stopped);
    QCOMPARE(store().checkpoints(run).back().step, store().run(run).step);
    QCOMPARE(runCli({"resume", "asked", "--detach", "--workspace", path()}).code, 0);
    QVERIFY(waitForSteps(run, store().run(run).step + 5));
    const CliResult killed = call("kill", "asked");
    QVERIFY2(killed.out.find("died (signal 9)") != std::string::npos, (killed.out + killed.err).c_str());
    QCOMPARE(stateOf(run), RunState::Interrupted);
    QVERIFY(store().run(run).resumable);
  }

  /// The window-like process starts the run, and is killed twenty times while the run goes on.
  void twentyDeathsOfTheStarterLeaveNoGap() {
    constexpr int kDeaths = 20;
    std::mt19937 random(7);
    RunId run;
    int64_t reached = 0;
    {
      RunStore fresh(workspace_->path(), StoreMode::ReadWrite);
      const std::string text = toToml(tinySpec("outlives", kEndless));
      run = fresh.createQueued(std::span(&text, 1), {}, {.ownProcess = true}).front();
    }
    pid_t worker = 0;
    int whileTraining = 0;
    for (int death = 0; death < kDeaths; ++death) {
      QProcess window;
      window.start(QCoreApplication::applicationFilePath(), {"--window", path()});
      QVERIFY(window.waitForStarted());
      if (death == 0) QVERIFY(waitForSteps(run, 1));
      QTest::qWait(1 + static_cast<int>(random() % 120));
      window.kill();
      QVERIFY(window.waitForFinished());
      QCOMPARE(window.exitStatus(), QProcess::CrashExit);
      const RunSummary now = store().run(run);
      QVERIFY(now.step >= reached);
      reached = now.step;
      if (now.state == RunState::Finished) continue;
      ++whileTraining;
      const pid_t present = workerOf(workspace_->path(), run);
      QVERIFY(worker == 0 || present == worker);  // the same process all the time
      worker = present;
    }
    goesAsItsTwin(run);
  }

  void twentyDeathsOfTheWorkerLoseNothing() {
    constexpr int kDeaths = 20;
    std::mt19937 random(9);
    QCOMPARE(runCli(train("victim", kEndless, {"--detach"})).code, 0);
    const RunId run = *store().find("victim");
    qint64 longest = 0;
    for (int death = 0; death < kDeaths; ++death) {
      if (death > 0) {
        const CliResult resumed = runCli({"resume", "victim", "--detach", "--workspace", path()});
        QVERIFY2(resumed.code == 0, resumed.err.c_str());
      }
      const auto from = store().checkpoints(run);
      const int64_t start = from.empty() ? 0 : from.back().step;
      QVERIFY(waitFor([&] {
        const RunSummary now = store().run(run);
        return isActive(now.state) && (death % 4 == 3 || (now.state == RunState::Running && now.step > start));
      }));
      QTest::qWait(static_cast<int>(random() % 60));
      const auto before = losses(run);
      QVERIFY(sendSignal(workspace_->path(), run, SIGKILL));
      QElapsedTimer since;
      since.start();
      QVERIFY(waitFor([&] {
        const RunSummary now = store().run(run);
        return now.state == RunState::Interrupted && now.detail.find("died (signal 9)") != std::string::npos;
      }));
      longest = std::max(longest, since.elapsed());
      QVERIFY(isWithoutGaps(losses(run)));
      if (death % 4 != 3) QVERIFY(losses(run).size() >= before.size());
    }
    qInfo("the longest time until a death was known: %lld ms", static_cast<long long>(longest));
    const int64_t reached = store().checkpoints(run).empty() ? 0 : store().checkpoints(run).back().step;
    QVERIFY2(reached > 0, "the run died while it trained");
    QCOMPARE(runCli({"resume", "victim", "--detach", "--workspace", path()}).code, 0);
    QVERIFY(waitForSteps(run, reached + 50));
    goesAsItsTwin(run);
  }

  /// The worker dies; the runs that wait behind it go on in a new one, though nobody is there to start it.
  void theQueueGoesOnAfterADeath() {
    QCOMPARE(runCli(train("first", kEndless, {"--detach"})).code, 0);
    const RunId first = *store().find("first");
    QVERIFY(waitForSteps(first, 1));
    QCOMPARE(runCli(train("second", 30, {"--detach"})).code, 0);
    const RunId second = *store().find("second");
    QCOMPARE(stateOf(second), RunState::Queued);
    QCOMPARE(call("kill", "first").code, 0);
    QVERIFY(waitFor([&] { return stateOf(second) == RunState::Finished; }));
    QCOMPARE(stateOf(first), RunState::Interrupted);
  }

  void twoTerminalsTrainOneAfterTheOther() {
    QProcess first, second;
    prepareCli(first, train("first", kEndless));
    first.start(QIODevice::ReadOnly);
    QVERIFY(waitFor([&] { return isThere("first") && stateOf(*store().find("first")) == RunState::Running; }));
    prepareCli(second, train("second", 30));
    second.start(QIODevice::ReadOnly);
    QVERIFY(waitFor([&] { return second.readAllStandardError().contains("Waits for its turn: \"first\" trains"); }));
    const RunId waits = *store().find("second");
    QCOMPARE(stateOf(waits), RunState::Queued);
    QCOMPARE(runCli(train("third", 5, {"--beside"})).code, 0);  // as told
    QCOMPARE(stateOf(waits), RunState::Queued);
    QCOMPARE(call("stop", "first").code, 0);
    QVERIFY(second.waitForFinished(kPatience));
    QCOMPARE(second.exitCode(), 0);
    QCOMPARE(stateOf(waits), RunState::Finished);
    QVERIFY(first.waitForFinished(kPatience));
  }

  void ctrlCTakesAWaitingRunOutOfTheQueue() {
    QCOMPARE(runCli(train("first", kEndless, {"--detach"})).code, 0);
    QProcess second;
    prepareCli(second, train("second", 30));
    second.start(QIODevice::ReadOnly);
    QVERIFY(waitFor([&] { return second.readAllStandardError().contains("Waits"); }));
    ::kill(static_cast<pid_t>(second.processId()), SIGINT);
    QVERIFY(second.waitForFinished(kPatience));
    QCOMPARE(second.exitCode(), 130);
    QCOMPARE(stateOf(*store().find("second")), RunState::Stopped);
    QVERIFY(isActive(stateOf(*store().find("first"))));
  }

  void workServesTheQueueUntilItIsEmpty() {
    std::vector<RunId> runs;
    {
      RunStore fresh(workspace_->path(), StoreMode::ReadWrite);
      for (int i = 0; i < 4; ++i) {
        runs.push_back(fresh.create(toToml(tinySpec("run " + std::to_string(i), 20))));
        fresh.enqueue(runs.back(), false, {.ownProcess = i % 2 == 0});
      }
      fresh.holdJob(runs[3], true);
    }
    const CliResult only = runCli({"work", "--run", "run 2", "--workspace", path()});
    QVERIFY2(only.code == 0, only.err.c_str());
    QCOMPARE(stateOf(runs[2]), RunState::Finished);
    QCOMPARE(stateOf(runs[0]), RunState::Queued);
    const CliResult all = runCli({"work", "--workspace", path()});
    QVERIFY2(all.code == 0, all.err.c_str());
    for (const RunId run : {runs[0], runs[1]}) QCOMPARE(stateOf(run), RunState::Finished);
    QVERIFY(store().run(runs[0]).startedMs <= store().run(runs[1]).startedMs);
    QCOMPARE(stateOf(runs[3]), RunState::Queued);  // a person holds it
    const CliResult released = call("resume", "run 3");
    QVERIFY2(released.out.find("waits for its turn") != std::string::npos, (released.out + released.err).c_str());
    QVERIFY(call("resume", "run 3").err.find("already") != std::string::npos);
    QCOMPARE(runCli({"work", "--workspace", path()}).code, 0);
    QCOMPARE(stateOf(runs[3]), RunState::Finished);
    QVERIFY(runCli({"work", "--run", "nobody", "--workspace", path()}).err.find("no run") != std::string::npos);
    QCOMPARE(runCli({"work", "--run", "run 1", "--workspace", path()}).code, 1);  // it waits no more
  }

  /// The background process works in another folder than the one that a relative path begins at.
  void aDetachedWorkerFindsAWorkspaceByARelativePath() {
    RunStore fresh(workspace_->path(), StoreMode::ReadWrite);
    const RunId run = fresh.create(toToml(tinySpec("near", 20)));
    fresh.enqueue(run, false);
    QProcess starter;
    prepareCli(starter,
               {"work", "--detach", "--workspace", QString::fromStdString(workspace_->path().filename().string())});
    starter.setWorkingDirectory(QString::fromStdString(workspace_->path().parent_path().string()));
    starter.start(QIODevice::ReadOnly);
    QVERIFY(starter.waitForFinished(kPatience));
    QCOMPARE(starter.exitCode(), 0);
    QVERIFY(waitFor([&] { return stateOf(run) == RunState::Finished; }));
  }

  void workWaitsForRunsIfItIsToldTo() {
    RunStore(workspace_->path(), StoreMode::ReadWrite);
    QProcess server;
    prepareCli(server, {"work", "--wait", "--workspace", path()});
    server.start(QIODevice::ReadOnly);
    QVERIFY(server.waitForStarted());
    QTest::qWait(300);
    RunStore fresh(workspace_->path(), StoreMode::ReadWrite);
    const RunId run = fresh.create(toToml(tinySpec("later", 20)));
    fresh.enqueue(run, false);
    QVERIFY(waitFor([&] { return stateOf(run) == RunState::Finished; }));
    QCOMPARE(server.state(), QProcess::Running);
    ::kill(static_cast<pid_t>(server.processId()), SIGTERM);
    QVERIFY(server.waitForFinished(kPatience));
    QCOMPARE(server.exitCode(), 128 + SIGTERM);
  }

  /// With two GPUs, of which only the files of their devices are there: two runs at once, and a third when one is over.
  void workTrainsARunForEachGpu() {
    const TempFolder devices;
    for (const char* name : {"nvidia0", "nvidia1", "nvidiactl"}) std::ofstream(devices / name) << "";
    std::vector<RunId> runs;
    {
      RunStore fresh(workspace_->path(), StoreMode::ReadWrite);
      for (const char* name : {"first", "second", "third"}) {
        runs.push_back(fresh.create(toToml(tinySpec(name, kEndless))));
        fresh.enqueue(runs.back(), false);
      }
    }
    QProcess server;
    prepareCli(server, {"work", "--workspace", path()});
    auto environment = server.processEnvironment();
    environment.insert("SCANLINE_DEV", QString::fromStdString(devices.path().string()));
    environment.remove("CUDA_VISIBLE_DEVICES");
    server.setProcessEnvironment(environment);
    server.start(QIODevice::ReadOnly);
    QVERIFY(waitFor([&] { return stateOf(runs[0]) == RunState::Running && stateOf(runs[1]) == RunState::Running; }));
    QCOMPARE(stateOf(runs[2]), RunState::Queued);
    RunStore(workspace_->path(), StoreMode::ReadWrite).ask(runs[0], RunCommand::Stop);
    QVERIFY(waitFor([&] { return stateOf(runs[2]) == RunState::Running; }));
    // A signal reaches all that train.
    ::kill(static_cast<pid_t>(server.processId()), SIGTERM);
    QVERIFY(server.waitForFinished(kPatience));
    QCOMPARE(server.exitCode(), 128 + SIGTERM);
    for (const RunId run : runs) QCOMPARE(stateOf(run), RunState::Stopped);
  }

  void theNumberOfLanesIsTheWorkspaces() {
    RunStore(workspace_->path(), StoreMode::ReadWrite);
    QCOMPARE(runCli({"lanes", "--workspace", path()}).out, std::string("1, one for each GPU\n"));
    QCOMPARE(runCli({"lanes", "2", "--workspace", path()}).code, 0);
    QCOMPARE(store().lanes(), int64_t{2});
    QCOMPARE(runCli({"lanes", "65", "--workspace", path()}).code, 2);
    QCOMPARE(runCli({"lanes", "0", "--workspace", path()}).code, 0);
    QCOMPARE(runCli({"lanes", "--workspace", path()}).out, std::string("1, one for each GPU\n"));
    QCOMPARE(runCli({"lanes", "2", "--workspace", path()}).code, 0);
    QCOMPARE(runCli(train("a", kEndless, {"--detach"})).code, 0);
    QVERIFY(waitForSteps(*store().find("a"), 1));
    QCOMPARE(runCli(train("b", 20)).code, 0);  // beside it
    QVERIFY(isActive(stateOf(*store().find("a"))));
  }

  /// One that never answers is waited for so long, and by a pool that ends no longer.
  void aWorkerThatDoesNotAnswerIsGivenUp() {
    const auto program = workspace_->path() / "silent";
    std::ofstream(program) << "#!/bin/sh\nexec sleep 100000\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    try {
      startWorker(program, workspace_->path(), {}, std::chrono::seconds(1));
      QFAIL("started");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("gave no answer within 1 second") != std::string::npos, error.what());
    }
    std::stop_source end;
    end.request_stop();
    startWorker(program, workspace_->path(), end.get_token());  // returns
    RunStore(workspace_->path(), StoreMode::ReadWrite);         // for cleanup()
  }

  /// The clock of the process is set a day ahead and two days back while it trains (by libfaketime, where that is).
  void aChangedClockChangesNoDuration() {
    constexpr const char* kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    constexpr int64_t kHourMs = 3'600'000;
    if (!std::filesystem::exists(kLibrary)) QSKIP("libfaketime is not installed.");
    const QString clock = path() + "/clock";
    const auto set = [&](const char* shift) { std::ofstream(clock.toStdString()) << shift << '\n'; };
    set("+0");
    QProcess process;
    prepareCli(process, train("shifted", kEndless));
    auto environment = process.processEnvironment();
    environment.insert("LD_PRELOAD", kLibrary);
    environment.insert("FAKETIME_TIMESTAMP_FILE", clock);
    environment.insert("FAKETIME_NO_CACHE", "1");
    environment.insert("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    process.setProcessEnvironment(environment);
    process.start(QIODevice::ReadOnly);
    QVERIFY(waitFor([&] { return isThere("shifted"); }));
    const RunId run = *store().find("shifted");
    for (const char* shift : {"+1d", "-1d"}) {
      QVERIFY(waitForSteps(run, store().run(run).step + 20));
      set(shift);
    }
    QVERIFY(waitForSteps(run, store().run(run).step + 20));
    QVERIFY(store().run(run).activeMs < kHourMs);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(kPatience));
    const RunSummary ended = store().run(run);
    QCOMPARE(ended.state, RunState::Stopped);
    QVERIFY(ended.activeMs > 0 && ended.activeMs < kHourMs);
    const auto points = losses(run);
    QVERIFY(isWithoutGaps(points));
    QVERIFY(std::ranges::is_sorted(points, {}, &Point::timeMs));
    QVERIFY(points.back().timeMs - points.front().timeMs < kHourMs);
  }

  void aWorkerThatCannotStartSaysWhy() {
    RunStore(workspace_->path(), StoreMode::ReadWrite);
    QVERIFY_THROWS_EXCEPTION(Error, startWorker("/nowhere/scanline-cli", workspace_->path()));
    try {
      startWorker(SCANLINE_CLI, workspace_->path() / "nothing here");
      QFAIL("started");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("no workspace") != std::string::npos, error.what());
    }
  }

 private:
  QString path() const { return QString::fromStdString(workspace_->path().string()); }
  RunStore store() const { return RunStore(workspace_->path(), StoreMode::ReadOnly); }
  RunState stateOf(RunId run) const { return store().run(run).state; }
  std::vector<Point> losses(RunId run) const { return store().points(run, series::kTrainLoss, -1); }
  bool isThere(const char* name) const {
    try {
      return store().find(name).has_value();
    } catch (const Error&) {
      return false;  // the very first moments of a workspace
    }
  }
  template <class Condition>
  static bool waitFor(Condition condition) {
    const QDeadlineTimer deadline(kPatience);
    while (!condition()) {
      if (deadline.hasExpired()) return false;
      QTest::qWait(5);
    }
    return true;
  }
  bool waitForSteps(RunId run, int64_t steps) const {
    return waitFor([&] { return store().run(run).step >= steps && stateOf(run) == RunState::Running; });
  }
  static pid_t parentOf(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("PPid:")) return std::stoi(line.substr(5));
    return 0;
  }
  /// A shell at a terminal of its own (shell_, terminal_), in which a person types a command.
  bool startInTerminal(const char* name, const QStringList& more) {
    std::string command = "'" SCANLINE_CLI "'";
    for (const QString& word : train(name, kEndless, more)) command += " '" + word.toStdString() + "'";
    command += " >/dev/null 2>&1; while :; do sleep 1; done";  // nobody reads the terminal
    shell_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (shell_ == 0) {
      ::signal(SIGHUP, SIG_DFL);  // whoever runs the tests may have it ignored
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    return shell_ > 0 && waitFor([&] { return isThere(name); });
  }
  CliResult call(const char* verb, const char* run) const { return runCli({verb, run, "--workspace", path()}); }
  QStringList train(const char* name, int64_t steps, const QStringList& more = {}) const {
    const QString file = path() + '/' + name + ".toml";
    std::ofstream(file.toStdString()) << toToml(tinySpec(name, steps));
    return QStringList{"train", file, "--workspace", path()} + more;
  }
  /// Stops it. Its values are those of a run that was left in peace.
  void goesAsItsTwin(RunId run) const {
    QCOMPARE(call("stop", store().run(run).uuid.c_str()).code, 0);
    const auto steps = static_cast<int64_t>(losses(run).size());
    QVERIFY(isWithoutGaps(losses(run)));
    const TempFolder other;
    const QString place = QString::fromStdString(other.path().string());
    QStringList arguments = train("twin", kEndless, {"--detach"});
    arguments[3] = place;
    QCOMPARE(runCli(arguments).code, 0);
    const RunStore twins(other.path(), StoreMode::ReadOnly);
    const RunId twin = *twins.find("twin");
    QVERIFY(waitFor([&] { return twins.run(twin).step >= steps; }));
    QCOMPARE(runCli({"stop", "twin", "--workspace", place}).code, 0);
    QVERIFY(beginWith(twins.points(twin, series::kTrainLoss, -1), losses(run)));
    // A stop evaluates where no evaluation was due.
    auto validation = store().points(run, series::kValidationLoss, -1);
    std::erase_if(validation, [](const Point& point) { return point.step % 25 != 0; });
    auto twinsValidation = twins.points(twin, series::kValidationLoss, -1);
    std::erase_if(twinsValidation, [](const Point& point) { return point.step % 25 != 0; });
    QVERIFY(beginWith(twinsValidation, validation));
  }

  std::unique_ptr<TempFolder> workspace_;
  pid_t shell_ = 0;
  int terminal_ = -1;
};

namespace {

/// What a window is to the queue: a pool that starts workers, until it is killed.
int likeAWindow(const std::filesystem::path& workspace) {
  const JobPool pool(
      workspace, []() -> std::shared_ptr<Engine> { throw Error("no engine here"); },
      {.launch = [workspace](const std::stop_token& end) { startWorker(SCANLINE_CLI, workspace, end); }});
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

}  // namespace

int main(int argc, char** argv) {
  const QCoreApplication application(argc, argv);
  if (argc == 3 && qstrcmp(argv[1], "--window") == 0) return likeAWindow(argv[2]);
  CliDetachTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "cli_detach_test.moc"
