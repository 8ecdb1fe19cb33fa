// scanline-cli search, with the real engine.
#include <QTest>

#include "core/store/run_store.h"
#include "core/store/search_series.h"
#include "tests/experiments/cli_program.h"

using namespace scanline;

class CliSearchTest : public QObject, CliWorkspaceTest {
  Q_OBJECT

  RunStore store() const { return RunStore(folder_.path(), StoreMode::ReadOnly); }

 private slots:
  /// A rate that is far too high, or far too low, trains a model worse than one between them.
  void theBestRateIsFoundAndItsRunStarted() {
    const CliResult result = runCli(inWorkspace({"search", "quick-start", "--json", "--rates", "0.03,0.01,1e-8",
                                                 "--start", "--then", "train.steps=6"})
                                    << kTiny << "--set"
                                    << "optimizer.warmupSteps=0");
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    QVERIFY(json["search"]["state"] == "finished");
    QVERIFY(json["search"]["kind"] == "search");
    const auto& trials = json["trials"];
    QVERIFY(trials.size() >= 2);
    size_t best = 0, marked = trials.size();
    for (size_t i = 0; i < trials.size(); ++i) {
      if (trials[i]["loss"].get<double>() < trials[best]["loss"].get<double>()) best = i;
      if (trials[i]["best"].get<bool>()) marked = i;
    }
    QCOMPARE(marked, best);
    if (trials.size() == 2) QVERIFY(trials[1]["loss"].get<double>() > trials[0]["loss"].get<double>());
    QVERIFY(trials[0]["rate"].get<double>() == 0.03);

    const RunId search = *store().find("tiny");
    QCOMPARE(store().children(search).size(), trials.size());
    const RunId full = *store().find(json["started"]["uuid"].get<std::string>());
    QCOMPARE(store().run(full).state, RunState::Finished);
    QCOMPARE(store().run(full).steps, int64_t{6});
    QVERIFY(store().run(*store().run(full).parent).tags == std::vector<std::string>{"best rate"});
  }

  void theTableOfASearchIsToldAgain() {
    const CliResult table = runCli(inWorkspace({"search", "tiny"}));
    QVERIFY2(table.code == 0, table.err.c_str());
    for (const char* part : {"final validation loss", "0.03", "* ", "--start"})
      QVERIFY2(table.out.find(part) != std::string::npos, table.out.c_str());
  }

  /// From a checkpoint, by the paper's rule for probes.
  void theRatesOfAProbeAreSearched() {
    QCOMPARE(runCli(inWorkspace({"train", "quick-start"}) << kTiny << "--set"
                                                          << "name=model")
                 .code,
             0);
    const CliResult result =
        runCli(inWorkspace({"search", "quick-start", "--json", "--from", "model", "--rates", "0.03,1e-6"})
               << kTiny << "--set"
               << "kind=probe"
               << "--set"
               << "probe.solver=sgd"
               << "--set"
               << "probe.steps=30"
               << "--set"
               << "name=sgd");
    QVERIFY2(result.code == 0, result.err.c_str());
    QCOMPARE(result.json()["trials"].size(), size_t{2});
    QVERIFY(result.json()["trials"][0]["best"].get<bool>());
  }

  void whatIsNoSearchIsRefused() {
    const CliResult model = runCli(inWorkspace({"search", "model"}));
    QCOMPARE(model.code, 1);
    QVERIFY2(model.err.find("is no learning-rate search") != std::string::npos, model.err.c_str());
    const CliResult nothing = runCli(inWorkspace({"search", "nobody"}));
    QCOMPARE(nothing.code, 1);
    QVERIFY2(nothing.err.find("no preset of this name") != std::string::npos, nothing.err.c_str());
    const CliResult probe = runCli(inWorkspace({"search", "quick-start", "--set", "kind=lowdata"}));
    QCOMPARE(probe.code, 1);
    QVERIFY2(probe.err.find("has no learning rate to search for") != std::string::npos, probe.err.c_str());
  }
};

QTEST_GUILESS_MAIN(CliSearchTest)
#include "cli_search_test.moc"
