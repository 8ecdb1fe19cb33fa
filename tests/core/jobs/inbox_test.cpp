// Logs of other programs, written by the real scanline_log.py where Python is there.
#include "core/jobs/inbox.h"

#include <signal.h>

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "core/base/error.h"
#include "core/jobs/inbox_line.h"
#include "core/store/run_store.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr const char* kHeader =
    R"({"scanline_log": 1, "id": "x", "name": "by hand", "time": 1700000000.5, "config": {"lr": 0.003, "model": {"layers": 7}, "note": [1, 2]}})";

std::string lineOf(int step, double value) {
  std::ostringstream line;
  line << "{\"step\": " << step << ", \"time\": " << 1'700'000'000 + step << ", \"values\": {\"loss\": " << value
       << "}}\n";
  return line.str();
}

/// A log that begins as kHeader says.
std::string logOf(std::initializer_list<std::string> lines) {
  std::string log(kHeader);
  log += '\n';
  for (const std::string& line : lines) log += line;
  return log;
}

}  // namespace

class InboxTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    workspace_ = folder_->path().toStdString();
    store_ = std::make_unique<RunStore>(workspace_, StoreMode::ReadWrite);
    inbox_ = std::make_unique<Inbox>(workspace_);
    log_ = workspace_ / "inbox" / "by-hand.jsonl";
    fs::create_directories(log_.parent_path());
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    inbox_.reset();
    store_.reset();
  }

  void aProgramOfPythonLogsARun() {
    runPython(R"(
with scanline_log.init("mnist é", config={"lr": 3e-4, "layers": 12, "tags": ["a"]}, workspace=WORKSPACE, project="digits") as run:
    for step in range(50):
        run.log({"train/loss": 2.5 / (step + 1), "val_loss": float("nan") if step == 3 else 3.0 / (step + 1)}, step=step)
    run.log({"last": float("-inf")})
)");
    const auto news = inbox_->poll(*store_);
    QCOMPARE(news.begun.size(), size_t{1});
    QCOMPARE(news.ended, news.begun);
    QCOMPARE(news.points, 101);
    QVERIFY(news.warnings.empty());
    const RunId run = news.begun.front();
    const RunSummary summary = store_->run(run);
    QCOMPARE(summary.name, std::string("mnist é"));
    QCOMPARE(summary.state, RunState::Finished);
    QCOMPARE(summary.kind, RunKind::Curves);
    QCOMPARE(summary.step, 50);
    QCOMPARE(summary.tags, (std::vector<std::string>{"digits", "logged"}));
    const auto losses = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(losses.size(), size_t{50});
    for (int64_t step = 0; step < 50; ++step) QCOMPARE(losses[size_t(step)].value, 2.5 / double(step + 1));
    const auto validation = store_->points(run, series::kValidationLoss, -1);  // "val_loss"
    QVERIFY(std::isnan(validation[3].value));
    QCOMPARE(store_->points(run, "last", -1).front().value, -std::numeric_limits<double>::infinity());
    const RunDetails details = store_->details(run);
    QVERIFY(details.known.has("optimizer.learningRate"));
    QVERIFY(!details.known.has("train.batchSize"));
    QCOMPARE(specOf(details).optimizer.learningRate, 3e-4);
    QCOMPARE(specOf(details).model.layers, 12);
    QVERIFY(inbox_->poll(*store_).empty());
    QVERIFY(Inbox(workspace_).poll(*store_).empty());
    QCOMPARE(std::distance(fs::directory_iterator(workspace_ / "inbox/done"), fs::directory_iterator()), 1);
  }

  /// The run belongs to the program: it runs while that lives, and is interrupted when it is killed.
  void aRunLivesAsLongAsItsProgram() {
    QProcess program;
    startPython(program, R"(
run = scanline_log.init("long", workspace=WORKSPACE)
run.log({"loss": 1.0})
print("logged", flush=True)
sys.stdin.readline()
run.log({"loss": 0.5})
print("again", flush=True)
sys.stdin.readline()
)");
    if (QTest::currentTestFailed() || program.state() == QProcess::NotRunning) return;
    QTRY_VERIFY_WITH_TIMEOUT(program.canReadLine(), 60000);
    const auto first = inbox_->poll(*store_);
    QCOMPARE(first.points, 1);
    const RunId run = first.begun.front();
    QCOMPARE(store_->run(run).state, RunState::Running);
    QVERIFY(store_->run(run).ownedElsewhere);
    QVERIFY(store_->markInterrupted().empty());
    QVERIFY(inbox_->poll(*store_).empty());

    program.readAll();
    program.write("\n");
    QTRY_VERIFY_WITH_TIMEOUT(program.canReadLine(), 60000);
    QCOMPARE(inbox_->poll(*store_).points, 1);
    QCOMPARE(store_->points(run, series::kTrainLoss, -1).size(), size_t{2});

    program.kill();
    QVERIFY(program.waitForFinished(60000));
    const auto last = inbox_->poll(*store_);
    QCOMPARE(last.ended, std::vector{run});
    QCOMPARE(store_->run(run).state, RunState::Interrupted);
    QVERIFY(!store_->run(run).detail.empty());
    QVERIFY(inbox_->poll(*store_).empty());
  }

  void anExceptionIsTheReasonOfAFailedRun() {
    runPython(R"(
try:
    with scanline_log.init("bad", workspace=WORKSPACE) as run:
        run.log({"loss": 1})
        raise ValueError("no such file")
except ValueError:
    pass
)");
    const auto news = inbox_->poll(*store_);
    const RunSummary run = store_->run(news.begun.front());
    QCOMPARE(run.state, RunState::Failed);
    QCOMPARE(run.detail, std::string("ValueError: no such file"));
  }

  void anExceptionThatEndsTheProgramFailsItsRun() {
    runPython(R"(
scanline_log.init("bad", workspace=WORKSPACE)
scanline_log.log({"loss": 1})
raise ValueError("at the top")
)",
              1);
    QCOMPARE(store_->run(inbox_->poll(*store_).begun.front()).detail, std::string("ValueError: at the top"));
  }

  void aTornLastLineWaits() {
    write(logOf({lineOf(1, 2.5)}));
    const auto whole = lineOf(2, 2.25);
    append(whole.substr(0, 20));
    const RunId run = inbox_->poll(*store_).begun.front();
    QCOMPARE(store_->points(run, series::kTrainLoss, -1).size(), size_t{1});
    append(whole.substr(20));
    QCOMPARE(inbox_->poll(*store_).points, 1);
    const auto points = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(points.size(), size_t{2});
    QCOMPARE(points[1].value, 2.25);
    QCOMPARE(points[1].timeMs, 1700000002000);
  }

  void anotherProcessGoesOnWhereOneStopped() {
    write(logOf({lineOf(1, 2.5)}));
    const RunId run = inbox_->poll(*store_).begun.front();
    append(lineOf(2, 2.25));
    const auto news = Inbox(workspace_).poll(*store_);
    QVERIFY(news.begun.empty());
    append(lineOf(3, 2.0));
    append("{\"finish\": \"finished\"}\n");
    QCOMPARE(inbox_->poll(*store_).ended, std::vector{run});
    QCOMPARE(store_->points(run, series::kTrainLoss, -1).size(), size_t{3});
    QCOMPARE(store_->runs().size(), size_t{1});
  }

  void configurationAndUsualNamesAreKnownSettings() {
    const InboxSettings settings = settingsOf(readInboxHeader(kHeader));
    QCOMPARE(settings.spec.optimizer.learningRate, 0.003);
    QCOMPARE(settings.spec.model.layers, 7);
    QCOMPARE(settings.known.keys, (std::vector<std::string>{"name", "optimizer.learningRate", "model.layers"}));
    const auto wild = settingsOf(readInboxHeader(
        R"({"scanline_log": 1, "name": "", "config": {"lr": "fast", "layers": -3, "batch_size": 1e300, "kind": "probe"}})"));
    QCOMPARE(wild.known.keys, std::vector<std::string>{"name"});
    QCOMPARE(wild.spec.name, std::string("run"));
  }

  void linesOfAnotherKindArePassedOverAndCounted() {
    write(logOf({"rubbish\n", lineOf(1, 2.5), "{\"step\": -4, \"values\": {\"loss\": 1}}\n", "[]\n",
                 "{\"step\": 2, \"values\": {\"loss\": {}}}\n", lineOf(3, 2.0)}));
    const auto news = inbox_->poll(*store_);
    QCOMPARE(news.points, 2);
    QCOMPARE(news.warnings.size(), size_t{1});
    QVERIFY(news.warnings.front().find("4 lines were passed over") != std::string::npos);
    const auto log = store_->log(news.begun.front(), 0);
    QVERIFY(std::ranges::any_of(log, [&](const LogRow& row) { return row.line.text == news.warnings.front(); }));
  }

  void whatIsNoLogIsLeftAlone_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("text") << QByteArray("hello\nworld\n");
    QTest::newRow("a later format") << QByteArray("{\"scanline_log\": 2}\n");
    QTest::newRow("deep nesting") << QByteArray("{\"scanline_log\": 1, \"config\": " + QByteArray(5000, '[') + "\n");
    QTest::newRow("a line without end") << QByteArray(5 << 20, 'a');
    QTest::newRow("zeros") << QByteArray(1000, '\0') + "\n";
  }
  void whatIsNoLogIsLeftAlone() {
    QFETCH(QByteArray, content);
    write(content.toStdString());
    const auto news = inbox_->poll(*store_);
    QCOMPARE(news.warnings.size(), size_t{1});
    QVERIFY(news.begun.empty());
    QVERIFY(store_->runs().empty());
    QVERIFY(inbox_->poll(*store_).empty());  // said once
    QVERIFY(fs::exists(log_));
  }

  void aDeletedRunDoesNotComeBack() {
    write(logOf({lineOf(1, 2.5)}));
    const RunId run = inbox_->poll(*store_).begun.front();
    store_->purge(run);
    append(lineOf(2, 2.0));
    QVERIFY(inbox_->poll(*store_).begun.empty());
    QVERIFY(Inbox(workspace_).poll(*store_).empty());
    QVERIFY(store_->runs().empty());
  }

  /// A process died between making the run and the first line of it.
  void aBeginningThatWasCutOffIsBegunAgain() {
    write(logOf({lineOf(1, 2.5)}));
    const RunId half = store_->beginImport("name = \"half\"\n");
    std::ofstream(log_.parent_path() / ".by-hand.jsonl.taken")
        << "{\"run\": \"" << store_->run(half).uuid << "\", \"begun\": false, \"offset\": 0}";
    QCOMPARE(inbox_->poll(*store_).begun.size(), size_t{1});
    QCOMPARE(store_->runs().size(), size_t{1});
    QCOMPARE(store_->runs().front().name, std::string("by hand"));
  }

  void aLinkIsNotFollowed() {
    const fs::path secret = workspace_ / "secret.jsonl";
    std::ofstream(secret) << kHeader << "\n";
    fs::create_symlink(secret, log_);
    QVERIFY(inbox_->poll(*store_).empty());
  }

 private:
  void write(const std::string& text) { std::ofstream(log_, std::ios::binary) << text; }
  void append(const std::string& text) { std::ofstream(log_, std::ios::binary | std::ios::app) << text; }

  void startPython(QProcess& program, const QByteArray& code) {
    const QString python = QStandardPaths::findExecutable(QStringLiteral("python3"));
    if (python.isEmpty()) QSKIP("python3 is not installed, so scanline_log.py is not tried.");
    program.setProcessChannelMode(QProcess::SeparateChannels);
    program.start(python, {QStringLiteral("-c"), "import sys\nsys.path.insert(0, '" SCANLINE_PYTHON "')\n" +
                                                     QByteArray("import scanline_log\nWORKSPACE = '") +
                                                     folder_->path().toUtf8() + "'\n" + code});
    QVERIFY(program.waitForStarted(60000));
  }
  void runPython(const QByteArray& code, int exitCode = 0) {
    QProcess program;
    startPython(program, code);
    if (QTest::currentTestFailed() || program.program().isEmpty()) return;
    QVERIFY(program.waitForFinished(120000));
    QVERIFY2(program.exitCode() == exitCode, program.readAllStandardError().constData());
  }

  std::unique_ptr<QTemporaryDir> folder_;
  fs::path workspace_, log_;
  std::unique_ptr<RunStore> store_;
  std::unique_ptr<Inbox> inbox_;
};

QTEST_GUILESS_MAIN(InboxTest)
#include "inbox_test.moc"
