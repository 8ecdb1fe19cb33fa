// scanline-cli: questions about runs, in words and in SQL; and commands to a run of another process.
#include <QTest>
#include <filesystem>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class CliAskTest : public QObject, CliWorkspaceTest {
  Q_OBJECT

  template <class Condition>
  static bool eventually(const Condition& condition) {
    for (int i = 0; i < 6000; ++i) {
      if (condition()) return true;
      QTest::qWait(20);
    }
    return false;
  }

 private slots:
  void initTestCase() {
    RunStore store(folder_.path(), StoreMode::ReadWrite);
    for (const double rate : {1e-2, 1e-3, 1e-4}) {
      RunSpec spec;
      spec.name = "rate " + std::to_string(static_cast<int>(1 / rate));
      spec.optimizer.learningRate = rate;
      const RunId run = store.create(toToml(spec));
      const std::vector<TrainEvent> events{Evaluation{5, 1 + rate, {}},
                                           ProbeResult{.step = 5, .layer = 2, .accuracy = 0.8 - rate},
                                           StateChanged{RunState::Finished, ""}};
      store.append(run, events);
    }
    RunSpec spec;
    spec.name = "fine";
    spec.kind = RunKind::Finetune;
    const RunId run = store.create(toToml(spec));
    const TrainEvent event = Evaluation{5, 3, 0.91};
    store.append(run, std::span(&event, 1));
  }

  void runsAreAskedForAndSorted() {
    const auto names = [&](const QStringList& arguments) {
      std::vector<std::string> found;
      for (const auto& run : runCli(inWorkspace(QStringList{"runs", "--json"} + arguments)).json())
        found.push_back(run["name"].get<std::string>());
      return found;
    };
    const std::vector<std::string> both{"rate 1000", "rate 10000"}, all{"rate 100", "rate 1000", "rate 10000", "fine"};
    QCOMPARE(names({"--where", "lr < 5e-3 and probe > 79", "--sort", "name"}), both);
    QCOMPARE(names({"--sort", "best(probe)", "--where", "not rate or rate"}).back(), std::string("fine"));
    QCOMPARE(names({"--sort", "loss"}), (std::vector<std::string>{"rate 10000", "rate 1000", "rate 100", "fine"}));
    QCOMPARE(names({"--sort", "loss", "--reverse"}).front(), std::string("fine"));
    QCOMPARE(names({"--limit", "2"}).size(), size_t{2});
    QVERIFY(names({"--where", "nothing like it"}).empty());
  }

  void columnsAndGroupsAreTables() {
    const CliResult table =
        runCli(inWorkspace({"runs", "--where", "name:1000", "--columns", "lr,best(probe),kind,age"}));
    QCOMPARE(table.code, 0);
    QVERIFY2(has(table.out, "best(probe)") && has(table.out, "0.001") && has(table.out, "79.9 %"), table.out.c_str());
    const auto rows = runCli(inWorkspace({"runs", "--json", "--columns", "lr,probe"})).json();
    QVERIFY(rows[0]["columns"]["probe"].is_null());  // a classifier's accuracy is none of a probe
    const auto groups = runCli(inWorkspace({"runs", "--json", "--group", "kind", "--columns", "loss"})).json();
    QCOMPARE(groups.size(), size_t{2});
    QVERIFY(groups[1]["kind"] == "pretrain" && groups[1]["runs"] == 3 && groups[1]["loss"]["runs"] == 3);
    // 0.790, 0.799 and 0.7999; 1.01, 1.001 and 1.0001
    const CliResult means = runCli(inWorkspace({"runs", "--group", "kind", "--columns", "probe,loss,seed"}));
    QVERIFY2(has(means.out, "79.6 \u00b1 0.5 % (3)") && has(means.out, "1.0037 \u00b1 0.0055 (3)"), means.out.c_str());
    QVERIFY(has(runCli(inWorkspace({"runs"})).out, "91.0 % (classifier)"));
    QVERIFY(has(runCli(inWorkspace({"runs"})).out, "(layer 2)"));
  }

  void aMistakeIsPointedOut() {
    const CliResult result = runCli(inWorkspace({"runs", "--where", "seed = 1 and lrr < 1"}));
    QCOMPARE(result.code, 2);
    QVERIFY2(has(result.err, "Did you mean lr?\n  seed = 1 and lrr < 1\n               ^^^"), result.err.c_str());
    QCOMPARE(runCli(inWorkspace({"runs", "--sort", "every"})).code, 2);
  }

  void sqlIsPrintedAsTableJsonAndCsv() {
    const QString question = "SELECT name, best_loss FROM v_run WHERE kind = 'pretrain' ORDER BY best_loss";
    QVERIFY(has(runCli(inWorkspace({"sql", question})).out, "rate 1000"));
    QVERIFY(runCli(inWorkspace({"sql", question, "--json"})).json()[0]["name"] == "rate 10000");
    QVERIFY(has(runCli(inWorkspace({"sql", question, "--csv"})).out, "name,best_loss\nrate 10000,1.0001\n"));
    const CliResult cut = runCli(inWorkspace({"sql", question, "--limit", "1"}));
    QVERIFY2(has(cut.err, "the first 1 rows"), cut.err.c_str());
    QVERIFY(has(runCli(inWorkspace({"sql"})).out, "v_run: id, uuid, name"));
    QCOMPARE(runCli(inWorkspace({"sql", "DELETE FROM run"})).code, 1);
  }

  /// A path that was mistyped makes nothing.
  void readingMakesNoWorkspace() {
    const fs::path typo = folder_ / "typo";
    for (const QStringList& verb : {QStringList{"runs"},
                                    {"show", "x"},
                                    {"sql", "SELECT 1"},
                                    {"stop", "x"},
                                    {"pause", "x"},
                                    {"export", "x", "--to", "y", "--format", "json"}}) {
      const CliResult result = runCli(QStringList(verb) << "--workspace" << QString::fromStdString(typo.string()));
      QCOMPARE(result.code, 1);
      QVERIFY2(has(result.err, "no workspace"), result.err.c_str());
      QVERIFY(!fs::exists(typo));
    }
  }

  /// The bytes of a run are told, and given back once the trash is emptied; a file that another run shares stays.
  void diskIsToldAndGivenBack() {
    const TempFolder place;
    const QStringList at{"--workspace", QString::fromStdString(place.path().string())};
    fs::path kept;
    {
      RunStore store(place.path(), StoreMode::ReadWrite);
      const RunId first = store.create(toToml(RunSpec())), second = store.create(toToml(RunSpec()));
      writeFileAtomically(makeCheckpointFolder(store.folder(first)) / "step-1.safetensors",
                          std::string(3'000'000, 'a'));
      writeFileAtomically(store.folder(first) / "palette.npy", std::string(1'000'000, 'b'));
      kept = store.folder(second) / "palette.npy";
      fs::create_hard_link(store.folder(first) / "palette.npy", kept);
      store.setTrashed({first}, true);
    }
    const auto disk = runCli(QStringList{"disk", "--json"} + at).json();
    QVERIFY(disk["runs"][0]["checkpoints"].get<int64_t>() >= 3'000'000);
    QVERIFY(disk["runs"][0]["shared"].get<int64_t>() >= 1'000'000);
    QVERIFY(disk["trash"].get<int64_t>() >= 3'000'000 && disk["trash"].get<int64_t>() < 4'000'000);
    QVERIFY(has(runCli(QStringList{"disk"} + at).out, "(in the trash)"));
    QVERIFY(has(runCli(QStringList{"trash"} + at).out, "--empty deletes it for good"));
    const auto emptied = runCli(QStringList{"trash", "--empty", "--json"} + at).json();
    QVERIFY(emptied["freed"].get<int64_t>() >= 2'900'000);
    QCOMPARE(fs::file_size(kept), uintmax_t{1'000'000});
    QVERIFY(has(runCli(QStringList{"trash"} + at).out, "The trash is empty"));
  }

  /// One terminal trains; others let it wait, go on, and stop.
  void aRunOfAnotherProcessObeys() {
    QProcess training;
    prepareCli(training, inWorkspace({"train", "quick-start"}) << kTiny << "--set"
                                                               << "train.steps=1000000"
                                                               << "--set"
                                                               << "name=long");
    training.start(QIODevice::ReadOnly);
    const RunStore store(folder_.path(), StoreMode::ReadOnly);
    const auto stateIs = [&](RunState state) {
      const auto run = store.find("long");
      return run && store.run(*run).state == state && store.run(*run).step > 0;
    };
    QVERIFY(eventually([&] { return stateIs(RunState::Running); }));
    QVERIFY(has(runCli(inWorkspace({"resume", "long"})).err, "goes on already, in another process"));
    const CliResult paused = runCli(inWorkspace({"pause", "long"}));
    QVERIFY2(paused.code == 0 && has(paused.out, "paused at step"), (paused.out + paused.err).c_str());
    QVERIFY(stateIs(RunState::Paused));
    const CliResult resumed = runCli(inWorkspace({"resume", "long"}));
    QVERIFY2(resumed.code == 0 && has(resumed.out, "goes on"), (resumed.out + resumed.err).c_str());
    QVERIFY(eventually([&] { return stateIs(RunState::Running); }));
    const CliResult stopped = runCli(inWorkspace({"stop", "long"}));
    QVERIFY2(stopped.code == 0 && has(stopped.out, "stopped at step"), (stopped.out + stopped.err).c_str());
    QVERIFY(training.waitForFinished(60000));
    const RunId run = *store.find("long");
    QCOMPARE(store.checkpoints(run).back().step, store.run(run).step);
    QVERIFY(has(runCli(inWorkspace({"stop", "long"})).err, "is stopped; there is nothing to stop"));
  }
};

QTEST_GUILESS_MAIN(CliAskTest)
#include "cli_ask_test.moc"
