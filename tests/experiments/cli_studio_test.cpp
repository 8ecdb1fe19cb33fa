// scanline-cli studio: a trained model is asked, and files hold the same numbers as the printed lines.
#include <QTest>
#include <cmath>
#include <fstream>
#include <numeric>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/studio_pins.h"
#include "core/run/engine.h"
#include "core/run/paint_mask.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

template <class Value>
std::vector<Value> list(const nlohmann::json& json) {
  return json.get<std::vector<Value>>();
}

}  // namespace

class CliStudioTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

  QString file(const char* name) const { return QString::fromStdString((folder_ / name).string()); }
  CliResult ask(const QStringList& arguments) const {
    return runCli(QStringList{"studio"} + arguments +
                  QStringList{"--json", "--workspace", QString::fromStdString(folder_.path().string())});
  }
  /// Of a model of Hugging Face, with its colours beside it.
  QString foreign() const { return file("hf"); }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", file("cache").toUtf8());
    const CliResult result =
        runCli(QStringList{"train", "quick-start", "--workspace", QString::fromStdString(folder_.path().string())} +
               kTiny + QStringList{"--set", "train.keepEvery=2", "--set", "model.layers=2", "--set", "model.heads=2"});
    QVERIFY2(result.code == 0, result.err.c_str());
    fs::copy(kGolden / "hf", folder_ / "hf");
    fs::copy(kGolden / "kmeans_centers.npy", folder_ / "hf");
    fs::copy(kGolden / "hf", folder_ / "bare");
    Image picture{.width = 12, .height = 10, .rgb = std::vector<uint8_t>(360)};
    for (size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = static_cast<uint8_t>(i * 7);
    writePng(folder_ / "own.png", picture);
    writeFileAtomically(folder_ / "broken.png", "no picture");
    writePng(folder_ / "black.png", {.width = 4, .height = 4, .rgb = std::vector<uint8_t>(48)});
  }

  void completeWritesWhatItDraws() {
    const QStringList command{"complete", "--model",       "tiny",         "--index",     "3",
                              "--mask",   "upper",         "--candidates", "2",           "--seed",
                              "5",        "--temperature", "0.9",          "--top-k",     "3",
                              "--out",    file("c.png"),   file("c.npy"),  file("c.json")};
    const CliResult result = ask(command);
    QVERIFY2(result.code == 0, result.err.c_str());
    QVERIFY2(result.err.find("32 given pixels come after") != std::string::npos, result.err.c_str());
    const auto json = result.json();
    QCOMPARE(json, nlohmann::json::parse(readFile(folder_ / "c.json", 1 << 20)));
    const NpyArray drawn = readNpy(folder_ / "c.npy");
    QCOMPARE(drawn.shape, (std::vector<int64_t>{1, 2, 64}));
    const auto ids = drawn.values<uint16_t>();
    const auto given = list<uint16_t>(json["pictures"][0]["tokens"]);
    for (size_t c = 0; c < 2; ++c) {
      const auto candidate = list<uint16_t>(json["pictures"][0]["candidates"][c]);
      QVERIFY(std::equal(candidate.begin(), candidate.end(), ids.begin() + static_cast<std::ptrdiff_t>(64 * c)));
      QVERIFY(std::equal(candidate.begin() + 32, candidate.end(), given.begin() + 32));
      QVERIFY(json["pictures"][0]["nats"][c].get<double>() > 0);
    }
    QCOMPARE(list<uint8_t>(json["mask"]), presetMask("upper", 8, 8));
    QVERIFY(readImage(folder_ / "c.png").width > 4 * 8 * 16);
    const std::string before = readFile(folder_ / "c.npy", 1 << 20);
    QCOMPARE(ask(command).code, 0);
    QCOMPARE(readFile(folder_ / "c.npy", 1 << 20), before);
  }

  void withoutAPictureWholeOnesAreDrawn() {
    const auto json = ask({"complete", "--model", "tiny@2", "--candidates", "3"}).json();
    QCOMPARE(json["step"].get<int>(), 2);
    QCOMPARE(json["pictures"][0]["candidates"].size(), size_t{3});
    QCOMPARE(list<uint8_t>(json["mask"]), std::vector<uint8_t>(64, 1));
    QCOMPARE(ask({"complete", "--model", "tiny", "--step", "2", "--candidates", "3"}).json()["pictures"],
             json["pictures"]);
  }

  void conditionedDrawingsTellTheirParticles() {
    const auto json = ask({"complete", "--model", "tiny", "--index", "0", "--mask", "centre", "--candidates", "2",
                           "--conditioned", "--particles", "4"})
                          .json();
    QCOMPARE(json["pictures"][0]["logEvidence"].size(), size_t{2});
    for (const auto& share : json["pictures"][0]["effectiveShare"][0].is_array()
                                 ? json["pictures"][0]["effectiveShare"][0]
                                 : json["pictures"][0]["effectiveShare"])
      QVERIFY(share.get<double>() > 0.2 && share.get<double>() < 1.0001);
  }

  void surpriseSumsToTheScore() {
    const CliResult result = ask({"surprise", "--model", "tiny", "--split", "validation", "--worst", "--count", "3",
                                  "--out", file("s.npy"), file("s.png"), file("s.json")});
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    QCOMPARE(json, nlohmann::json::parse(readFile(folder_ / "s.json", 1 << 20)));
    const NpyArray map = readNpy(folder_ / "s.npy");
    QCOMPARE(map.shape, (std::vector<int64_t>{3, 8, 8}));
    const auto values = map.values<float>();
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < 3; ++i) {
      const auto& picture = json["pictures"][i];
      const auto own = list<float>(picture["values"]);
      QVERIFY(std::equal(own.begin(), own.end(), values.begin() + static_cast<std::ptrdiff_t>(64 * i)));
      for (const auto token : list<int32_t>(picture["tokens"])) tokens.push_back(token);
    }
    const std::vector<int64_t> shape{3, 64};
    writeNpy<int32_t>(folder_ / "tokens.npy", shape, tokens);
    const CliResult score = runCli({"score", "tiny", file("tokens.npy"), "--json", "--workspace",
                                    QString::fromStdString(folder_.path().string())});
    QVERIFY2(score.code == 0, score.err.c_str());
    for (size_t i = 0; i < 3; ++i) {
      const double nats = score.json()["nats"][i].get<double>();
      QVERIFY(std::abs(json["pictures"][i]["mean"].get<double>() - nats) < 1e-4);
      QVERIFY(std::abs(json["pictures"][i]["sum"].get<double>() - 64 * nats) < 1e-2);
    }
    const auto means = std::array{json["pictures"][0]["mean"].get<double>(), json["pictures"][1]["mean"].get<double>(),
                                  json["pictures"][2]["mean"].get<double>()};
    QVERIFY(means[0] >= means[1] && means[1] >= means[2]);
    QVERIFY(readImage(folder_ / "s.png").height > 3 * 8 * 20);
  }

  void twoModelsAreComparedPixelByPixel() {
    const QStringList picture{"--split", "train", "--random", "--count", "2", "--seed", "3"};
    const auto both = ask(QStringList{"surprise", "--model", "tiny@5", "--against", "tiny@2"} + picture).json();
    const auto one = ask(QStringList{"surprise", "--model", "tiny@5"} + picture).json();
    const auto other = ask(QStringList{"surprise", "--model", "tiny@2"} + picture).json();
    for (size_t i = 0; i < 2; ++i)
      for (size_t p = 0; p < 64; ++p)
        QVERIFY(std::abs(both["pictures"][i]["values"][p].get<double>() -
                         (one["pictures"][i]["values"][p].get<double>() -
                          other["pictures"][i]["values"][p].get<double>())) < 1e-5);
    const CliResult different = ask({"surprise", "--model", "tiny", "--against", foreign(), "--index", "0"});
    QCOMPARE(different.code, 1);
    QVERIFY2(different.err.find("Only models of the same pictures") != std::string::npos, different.err.c_str());
  }

  void theNextPixelIsADistribution() {
    const QStringList command{"next", "--model", "tiny", "--index", "2", "--position", "3,4"};
    const auto json = ask(command + QStringList{"--out", file("n.npy"), file("n.png"), file("n.json")}).json();
    QCOMPARE(json["position"].get<int>(), 35);
    const auto shares = list<double>(json["probabilities"]);
    QCOMPARE(shares.size(), size_t{4});
    QVERIFY(std::abs(std::reduce(shares.begin(), shares.end()) - 1) < 1e-5);
    double entropy = 0;
    for (const double share : shares) entropy -= share * std::log(share);
    QVERIFY(std::abs(json["entropy"].get<double>() - entropy) < 1e-4);
    const auto token = json["token"].get<size_t>();
    const auto rank = json["rank"].get<int64_t>();
    QCOMPARE(rank, std::ranges::count_if(shares, [&](double share) { return share > shares[token]; }));
    const auto surprise = ask({"surprise", "--model", "tiny", "--index", "2"}).json();
    QVERIFY(std::abs(surprise["pictures"][0]["values"][35].get<double>() + std::log(shares[token])) < 1e-4);
    const auto written = readNpy(folder_ / "n.npy").values<float>();
    for (size_t v = 0; v < shares.size(); ++v) QCOMPARE(static_cast<double>(written[v]), shares[v]);
    QVERIFY(readImage(folder_ / "n.png").width > 200);
    const CliResult words = runCli(QStringList{"studio"} + command +
                                   QStringList{"--workspace", QString::fromStdString(folder_.path().string())});
    QVERIFY2(words.out.find("the pixel") != std::string::npos, words.out.c_str());
  }

  void attentionSharesAddUp() {
    const auto json =
        ask({"attention", "--model", "tiny", "--index", "2", "--position", "20", "--out", file("a.npy"), file("a.png")})
            .json();
    const NpyArray weights = readNpy(folder_ / "a.npy");
    QCOMPARE(weights.shape, (std::vector<int64_t>{2, 2, 64}));
    const auto values = weights.values<float>();
    for (size_t row = 0; row < 4; ++row) {
      const auto own = list<float>(json["layers"][row / 2]["weights"][row % 2]);
      double sum = 0;
      for (size_t i = 0; i < 64; ++i) {
        QCOMPARE(own[i], values[row * 64 + i]);
        if (i > 20) QCOMPARE(own[i], 0.0F);
        sum += static_cast<double>(own[i]);
      }
      QVERIFY(std::abs(sum - 1) < 1e-4);
    }
    const auto rollout = list<double>(json["layers"][1]["rollout"]);
    QVERIFY(std::abs(std::reduce(rollout.begin(), rollout.end()) - 1) < 1e-4);
    QVERIFY(readImage(folder_ / "a.png").width > 4 * 16);

    ask({"attention", "--model", "tiny", "--index", "2", "--layer", "1", "--head", "0", "--radius", "3", "--out",
         file("p.npy"), file("p.png")});
    QCOMPARE(readNpy(folder_ / "p.npy").shape, (std::vector<int64_t>{1, 1, 7, 7}));
  }

  void neighboursAreOtherPicturesTheMostAlikeFirst() {
    for (const bool byPixels : {false, true}) {
      QStringList command{"neighbours", "--model", "tiny", "--index", "1",           "4",          "--over",
                          "validation", "--k",     "5",    "--out",   file("k.npy"), file("k.png")};
      if (byPixels) command << "--pixels";
      const CliResult result = ask(command);
      QVERIFY2(result.code == 0, result.err.c_str());
      const auto json = result.json();
      const NpyArray rows = readNpy(folder_ / "k.npy");
      QCOMPARE(rows.shape, (std::vector<int64_t>{2, 5}));
      const auto ids = rows.values<int64_t>();
      for (size_t i = 0; i < 2; ++i) {
        const auto& found = json["pictures"][i]["neighbours"];
        double before = byPixels ? -1 : 2;
        std::set<int64_t> different;
        for (size_t k = 0; k < 5; ++k) {
          QCOMPARE(found[k]["row"].get<int64_t>(), ids[i * 5 + k]);
          different.insert(ids[i * 5 + k]);
          const double likeness = found[k][byPixels ? "meanSquaredDifference" : "cosine"].get<double>();
          QVERIFY(byPixels ? likeness >= before : likeness <= before && likeness > -1.0001);
          before = likeness;
          QVERIFY(found[k].contains("class"));
        }
        QCOMPARE(different.size(), size_t{5});
        QVERIFY(!different.contains(i == 0 ? 1 : 4));  // itself is no neighbour
      }
      QVERIFY(readImage(folder_ / "k.png").width > 6 * 8 * 10);
    }
  }

  void aMapHasAPlaceForEachPicture() {
    const CliResult result =
        ask({"map", "--model", "tiny", "--layer", "1", "--out", file("m.npy"), file("m.png"), file("m.json")});
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    const NpyArray places = readNpy(folder_ / "m.npy");
    QCOMPARE(places.shape, (std::vector<int64_t>{12, 2}));
    const auto values = places.values<float>();
    double sum = 0;
    for (size_t i = 0; i < 12; ++i) {
      QCOMPARE(json["places"][i][0].get<float>(), values[2 * i]);
      sum += static_cast<double>(values[2 * i]);
    }
    QVERIFY(std::abs(sum) < 1e-3);
    QVERIFY(json["shares"][0].get<double>() >= json["shares"][1].get<double>());
    QCOMPARE(json["labels"].size(), size_t{12});
    QVERIFY(readImage(folder_ / "m.png").width > 500);
  }

  void aFilmHasAFrameACheckpoint() {
    const RunStore store(folder_.path(), StoreMode::ReadOnly);
    const auto steps = store.checkpoints(store.find("tiny").value());
    const CliResult result = ask({"film", "--model", "tiny", "--index", "3", "--candidates", "2", "--out",
                                  file("f.gif"), file("f.png"), file("f.apng"), file("f.npy")});
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    QCOMPARE(json["steps"].size(), steps.size());
    QVERIFY(steps.size() >= 3);
    for (size_t i = 0; i < steps.size(); ++i) QCOMPARE(json["steps"][i]["step"].get<int64_t>(), steps[i].step);
    QCOMPARE(readNpy(folder_ / "f.npy").shape, (std::vector<int64_t>{std::ssize(steps), 2, 64}));
    const Image frame = readImage(folder_ / "f.png");
    QCOMPARE(
        ask({"film", "--model", "tiny", "--index", "3", "--candidates", "2", "--sheet", "--out", file("sheet.png")})
            .code,
        0);
    QCOMPARE(readImage(folder_ / "sheet.png").height, frame.height * std::ssize(steps));
    // The last frame equals a drawing of the last checkpoint alone.
    const auto last = ask({"complete", "--model", "tiny", "--step", "5", "--index", "3", "--candidates", "2"}).json();
    QCOMPARE(json["steps"].back()["candidates"], last["pictures"][0]["candidates"]);
  }

  void modelsOfOtherSoftwareAreAsked() {
    const QString own = file("own.png");
    for (const QStringList& command :
         {QStringList{"complete", "--image", own, "--candidates", "1", "--mask", "lower:0.1"},
          QStringList{"surprise", "--image", own}, QStringList{"next", "--image", own, "--position", "17"},
          QStringList{"attention", "--image", own, "--position", "17"},
          QStringList{"attention", "--image", own, "--layer", "2"},
          QStringList{"neighbours", "--image", own, "--data", "digits", "--over", "validation"},
          QStringList{"map", "--data", "digits"}}) {
      const CliResult result = ask(QStringList{command[0], "--model", foreign()} + command.mid(1));
      QVERIFY2(result.code == 0, (command.join(' ').toStdString() + ": " + result.err).c_str());
      QVERIFY(result.json().contains("model"));
    }
    const CliResult film = ask({"film", "--model", foreign(), "--image", own});
    QCOMPARE(film.code, 1);
    QVERIFY2(film.err.find("name the run") != std::string::npos, film.err.c_str());
  }

  void faultsAreSentences_data() {
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("says");
    const auto add = [](const char* name, const QStringList& command, const char* says) {
      QTest::newRow(name) << command << says;
    };
    add("no such model", {"complete", "--model", "tuny"}, "neither a checkpoint file nor a run");
    add("no such step", {"complete", "--model", "tiny", "--step", "3"}, "no checkpoint of step 3");
    add("a step of a file", {"complete", "--model", file("hf"), "--step", "3"}, "--step chooses");
    add("no picture named", {"surprise", "--model", "tiny"}, "Name a picture");
    add("an undecodable picture", {"surprise", "--model", "tiny", "--image", file("broken.png")}, "broken.png");
    add("a missing picture", {"surprise", "--model", "tiny", "--image", file("none.png")}, "none.png");
    add("an empty mask", {"complete", "--model", "tiny", "--index", "0", "--mask", file("black.png")},
        "nothing to paint");
    add("no such mask", {"complete", "--model", "tiny", "--index", "0", "--mask", "bottom"}, "checkerboard");
    add("a mask without a picture", {"complete", "--model", "tiny", "--mask", "lower"}, "needs a picture");
    add("no colours", {"complete", "--model", file("bare"), "--image", file("own.png")}, "colour");
    add("no data of its own", {"surprise", "--model", file("hf"), "--index", "0"}, "Name a data set");
    add("no such data set", {"surprise", "--model", "tiny", "--data", "cofar"}, "no data set of this name");
    add("no such index", {"surprise", "--model", "tiny", "--index", "12"}, "numbered from 0 to 11");
    add("no such class", {"surprise", "--model", "tiny", "--class", "cat"}, "no class \"cat\"");
    add("no such split", {"surprise", "--model", "tiny", "--split", "test"}, "no test pictures");
    add("no such position", {"next", "--model", "tiny", "--index", "0", "--position", "64"}, "0 to 63");
    add("no such place", {"next", "--model", "tiny", "--index", "0", "--position", "8,0"}, "x below 8");
    add("no position", {"next", "--model", "tiny", "--index", "0", "--position", "here"}, "no position");
    add("no such layer", {"attention", "--model", "tiny", "--index", "0", "--layer", "2"}, "0 to 1");
    add("no such head", {"attention", "--model", "tiny", "--index", "0", "--head", "2"}, "0 to 1");
    add("no such feature layer", {"map", "--model", "tiny", "--layer", "3"}, "layers 0 to 2");
    add("a mask of a model in raster order", {"surprise", "--model", "tiny", "--index", "0", "--mask", "lower"},
        "BERT");
    add("an ending", {"map", "--model", "tiny", "--out", file("m.jpg")}, ".png, .npy, .json");
    add("entropy of two models", {"surprise", "--model", "tiny", "--index", "0", "--what", "rank", "--against", "tiny"},
        "--against compares nats");
  }
  void faultsAreSentences() {
    QFETCH(const QStringList, command);
    QFETCH(const QString, says);
    const CliResult result = ask(command);
    QCOMPARE(result.code, 1);
    QVERIFY2(QString::fromStdString(result.err).contains(says), result.err.c_str());
  }

  void predictionsEqualTheRunsProbes() {
    const CliResult result = ask({"predictions", "--model", "tiny", "--all-layers", "--scored", "--out", file("p.csv"),
                                  file("p.npy"), file("p.json")});
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    QCOMPARE(json, nlohmann::json::parse(readFile(folder_ / "p.json", 1 << 24)));
    const RunStore store(folder_.path(), StoreMode::ReadOnly);
    size_t compared = 0;
    for (const ProbeResult& probe : store.probes(store.find("tiny").value(), -1)) {
      if (probe.step != json["step"].get<int64_t>()) continue;
      const auto& layer = json["layers"][static_cast<size_t>(probe.layer)];
      QCOMPARE(layer["accuracy"].get<double>(), probe.accuracy);
      QCOMPARE(layer["confusion"].size(), probe.confusion.size());
      for (size_t i = 0; i < probe.confusion.size(); ++i)
        QCOMPARE(layer["confusion"][i]["count"].get<int32_t>(), probe.confusion[i].count);
      ++compared;
    }
    QCOMPARE(compared, size_t{3});
    const NpyArray shares = readNpy(folder_ / "p.npy");
    const auto rows = list<int64_t>(json["rows"]);
    QCOMPARE(shares.shape, (std::vector<int64_t>{3, std::ssize(rows), 10}));
    const auto values = shares.values<float>();
    for (size_t first = 0; first < values.size(); first += 10)
      QVERIFY(std::abs(std::accumulate(&values[first], &values[first] + 10, 0.0) - 1) < 1e-5);
    const std::string csv = readFile(folder_ / "p.csv", 1 << 24);
    QVERIFY(csv.starts_with("split,row,layer,class,said,p(0),"));
    QCOMPARE(std::ranges::count(csv, '\n'), 1 + 3 * std::ssize(rows));
  }

  void aModelOfOtherSoftwareIsProbedOnDataThatAreNamed() {
    const QStringList command{"predictions", "--model", foreign(), "--data", "digits", "--layer", "1"};
    const auto json = ask(command).json();
    QCOMPARE(json["layers"].size(), size_t{1});
    QVERIFY(json["rows"].size() > 100 && json["labels"].size() == json["rows"].size());
    const CliResult unnamed = ask({"predictions", "--model", foreign()});
    QCOMPARE(unnamed.code, 1);
    QVERIFY2(unnamed.err.find("Name a data set") != std::string::npos, unnamed.err.c_str());
  }

  void wrongUsageIsSaid() {
    QCOMPARE(ask({}).code, 2);
    QCOMPARE(ask({"complete"}).code, 2);
    QCOMPARE(ask({"complete", "--model", "tiny", "--top-p", "0"}).code, 2);
    for (const char* verb : {"complete", "surprise", "next", "attention", "neighbours", "map", "predictions", "film"}) {
      const CliResult help = runCli({"studio", verb, "--help"});
      QVERIFY(help.code == 0 && help.out.find("--model") != std::string::npos);
    }
  }

  /// With a real model, through the engine: pinned, the workspace opened again, drawn again.
  void aPinnedDrawingIsDrawnAgain() {
    RunStore store(folder_.path(), StoreMode::ReadWrite);
    const RunId run = store.find("tiny").value();
    const CheckpointRow row = store.checkpoints(run).back();
    const fs::path checkpoint = store.folder(run) / row.file;
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    const auto model = engine->openModel(checkpoint);
    DrawRequest request{
        .picture = std::vector<Token>(64, 1), .paint = presetMask("random", 8, 8, 0.6), .candidates = 3};
    request.seed = 77;
    request.temperature = 1.3;
    std::vector<PinId> pins;
    for (const bool conditioned : {false, true}) {
      request.conditioned = conditioned;
      request.particles = 8;
      const Drawing drawing = model->draw(request, {}, {});
      pins.push_back(store.pin(pinnedDrawing(*model, run, row, checkpoint, request, drawing, 2)));
    }
    const RunStore again(folder_.path(), StoreMode::ReadOnly);
    const std::unique_ptr<Engine> fresh(scanlineMakeEngine());
    for (const PinId pin : pins) {
      const auto pinned = again.pinned(pin);
      QVERIFY(pinned.has_value());
      QVERIFY(drawAgain(*fresh->openModel(checkpointOf(again, *pinned)), *pinned, {}, {}).isSame);
      PinnedDrawing other = *pinned;
      other.request.seed = 78;
      QVERIFY(!drawAgain(*model, other, {}, {}).isSame);
    }
  }

  void aCheckpointThatIsDeletedIsSaid() {
    const RunStore store(folder_.path(), StoreMode::ReadOnly);
    const RunId run = store.find("tiny").value();
    fs::remove(store.folder(run) / store.checkpoints(run).front().file);
    const CliResult result =
        ask({"complete", "--model", "tiny", "--step", QString::number(store.checkpoints(run).front().step)});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.err.find(store.checkpoints(run).front().file) != std::string::npos, result.err.c_str());
    const auto steps = ask({"film", "--model", "tiny", "--candidates", "1"}).json()["steps"].size();
    QCOMPARE(steps, store.checkpoints(run).size() - 1);  // the others
  }
};

QTEST_APPLESS_MAIN(CliStudioTest)
#include "cli_studio_test.moc"
