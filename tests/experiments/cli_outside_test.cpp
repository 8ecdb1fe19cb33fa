// Runs of other programs in, reports and films out, by the program.
#include <signal.h>

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "core/foreign/tfevents_writer.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"

using namespace scanline;
namespace fs = std::filesystem;

class CliOutsideTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    workspace_ = folder_->path() + "/workspace";
    RunStore store(workspace_.toStdString(), StoreMode::ReadWrite);
    for (const char* name : {"one", "two"}) {
      RunSpec spec;
      spec.name = name;
      spec.seed = name[0];
      const RunId run = store.create(toToml(spec));
      RunPrepared prepared;
      prepared.palette = {{-1, -1, -1}, {1, 1, 1}};
      std::vector<TrainEvent> events{prepared, Evaluation{3, 1.25, {}}};
      for (const int64_t step : {1, 2, 3})
        events.emplace_back(SampleSet{step, 2, 2, 2, 1, {{0, 1, 0, 1}}, {{0, 1, 1, 1}}, {1}, {2}, 0, 0, {}, {}});
      store.append(run, events);
    }
  }

  void aReportOfTwoRuns() {
    const QString file = folder_->path() + "/report.html";
    const CliResult result = run({"report", "one", "two", "-o", file, "--json"});
    QCOMPARE(result.code, 0);
    QCOMPARE(result.json().at("runs").get<int>(), 2);
    std::ifstream in(file.toStdString());
    const std::string html{std::istreambuf_iterator<char>(in), {}};
    QVERIFY(html.find("2 runs compared") != std::string::npos && html.find("data-value=\"1.25\"") != std::string::npos);
    QCOMPARE(run({"report"}).code, 1);
  }

  void aFilmAndASheet() {
    const QString gif = folder_->path() + "/film.gif", sheet = folder_->path() + "/sheet.png";
    QCOMPARE(run({"film", "one", "-o", gif, "--json"}).json().at("steps").get<int>(), 3);
    QCOMPARE(run({"film", "one", "-o", sheet, "--sheet"}).code, 0);
    QVERIFY(fs::file_size(gif.toStdString()) > 100 && fs::file_size(sheet.toStdString()) > 100);
    QCOMPARE(run({"film", "one", "-o", folder_->path() + "/film.mp4"}).code, 1);
  }

  void theInboxIsEmptied() {
    const fs::path inbox = fs::path(workspace_.toStdString()) / "inbox";
    fs::create_directories(inbox);
    std::ofstream(inbox / "a.jsonl") << R"({"scanline_log": 1, "name": "outside"})"
                                     << "\n"
                                     << R"({"step": 1, "values": {"loss": 2.5, "x": "nan"}})"
                                     << "\n"
                                     << R"({"finish": "stopped"})"
                                     << "\n";
    const auto first = run({"inbox", "--json"}).json();
    QCOMPARE(first.at("begun").size(), size_t{1});
    QCOMPARE(first.at("points").get<int>(), 2);
    QCOMPARE(run({"inbox", "--json"}).json().at("points").get<int>(), 0);
    QVERIFY(run({"runs"}).out.find("outside") != std::string::npos);
  }

  void aFolderIsWatchedUntilCtrlC() {
    const fs::path logs = fs::path(folder_->path().toStdString()) / "logs";
    fs::create_directories(logs);
    TfEventsWriter writer(logs);
    writer.addScalar("loss", 0, 1, 1'700'000'000'000);
    writer.flush();
    QCOMPARE(run({"watch", QString::fromStdString(logs.string()), "--once", "--json"}).json().at("points").get<int>(),
             1);
    QProcess program;
    prepareCli(program, {"watch", QString::fromStdString(logs.string()), "--every", "0.1", "--workspace", workspace_});
    program.start(QIODevice::ReadOnly);
    QVERIFY(program.waitForStarted());
    writer.addScalar("loss", 1, 1, 1'700'000'001'000);
    writer.flush();
    const auto points = [&] {
      const RunStore store(workspace_.toStdString(), StoreMode::ReadOnly);
      return store.points(store.runs().back().id, series::kTrainLoss, -1).size();
    };
    QTRY_COMPARE_WITH_TIMEOUT(points(), size_t{2}, 60000);
    ::kill(pid_t(program.processId()), SIGINT);
    QVERIFY(program.waitForFinished(60000));
    QCOMPARE(program.exitCode(), 0);
    QCOMPARE(run({"watch", folder_->path() + "/nowhere", "--once"}).code, 1);
  }

 private:
  CliResult run(QStringList arguments) { return runCli(arguments << "--workspace" << workspace_); }

  std::unique_ptr<QTemporaryDir> folder_;
  QString workspace_;
};

QTEST_GUILESS_MAIN(CliOutsideTest)
#include "cli_outside_test.moc"
