// scanline-cli as people use it: a program of its own, given arguments, looked at from outside.
#include <QTest>
#include <algorithm>
#include <cmath>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/run/engine.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

class CliTest : public QObject, CliWorkspaceTest {
  Q_OBJECT

 private slots:
  void initTestCase() {
    const CliResult result = runCli(inWorkspace({"train", "quick-start"}) << kTiny);
    QVERIFY2(result.code == 0, result.err.c_str());
  }

  void finetuneGoesOnFromACheckpoint() {
    const QStringList quick{"--set", "train.steps=3", "--set", "name=tuned", "--json"};
    const CliResult forked = runCli(inWorkspace({"finetune", "tiny@5"}) << quick);
    QVERIFY2(forked.code == 0, forked.err.c_str());
    const RunStore store(folder_.path(), StoreMode::ReadOnly);
    const auto run = store.find(forked.json()[0]["uuid"].get<std::string>()).value();
    QCOMPARE(store.run(run).kind, RunKind::Finetune);
    QCOMPARE(store.run(run).parentStep, 5);
    QVERIFY(store.run(run).parent == store.find("tiny"));
    QCOMPARE(store.points(run, series::kClassifierLoss, -1).size(), size_t{3});
    QVERIFY(!store.points(run, series::kValidationAccuracy, -1).empty());

    // A file that belongs to no run starts one without a parent.
    const auto source = store.find("tiny").value();
    std::filesystem::copy_file(store.folder(source) / store.checkpoints(source).front().file,
                               folder_ / "alone.safetensors");
    const CliResult alone = runCli(inWorkspace({"finetune", file("alone.safetensors")}) << quick);
    QVERIFY2(alone.code == 0, alone.err.c_str());
    QVERIFY(!store.run(store.find(alone.json()[0]["uuid"].get<std::string>()).value()).parent);
  }

  void devicesBeginWithTheProcessor() {
    const CliResult result = runCli({"devices", "--json"});
    QCOMPARE(result.code, 0);
    QCOMPARE(result.json()[0]["device"].get<std::string>(), std::string("cpu"));
    QVERIFY(result.json()[0]["cores"].get<int>() > 0);
    QVERIFY(runCli({"devices"}).out.starts_with("cpu "));
  }

  void everyVerbHasHelp_data() {
    QTest::addColumn<QString>("verb");
    for (const char* verb :
         {"train",   "resume", "finetune", "runs",   "show",  "complete", "score",  "probe",  "lowdata",
          "presets", "spec",   "verify",   "search", "study", "data",     "import", "studio", "export",
          "vqvae",   "sql",    "pause",    "stop",   "disk",  "trash",    "bench",  "devices"})
      QTest::newRow(verb) << verb;
  }
  void everyVerbHasHelp() {
    QFETCH(QString, verb);
    const CliResult result = runCli({verb, "--help"});
    QCOMPARE(result.code, 0);
    QVERIFY(result.out.find("Usage: scanline-cli " + verb.toStdString()) != std::string::npos);
    QVERIFY(result.out.find("--json") != std::string::npos);
    QVERIFY(result.err.empty());
  }

  void wrongUsageEndsWithTwo_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const QStringList& arguments, const char* sentence) {
      QTest::newRow(name) << arguments << QString(sentence);
    };
    row("no verb", {}, "Usage: scanline-cli");
    row("no such verb", {"tain"}, "tain");
    row("no such option", {"runs", "--jsn"}, "--jsn");
    row("nothing to train", {"train"}, "SPEC is required");
    row("no such preset", {"train", "quick"}, "no preset of this name");
    row("no such preset to print", {"spec", "quick"}, "quick-start");
    row("unknown key", {"train", "quick-start", "--set", "model.layer=3"}, "did you mean model.layers?");
    row("no value", {"train", "quick-start", "--set", "model.layers"}, "write key=value");
    row("out of range", {"train", "quick-start", "--set", "model.layers=0"},
        "model.layers is 0; give a whole number from 1 to 200.");
    row("bad range", {"train", "quick-start", "--set", "seed=4..1"}, "never ends");
    row("beginning of a key", {"train", "quick-start", "--set", "train.batch=3"}, "did you mean train.batchSize?");
    row("bad option", {"complete", "x", "--each", "0"}, "--each");
  }
  void wrongUsageEndsWithTwo() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, sentence);
    const CliResult result = runCli(arguments);
    QCOMPARE(result.code, 2);
    QVERIFY(result.out.empty());
    QVERIFY2(QString::fromStdString(result.err).contains(sentence), result.err.c_str());
  }

  void failureEndsWithOneAndASentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const QStringList& arguments, const char* sentence) {
      QTest::newRow(name) << arguments << QString(sentence);
    };
    row("no such run", {"show", "nobody"}, "There is no run \"nobody\"");
    row("nothing to resume", {"resume", "tiny"}, "has finished all its 5 steps");
    row("no such checkpoint", {"complete", "nobody"}, "neither a checkpoint file nor a run");
    row("no such step", {"score", "tiny@77", "x.npy"}, "no checkpoint of step 77; it has those of:");
    row("nothing to fine-tune", {"finetune", "nobody"}, "neither a checkpoint file nor a run");
    row("no tokens", {"score", "tiny", "/nowhere/tokens.npy"}, "/nowhere/tokens.npy");
    row("settings that do not fit", {"train", "quick-start", "--set", "model.heads=5"},
        "does not divide model.width (64)");
    row("no data", {"train", "cifar10-small"}, "data.path is empty");
  }
  void failureEndsWithOneAndASentence() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, sentence);
    const CliResult result = runCli(inWorkspace(arguments));
    QCOMPARE(result.code, 1);
    QVERIFY2(QString::fromStdString(result.err).contains(sentence), result.err.c_str());
  }

  void aMisspeltFileSaysWhere() {
    writeFileAtomically(folder_ / "mine.toml", "seed = 1\n\n[model]\nlayer = 2\n");
    const CliResult result = runCli(inWorkspace({"train", file("mine.toml")}));
    QCOMPARE(result.code, 1);
    QVERIFY2(result.err.find(
                 "mine.toml, line 4, column 1: There is no setting \"model.layer\"; did you mean model.layers?") !=
                 std::string::npos,
             result.err.c_str());
  }

  void aWorkspaceThatCannotBeMadeIsASentence() {
    writeFileAtomically(folder_ / "plain", "no folder");
    const CliResult result = runCli({"runs", "--workspace", file("plain")});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.err.find("plain") != std::string::npos, result.err.c_str());
  }

  void presetsPrintAsTomlThatTrains() {
    const CliResult toml = runCli({"spec", "quick-start"});
    QCOMPARE(toml.code, 0);
    writeFileAtomically(folder_ / "printed.toml", toml.out);
    const CliResult result = runCli(inWorkspace({"train", file("printed.toml"), "--json"}) << kTiny);
    QVERIFY2(result.code == 0, result.err.c_str());
    QVERIFY(result.json()[0]["state"] == "finished");
  }

  void resultsAreValidJson() {
    const auto presets = runCli({"presets", "--json"}).json();
    QVERIFY(presets[0]["name"] == "quick-start");
    QVERIFY(runCli({"spec", "igpt-s", "--json"}).json()["toml"].get<std::string>().starts_with("#"));
    QCOMPARE(runCli(inWorkspace({"verify", "--json"})).json()["faults"].size(), size_t{0});
    const auto runs = runCli(inWorkspace({"runs", "--json"})).json();
    QVERIFY(
        std::ranges::any_of(runs, [](const auto& run) { return run["name"] == "tiny" && run["state"] == "finished"; }));
    const TempFolder empty;
    QVERIFY(runCli({"runs", "--json", "--workspace", QString::fromStdString(empty.path().string())}).json().empty());
  }

  void aWorkspaceIsRepaired() {
    const TempFolder place;
    const QString workspace = QString::fromStdString(place.path().string());
    RunStore(place.path(), StoreMode::ReadWrite);
    std::filesystem::create_directories(place / "runs" / "of-no-run");
    const CliResult found = runCli({"verify", "--workspace", workspace});
    QCOMPARE(found.code, 1);
    QVERIFY2(found.err.find("of-no-run") != std::string::npos, found.err.c_str());
    const CliResult repaired = runCli({"verify", "--repair", "--workspace", workspace});
    QCOMPARE(repaired.code, 0);
    QVERIFY2(repaired.out.find("of-no-run") != std::string::npos, repaired.out.c_str());
    QVERIFY(std::filesystem::exists(place / "lost" / "of-no-run"));
    QCOMPARE(runCli({"verify", "--workspace", workspace}).code, 0);
  }

  void showTellsAllOfARun() {
    const auto run = runCli(inWorkspace({"show", "tiny", "--json"})).json();
    QVERIFY(run["step"] == 5);
    QVERIFY(run["spec"]["model.width"] == 8);
    QVERIFY(run["spec"]["optimizer.schedule"] == "cosine");
    QCOMPARE(run["series"]["train/loss"].size(), size_t{5});
    QVERIFY(run["checkpoints"].size() >= 1);
    QVERIFY(run["probes"].back()["layer"] == 1);
    const CliResult text = runCli(inWorkspace({"show", "tiny", "--log"}));
    QCOMPARE(text.code, 0);
    for (const char* part :
         {"finished after", "model.width = 8", "loss, nats per pixel", "linear probe", "original, given half"})
      QVERIFY2(text.out.find(part) != std::string::npos, part);
    QVERIFY2(text.out.find('\x1b') == std::string::npos, "no colours where there is no terminal");
  }

  void aListOfValuesTrainsARunEach() {
    const CliResult result = runCli(inWorkspace({"train", "quick-start", "--json"}) << kTiny << "--set"
                                                                                    << "seed=1..2");
    QVERIFY2(result.code == 0, result.err.c_str());
    QCOMPARE(result.json().size(), size_t{2});
    QVERIFY(result.json()[1]["name"] == "seed 2, tiny");
  }

  void scoreEqualsTheEngines() {
    constexpr int64_t kImages = 3, kPixels = 64;
    std::vector<uint8_t> ids(kImages * kPixels);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<uint8_t>(i * i % 7 % 4);
    writeNpy<uint8_t>(folder_ / "tokens.npy", std::vector<int64_t>{kImages, kPixels}, ids);
    const CliResult result = runCli(inWorkspace({"score", "tiny", file("tokens.npy"), "--json", "--threads", "1",
                                                 "--logits", file("logits.npy"), "--features", file("features.npy")}));
    QVERIFY2(result.code == 0, result.err.c_str());

    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const TokenSet tokens{.count = kImages, .length = kPixels, .ids = {ids.begin(), ids.end()}};
    const ScoreResult expected = engine->score(result.json()["checkpoint"].get<std::string>(), tokens, true, true, 1);
    QCOMPARE(result.json()["nats"].get<std::vector<double>>(), expected.nats);
    const NpyArray logits = readNpy(folder_ / "logits.npy"), features = readNpy(folder_ / "features.npy");
    QCOMPARE(logits.shape, (std::vector<int64_t>{kImages, kPixels, 4}));
    QCOMPARE(features.shape, (std::vector<int64_t>{kImages, 2, 8}));
    QVERIFY(logits.values<float>() == expected.logits);
    QVERIFY(features.values<float>() == expected.features);
  }

  /// As a Hugging Face folder, and as the run that such a folder becomes.
  void aModelThatWentOutAndCameBackScoresTheSame() {
    writeNpy<uint8_t>(folder_ / "some.npy", std::vector<int64_t>{1, 64}, std::vector<uint8_t>(64, 3));
    const CliResult out = runCli(inWorkspace({"export", "tiny", "--to", file("exported")}));
    QVERIFY2(out.code == 0, out.err.c_str());
    const CliResult in = runCli(inWorkspace({"import", file("exported"), "--name", "back", "--json"}));
    QVERIFY2(in.code == 0, in.err.c_str());
    QCOMPARE(in.json()[0]["state"].get<std::string>(), std::string("finished"));
    const auto natsOf = [&](const QString& model) {
      const CliResult score = runCli(inWorkspace({"score", model, file("some.npy"), "--json", "--threads", "1"}));
      return score.code == 0 ? score.json()["nats"] : nlohmann::json(score.err);
    };
    const nlohmann::json expected = natsOf("tiny");
    QVERIFY(natsOf("back") == expected);
    QVERIFY(natsOf(file("exported")) == expected);
  }

  void curvesGoOutAndComeBack() {
    const CliResult out = runCli(inWorkspace({"export", "tiny", "--to", file("tiny.json"), "--format", "json"}));
    QVERIFY2(out.code == 0, out.err.c_str());
    const CliResult in = runCli(inWorkspace({"import", file("tiny.json"), "--name", "curves"}));
    QVERIFY2(in.code == 0, in.err.c_str());
    const auto series = [&](const char* run) { return runCli(inWorkspace({"show", run, "--json"})).json()["series"]; };
    QVERIFY(series("curves") == series("tiny"));
  }

  /// The place is printed, and files that lay there stay.
  void tablesGoIntoAFolderOfTheirOwn() {
    std::filesystem::create_directory(folder_ / "tables");
    writeFileAtomically(folder_ / "tables/samples.csv", "mine");
    const QStringList command = inWorkspace({"export", "tiny", "--to", file("tables"), "--format", "csv"});
    const CliResult out = runCli(command);
    QVERIFY2(out.code == 0, out.err.c_str());
    QCOMPARE(out.out, "exported to " + (folder_ / "tables/tiny").string() + "\n");
    QCOMPARE(runCli(command + QStringList{"--json"}).json()["path"].get<std::string>(),
             (folder_ / "tables/tiny 2").string());
    QCOMPARE(readFile(folder_ / "tables/samples.csv", 100), std::string("mine"));
    QVERIFY(std::filesystem::exists(folder_ / "tables/tiny/series.csv"));
  }

  void tokensThatDoNotFitAreRefused() {
    writeNpy<uint8_t>(folder_ / "short.npy", std::vector<int64_t>{1, 2}, std::vector<uint8_t>{0, 1});
    QCOMPARE(runCli(inWorkspace({"score", "tiny", file("short.npy")})).code, 1);
    writeNpy<uint8_t>(folder_ / "high.npy", std::vector<int64_t>{1, 64}, std::vector<uint8_t>(64, 200));
    const CliResult result = runCli(inWorkspace({"score", "tiny", file("high.npy")}));
    QCOMPARE(result.code, 1);
    QVERIFY2(result.err.find("200") != std::string::npos, result.err.c_str());
  }

  void completionsBecomeAPicture() {
    Image grey{.width = 20, .height = 30, .rgb = std::vector<uint8_t>(20 * 30 * 3, 128)};
    writePng(folder_ / "grey.png", grey);
    const QStringList call{"complete",       "tiny@5", "--images", file("grey.png"),
                           file("grey.png"), "--each", "3",        "--out"};
    const CliResult result = runCli(inWorkspace(QStringList(call) << file("grid.png") << "--scale"
                                                                  << "2"
                                                                  << "--json"));
    QVERIFY2(result.code == 0, result.err.c_str());
    QCOMPARE(result.json()["samples"].size(), size_t{6});
    const Image grid = readImage(folder_ / "grid.png");
    QCOMPARE(grid.width, 5 * 16 + 4 * 2);
    QCOMPARE(grid.height, 2 * 16 + 2);
    // The same seed draws the same.
    const CliResult again = runCli(inWorkspace(QStringList(call) << file("again.png") << "--scale"
                                                                 << "2"));
    QVERIFY(readImage(folder_ / "again.png") == grid);
    QVERIFY2(again.out.find("again.png") != std::string::npos, again.out.c_str());
    QCOMPARE(runCli(inWorkspace({"complete", "tiny", "--each", "2", "--json"})).json()["samples"].size(), size_t{2});
  }

  void aProbeEqualsTheRuns() {
    const auto layers = runCli(inWorkspace({"probe", "tiny@5", "--json"})).json();
    const auto run = runCli(inWorkspace({"show", "tiny", "--json"})).json();
    QCOMPARE(layers.size(), size_t{2});
    for (size_t i = 0; i < 2; ++i)
      QVERIFY(layers[i]["accuracy"] == run["probes"][run["probes"].size() - 2 + i]["accuracy"]);
    QVERIFY(layers[0].contains("l2") && layers[0]["joined"] == 1);
    const CliResult wrong = runCli(inWorkspace({"probe", "tiny", "--set", "data.side=4"}));
    QCOMPARE(wrong.code, 1);
    QVERIFY2(wrong.err.find("--set data.side=8") != std::string::npos, wrong.err.c_str());
  }

  void aStoredProbeIsARunOfItsOwn() {
    const CliResult result = runCli(inWorkspace({"probe", "tiny@5", "--store", "--json", "--set", "name=looked at",
                                                 "--set", "probe.layers=1", "--set", "probe.l2Values=1e-3, 1e-1"}));
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto run = runCli(inWorkspace({"show", "looked at", "--json"})).json();
    QVERIFY(run["kind"] == "probe" && run["state"] == "finished");
    QVERIFY(run["parent"]["step"] == 5);
    QCOMPARE(run["probes"].size(), size_t{1});
    QVERIFY(run["probes"][0]["layer"] == 1 && run["probes"][0]["step"] == 5);
    QVERIFY(run["probes"][0]["l2"] == 1e-3 || run["probes"][0]["l2"] == 1e-1);
    const CliResult text = runCli(inWorkspace({"show", "looked at"}));
    QVERIFY(text.out.find(" of 5 steps") == std::string::npos);
  }

  void fewLabelsMakeATable() {
    const CliResult result = runCli(inWorkspace(
        {"lowdata", "tiny", "--set", "name=few", "--set", "lowdata.labels=1, 2", "--set", "lowdata.subsets=3"}));
    QVERIFY2(result.code == 0, result.err.c_str());
    QVERIFY2(result.out.find("2 labels a class") != std::string::npos, result.out.c_str());
    const auto run = runCli(inWorkspace({"show", "few", "--json"})).json();
    QCOMPARE(run["lowdata"].size(), size_t{2});
    const auto& two = run["lowdata"][1];
    QVERIFY(two["labelsPerClass"] == 2);
    double mean = 0, squares = 0;
    for (const auto& subset : two["subsets"]) mean += subset["accuracy"].get<double>() / 3;
    for (const auto& subset : two["subsets"]) squares += std::pow(subset["accuracy"].get<double>() - mean, 2);
    QVERIFY(std::abs(two["mean"].get<double>() - mean) < 1e-12);
    QVERIFY(std::abs(two["deviation"].get<double>() - std::sqrt(squares / 2)) < 1e-12);
    const CliResult tooMany = runCli(inWorkspace({"lowdata", "tiny", "--set", "lowdata.labels=500"}));
    QCOMPARE(tooMany.code, 1);
    QVERIFY2(tooMany.err.find("asks for 500 of each class") != std::string::npos, tooMany.err.c_str());
  }
};

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
