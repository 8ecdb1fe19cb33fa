#include "core/jobs/export.h"

#include <QTest>
#include <cmath>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/formats/safetensors.h"
#include "core/jobs/import.h"
#include "core/spec/spec_text.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;
const ImportOptions kWithPalette{.name = {}, .palette = kGolden / "kmeans_centers.npy", .settings = {}};

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

SampleSet sampleSet(bool completions) {
  SampleSet set{.step = 4, .width = 2, .height = 2, .given = completions ? 2 : 0, .perPrompt = 2};
  if (completions) set.originals = {{0, 1, 2, 300}};
  set.samples = {{1, 1, 1, 1}, {2, 2, 2, 2}};
  if (completions) set.originalNats = {1.5};
  set.sampleNats = {0.1, std::nan("")};
  return set;
}

/// A finished run with something of everything.
RunId makeRun(RunStore& store) {
  RunSpec spec;
  spec.name = "first";
  const RunId run = store.create(toToml(spec));
  store.rename(run, "second, renamed");
  RunPrepared prepared;
  prepared.trainImages = 90;
  prepared.validationImages = 10;
  prepared.testImages = 5;
  prepared.positions = 4;
  prepared.width = prepared.height = 2;
  prepared.parameters = 77;
  prepared.classNames = {"cat", "dog"};
  prepared.palette = {{-1, 0, 1}, {0.1F, 0.2F, 0.3F}};
  prepared.environment = {{"Cores", "2"}};
  ProbeResult probe{.step = 4, .layer = 1, .accuracy = 0.1, .trainAccuracy = 1.0 / 3, .loss = 2, .classes = 2};
  probe.confusion = {{0, 0, 1}, {1, 0, 3}, {1, 1, 4}};
  probe.testAccuracy = 0.25;
  probe.iterations = 7;
  probe.converged = true;
  probe.l2 = 0.125;
  probe.joined = 3;
  SampleSet decoded = sampleSet(true);
  decoded.step = 5;
  decoded.pixelWidth = decoded.pixelHeight = 1;
  decoded.originalPixels = {{1, 2, 255}};
  decoded.samplePixels = {{0, 16, 9}, {4, 5, 6}};
  decoded.truePixels = {{9, 8, 7}};
  const std::vector<TrainEvent> events{prepared,
                                       StateChanged{RunState::Running, ""},
                                       StepStats{1, 2.5, 1e-3, 0.7, 100},
                                       StepStats{2, HUGE_VAL, 1.0 / 3, std::nan(""), 1e-300},
                                       Evaluation{2, 0.1, 0.5},
                                       Scalars{3, {{"other, quantity", -0.0}}},
                                       probe,
                                       LowDataResult{4, 1, 2, 0.3, 0.1},
                                       CodebookUse{2, {3, 0, 5}},
                                       sampleSet(false),
                                       sampleSet(true),
                                       decoded,
                                       StateChanged{RunState::Finished, ""}};
  std::vector<int64_t> times;
  for (size_t i = 0; i < events.size(); ++i) times.push_back(1'700'000'000'000 + static_cast<int64_t>(i));
  store.append(run, events, times);
  store.setTags(run, {"blue"});
  store.setNote(run, "a \"note\"\nof two lines");
  return run;
}

void compareSeries(const RunStore& store, RunId a, RunId b) {
  const auto left = store.summaries(a), right = store.summaries(b);
  QCOMPARE(right.size(), left.size());
  for (size_t s = 0; s < left.size(); ++s) {
    QCOMPARE(right[s].name, left[s].name);
    const auto from = store.points(a, left[s].name, -1), to = store.points(b, left[s].name, -1);
    QCOMPARE(to.size(), from.size());
    for (size_t i = 0; i < from.size(); ++i)
      QVERIFY(from[i].step == to[i].step && same(from[i].value, to[i].value) && from[i].timeMs == to[i].timeMs);
  }
}

void compareProbes(const RunStore& store, RunId a, RunId b, bool withConfusion) {
  const auto left = store.probes(a, -1), right = store.probes(b, -1);
  QCOMPARE(right.size(), 1UL);
  const ProbeResult &l = left.at(0), &r = right.at(0);
  QVERIFY(l.step == r.step && l.layer == r.layer && l.accuracy == r.accuracy && l.trainAccuracy == r.trainAccuracy &&
          l.loss == r.loss && l.classes == r.classes && l.joined == r.joined && l.testAccuracy == r.testAccuracy &&
          l.iterations == r.iterations && l.converged == r.converged && l.l2 == r.l2);
  if (withConfusion) QCOMPARE(r.confusion, l.confusion);
}

void compareLowData(const RunStore& store, RunId run) {
  const auto rows = store.lowData(run);
  QCOMPARE(rows.size(), 1UL);
  const LowDataResult& r = rows[0];
  QVERIFY(r.labelsPerClass == 4 && r.subset == 1 && r.layer == 2 && r.accuracy == 0.3 && r.loss == 0.1);
}

void compareSamples(const RunStore& store, RunId a, RunId b, int64_t step, bool completions) {
  const auto left = store.samples(a, step, completions), right = store.samples(b, step, completions);
  QVERIFY(left && right);
  QVERIFY(left->originals == right->originals && left->samples == right->samples && left->given == right->given);
  QVERIFY(left->originalPixels == right->originalPixels && left->samplePixels == right->samplePixels);
  QVERIFY(left->truePixels == right->truePixels);
  QCOMPARE(right->sampleNats.size(), left->sampleNats.size());
  for (size_t i = 0; i < left->sampleNats.size(); ++i) QVERIFY(same(left->sampleNats[i], right->sampleNats[i]));
}

}  // namespace

class ExportTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  RunStore store_{folder_ / "workspace", StoreMode::ReadWrite};

 private slots:
  void jsonMakesAnEqualRun() {
    const RunId from = makeRun(store_);
    exportJson(store_, from, folder_ / "run.json");
    const auto result = importPath(store_, folder_ / "run.json");
    const RunId to = result.runs.at(0);
    const RunDetails left = store_.details(from), right = store_.details(to);
    QCOMPARE(right.specToml, left.specToml);
    QCOMPARE(right.summary.name, left.summary.name);
    QCOMPARE(right.summary.note, left.summary.note);
    QCOMPARE(right.summary.tags, (std::vector<std::string>{"blue", "imported"}));
    QCOMPARE(right.summary.step, left.summary.step);
    QCOMPARE(right.summary.state, RunState::Finished);
    QCOMPARE(right.summary.startedMs, left.summary.startedMs);
    QCOMPARE(right.summary.endedMs, left.summary.endedMs);
    QCOMPARE(right.summary.parameters, left.summary.parameters);
    QVERIFY(right.prepared.trainImages == 90 && right.prepared.validationImages == 10 &&
            right.prepared.testImages == 5);
    QVERIFY(right.prepared.palette == left.prepared.palette && right.prepared.classNames == left.prepared.classNames &&
            right.prepared.environment == left.prepared.environment);
    compareSeries(store_, from, to);
    compareProbes(store_, from, to, true);
    compareLowData(store_, to);
    QCOMPARE(store_.codebookUse(to, -1).at(0).step, 2);
    QCOMPARE(store_.codebookUse(to, -1).at(0).counts, (std::vector<int64_t>{3, 0, 5}));
    compareSamples(store_, from, to, 4, false);
    compareSamples(store_, from, to, 4, true);
    compareSamples(store_, from, to, 5, true);
  }

  void tablesMakeARunWithEqualCurves_data() {
    QTest::addColumn<bool>("byFile");
    QTest::newRow("folder") << false;
    QTest::newRow("series.csv") << true;
  }
  void tablesMakeARunWithEqualCurves() {
    QFETCH(const bool, byFile);
    const RunId from = makeRun(store_);
    const fs::path folder = exportCsv(store_, from, folder_ / "tables");
    const RunId to = importPath(store_, byFile ? folder / "series.csv" : folder).runs.at(0);
    QCOMPARE(store_.details(to).specToml, store_.details(from).specToml);
    compareSeries(store_, from, to);
    compareProbes(store_, from, to, false);
    compareLowData(store_, to);
    const RunSummary run = store_.run(to);
    QCOMPARE(run.step, 3);
    QCOMPARE(run.startedMs, 1'700'000'000'002);  // its first point
    QCOMPARE(run.endedMs, 1'700'000'000'005);
  }

  /// Neither other people's files nor those of an earlier export.
  void tablesTouchNothingThatWasThere() {
    const fs::path chosen = folder_ / "chosen";
    fs::create_directory(chosen);
    const std::vector<std::string> names{"series.csv", "probes.csv", "low_data.csv", "samples.csv", "spec.toml"};
    for (const std::string& name : names) writeFileAtomically(chosen / name, "mine");
    const fs::path first = exportCsv(store_, makeRun(store_), chosen);
    QCOMPARE(first, chosen / "second, renamed");
    const std::string series = readFile(first / "series.csv", 1 << 20);
    const RunId empty = store_.create(toToml(RunSpec()));
    store_.rename(empty, "second, renamed");
    const fs::path second = exportCsv(store_, empty, chosen);
    QCOMPARE(second, chosen / "second, renamed 2");
    for (const std::string& name : names) {
      QCOMPARE(readFile(chosen / name, 100), std::string("mine"));
      QVERIFY2(fs::exists(first / name), name.c_str());
      QCOMPARE(fs::exists(second / name), name == "spec.toml");
    }
    QCOMPARE(readFile(first / "series.csv", 1 << 20), series);
  }

  void aModelIsNotReplaced() {
    const RunId run = importPath(store_, kGolden / "hf", kWithPalette).runs.at(0);
    const fs::path checkpoint = store_.folder(run) / store_.checkpoints(run).at(0).file, folder = folder_ / "model";
    fs::create_directory(folder);
    for (const char* name : {"config.json", "model.safetensors", "generation_config.json"}) {
      writeFileAtomically(folder / name, "mine");
      QVERIFY_THROWS_EXCEPTION(Error, exportHuggingFace(checkpoint, folder));
      QCOMPARE(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
      QCOMPARE(readFile(folder / name, 100), std::string("mine"));
      fs::remove(folder / name);
    }
    writeFileAtomically(folder / "README.md", "mine");
    exportHuggingFace(checkpoint, folder);
    QVERIFY(fs::exists(folder / "README.md"));
  }

  void damagedTablesOfOursAreRefused_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("other columns") << "low_data.csv"
                                   << "labels,subset\n1,2\n"
                                   << "its columns are labels,subset; Scanline writes";
    const QString header = "labels_per_class,subset,layer,accuracy,loss\n";
    QTest::newRow("a cell less") << "low_data.csv" << header + "4,1,2,0.3\n"
                                 << "line 2 has another number of cells";
    QTest::newRow("no whole number") << "low_data.csv" << header + "4.5,1,2,0.3,0.1\n"
                                     << "line 2 has no whole number";
    QTest::newRow("no number") << "low_data.csv" << header + "4,1,2,good,0.1\n"
                               << "line 2 has no number";
  }
  void damagedTablesOfOursAreRefused() {
    QFETCH(const QString, file);
    QFETCH(const QString, text);
    QFETCH(const QString, sentence);
    const fs::path folder = exportCsv(store_, makeRun(store_), folder_ / "damaged tables");
    writeFileAtomically(folder / file.toStdString(), text.toStdString());
    const auto before = store_.runs().size();
    try {
      importPath(store_, folder);
      QFAIL("it was imported");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(sentence), error.what());
    }
    QCOMPARE(store_.runs().size(), before);
  }

  void natsOfSamplesAreATable() {
    const fs::path folder = exportCsv(store_, makeRun(store_), folder_ / "nats");
    const std::string text = readFile(folder / "samples.csv", 1 << 20);
    QCOMPARE(text, std::string("step,given,picture,index,nats\n"
                               "4,0,sample,0,0.1\n4,0,sample,1,nan\n"
                               "4,2,original,0,1.5\n4,2,sample,0,0.1\n4,2,sample,1,nan\n"
                               "5,2,original,0,1.5\n5,2,sample,0,0.1\n5,2,sample,1,nan\n"));
  }

  PinnedDrawing drawingOf(RunId run) const {
    PinnedDrawing drawing{.run = run,
                          .step = 2,
                          .checkpoint = "checkpoints/step-2.safetensors",
                          .identity = "ab",
                          .across = 2,
                          .down = 1,
                          .candidate = 1,
                          .drawn = {7, 400},
                          .nats = std::nan(""),
                          .pixelsAcross = 1,
                          .pixelsDown = 1,
                          .pixels = {0, 128, 255},
                          .note = "a \"note\"",
                          .createdMs = 1'700'000'000'000};
    drawing.request = {.picture = {7, 0}, .paint = {0, 1}, .candidates = 2, .temperature = 0.1, .topP = 1.0 / 3};
    drawing.request.seed = UINT64_MAX;
    drawing.request.conditioned = true;
    drawing.request.bf16Cache = true;
    return drawing;
  }

  void pinnedDrawingsGoAlong() {
    const RunId from = makeRun(store_);
    store_.pin(drawingOf(from));
    exportJson(store_, from, folder_ / "pinned.json");
    const auto pins = store_.pins(importPath(store_, folder_ / "pinned.json").runs.at(0));
    QCOMPARE(pins.size(), size_t{1});
    const PinnedDrawing expected = drawingOf(from), &found = pins[0];
    QCOMPARE(found.step, expected.step);
    QCOMPARE(found.checkpoint, expected.checkpoint);
    QCOMPARE(found.identity, expected.identity);
    QCOMPARE(found.request.picture, expected.request.picture);
    QCOMPARE(found.request.paint, expected.request.paint);
    QCOMPARE(found.request.seed, expected.request.seed);
    QCOMPARE(found.request.temperature, expected.request.temperature);
    QCOMPARE(found.request.topP, expected.request.topP);
    QCOMPARE(found.request.conditioned, expected.request.conditioned);
    QCOMPARE(found.request.bf16Cache, expected.request.bf16Cache);
    QCOMPARE(found.candidate, expected.candidate);
    QCOMPARE(found.drawn, expected.drawn);
    QVERIFY(std::isnan(found.nats));
    QCOMPARE(found.pixels, expected.pixels);
    QCOMPARE(found.note, expected.note);
    QCOMPARE(found.createdMs, expected.createdMs);

    // Versions before this one wrote none.
    std::string text = readFile(folder_ / "pinned.json", 1 << 20);
    text.erase(text.find(",\"pins\":["));
    writeFileAtomically(folder_ / "older.json", text + "}");
    QVERIFY(store_.pins(importPath(store_, folder_ / "older.json").runs.at(0)).empty());
    // A file that is no drawing makes no run.
    const auto before = store_.runs().size();
    text = readFile(folder_ / "pinned.json", 1 << 20);
    text.replace(text.find("\"mask\":[0,1]"), 12, "\"mask\":[0,0]");
    writeFileAtomically(folder_ / "damaged.json", text);
    QVERIFY_THROWS_EXCEPTION(Error, importPath(store_, folder_ / "damaged.json"));
    QCOMPARE(store_.runs().size(), before);
  }

  void damagedRunFilesAreRefused() {
    exportJson(store_, makeRun(store_), folder_ / "sound.json");
    const std::string sound = readFile(folder_ / "sound.json", 1 << 20);
    const auto before = store_.runs().size();
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"width\":2", "\"width\":3"},
                                   {"\"confusion\":[[0,0,1],", "\"confusion\":[[0,0,0],"},
                                   {"\"confusion\":[[0,0,1],", "\"confusion\":[[2,0,1],"},
                                   {"\"confusion\":[[0,0,1],", "\"confusion\":[[1,1,1],"},
                                   {"\"confusion\":[[0,0,1],", "\"confusion\":[[0,0],"},
                                   {"\"confusion\":[[0,0,1],[1,0,3],[1,1,4]]", "\"confusion\":[1,0,3]"},
                                   {"\"confusion\":[[0,0,1],[1,0,3],[1,1,4]]", "\"confusion\":[1,0,-3,4]"},
                                   {"\"lowData\":[", "\"lowData\":[1,"},
                                   {"\"probes\":[", "\"probes\":7,\"more\":["},
                                   {"\"name\":\"second", "\"name\":\"first\",\"name\":\"second"},
                                   {"\"step\":4,", "\"step\":4,\"step\":4,"},
                                   {"\"perPrompt\":2", "\"perPrompt\":-2"},
                                   {"\"perPrompt\":2", "\"perPrompt\":3"},
                                   {"\"given\":0", "\"given\":-1"},
                                   {"\"pixelHeight\":1,\"pixelWidth\":1", "\"pixelHeight\":-1,\"pixelWidth\":-1"},
                                   {"001009", "0010"},
                                   {"001009", "00x009"},
                                   {"[1,2.5,", "[\"x\",2.5,"},
                                   {"\"inf\"", "\"infinite\""}}) {
      std::string text = sound;
      for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
      QVERIFY2(text != sound, from.c_str());
      writeFileAtomically(folder_ / "damaged.json", text);
      QVERIFY_THROWS_EXCEPTION(Error, importPath(store_, folder_ / "damaged.json"));
      QCOMPARE(store_.runs().size(), before);
    }
  }

  /// As versions before 2 wrote them.
  void wholeConfusionMatricesAreRead() {
    const RunId from = makeRun(store_);
    exportJson(store_, from, folder_ / "old.json");
    std::string text = readFile(folder_ / "old.json", 1 << 20);
    const auto replace = [&](const std::string& what, const std::string& with) {
      QVERIFY2(text.find(what) != std::string::npos, what.c_str());
      text.replace(text.find(what), what.size(), with);
    };
    replace("\"scanlineRun\":2", "\"scanlineRun\":1");
    replace("[[0,0,1],[1,0,3],[1,1,4]]", "[1,0,3,4]");
    writeFileAtomically(folder_ / "old.json", text);
    compareProbes(store_, from, importPath(store_, folder_ / "old.json").runs.at(0), true);
  }

  /// A probe keeps the scored pairs, not the square of its classes.
  void aThousandClassesNeedSomeKilobytes() {
    constexpr int kProbes = 100, kImages = 100;
    TempFolder folder;
    RunStore store(folder / "workspace", StoreMode::ReadWrite);
    RunSpec spec;
    const RunId from = store.create(toToml(spec));
    std::vector<TrainEvent> events;
    for (int step = 1; step <= kProbes; ++step) {
      ProbeResult probe{.step = step, .accuracy = 0.01, .classes = 1000};
      for (int image = 0; image < kImages; ++image)
        probe.confusion.push_back({image * 10, (image * 7 + step) % 1000, 1});
      events.emplace_back(std::move(probe));
    }
    store.append(from, events);
    exportJson(store, from, folder / "r.json");
    QVERIFY(fs::file_size(folder / "r.json") < kProbes * 3000);
    const RunId to = importPath(store, folder / "r.json").runs.at(0);
    QVERIFY(store.probes(to, -1) == store.probes(from, -1));
    uint64_t bytes = 0;
    for (const auto& file : fs::directory_iterator(folder / "workspace"))
      if (file.is_regular_file()) bytes += file.file_size();
    QVERIFY2(bytes < 2 * kProbes * 12000, qPrintable(QString::number(bytes)));  // database and log of both runs
  }

  /// More bytes than were read at once before, in an order of keys that is not ours.
  void aFileOfAnySizeIsReadAsAStream() {
    const RunId from = makeRun(store_);
    exportJson(store_, from, folder_ / "run.json");
    const std::string text = readFile(folder_ / "run.json", 1 << 20);
    const size_t spec = text.find(",\"spec\":"), after = text.find(",\"startedMs\"");
    QVERIFY(spec < after && after != std::string::npos);
    {
      std::ofstream large(folder_ / "large.json", std::ios::binary);
      large << "{\n";
      const std::string blanks(30 << 20, ' ');
      const std::string rest = text.substr(1, spec - 1) + text.substr(after, text.size() - 1 - after);
      size_t begin = 0;
      for (int i = 0; i < 9; ++i) {
        const size_t end = rest.find(",\"", begin + 1);  // between members, of any object
        large << rest.substr(begin, end - begin) << blanks;
        begin = end;
      }
      large << rest.substr(begin) << text.substr(spec, after - spec) << "}";
    }
    QVERIFY(fs::file_size(folder_ / "large.json") > (uint64_t{256} << 20));
    largestAllocation = 0;
    const RunId to = importPath(store_, folder_ / "large.json").runs.at(0);
    QVERIFY2(largestAllocation < 64 << 20, qPrintable(QString::number(largestAllocation)));
    QCOMPARE(store_.details(to).specToml, store_.details(from).specToml);
    compareSeries(store_, from, to);
    compareProbes(store_, from, to, true);
    compareSamples(store_, from, to, 5, true);
  }

  void anImportThatIsStoppedLeavesNothing() {
    const RunId run = makeRun(store_);
    std::vector<TrainEvent> many;
    for (int64_t step = 10; step < 120'000; ++step) many.emplace_back(Scalars{step, {{"many", 0.1}}});
    store_.append(run, many);
    exportJson(store_, run, folder_ / "long.json");
    const auto before = store_.runs().size();
    int64_t last = 0;
    ImportOptions options;
    options.control = Control({.report = [&](int64_t done, int64_t total) {
      QVERIFY(done >= last && total == static_cast<int64_t>(fs::file_size(folder_ / "long.json")));
      last = done;
      if (done > total / 2) throw Stopped();
    }});
    QVERIFY_THROWS_EXCEPTION(Stopped, importPath(store_, folder_ / "long.json", options));
    QVERIFY(last > 1 << 20);
    QCOMPARE(store_.runs().size(), before);
  }

  void sizesOfAFileAreNotTrusted() {
    exportJson(store_, makeRun(store_), folder_ / "run.json");
    const std::string text = readFile(folder_ / "run.json", 1 << 20);
    const auto refusal = [&](const std::string& record) {
      std::string with = text;
      writeFileAtomically(folder_ / "hostile.json", with.insert(with.find("\"probes\":[") + 10, record));
      try {
        importPath(store_, folder_ / "hostile.json");
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string("it was imported");
    };
    const auto before = store_.runs().size();
    QVERIFY(refusal("\"" + std::string(70 << 20, 'x') + "\",").find("a text of more than 64 MB") != std::string::npos);
    std::string many = "[0";
    for (int i = 0; i < 9'000'000; ++i) many += ",0";
    QVERIFY(refusal(many + "],").find("more than 128 MB of memory") != std::string::npos);
    QVERIFY(refusal(std::string(5000, '[')).find("nested more than 16 levels") != std::string::npos);
    QCOMPARE(store_.runs().size(), before);
  }

  /// The weights of a folder that is imported and exported again are those that were there, and so is the palette.
  void aModelGoesOutAsItCameIn_data() {
    QTest::addColumn<QString>("path");
    for (const char* path : {"hf", "hf_bias", "tf/model.ckpt-1000"}) QTest::newRow(path) << path;
  }
  void aModelGoesOutAsItCameIn() {
    QFETCH(const QString, path);
    const auto from = readForeignModel(kGolden / path.toStdString());
    const RunId run = importPath(store_, kGolden / path.toStdString(), kWithPalette).runs.at(0);
    const fs::path out = folder_ / "out";
    fs::remove_all(out);
    QVERIFY(exportHuggingFace(store_.folder(run) / store_.checkpoints(run).at(0).file, out).empty());
    const auto to = readHuggingFaceModel(out);
    QCOMPARE(to.layers, from.layers);
    QCOMPARE(to.heads, from.heads);
    QCOMPARE(to.bias, from.bias);
    QCOMPARE(to.arrays.size(), from.arrays.size());
    for (const FloatArray& array : from.arrays) {
      const auto twin = std::ranges::find(to.arrays, array.name, &FloatArray::name);
      QVERIFY(twin != to.arrays.end());
      QVERIFY2(twin->shape == array.shape && twin->values == array.values, array.name.c_str());
    }
    const auto preprocessor = readPreprocessor(out).value();
    QVERIFY(preprocessor.palette == loadPalette(kWithPalette.palette));
    QCOMPARE(preprocessor.width * preprocessor.height, from.positions);
  }

  /// The names, shapes and numbers that transformers wrote.
  void theWeightsFileIsTheirs() {
    const RunId run = importPath(store_, kGolden / "hf", kWithPalette).runs.at(0);
    exportHuggingFace(store_.folder(run) / store_.checkpoints(run).at(0).file, folder_ / "twin");
    const SafetensorsFile ours(folder_ / "twin/model.safetensors"), theirs(kGolden / "hf/model.safetensors");
    QCOMPARE(ours.names(), theirs.names());
    QCOMPARE(ours.metadata().at("format"), std::string("pt"));
    for (const auto& [name, view] : theirs.tensors()) {
      QVERIFY(ours.tensor(name).shape == view.shape);
      const bool equal = ours.floats(name, view.shape) == theirs.floats(name, view.shape);  // their zeros may be -0
      QVERIFY2(equal, name.c_str());
    }
  }

  void whatStaysBehindIsSaid() {
    const auto notesOf = [&](const char* key, const char* value) {
      ImportOptions options = kWithPalette;
      options.settings = {{key, value}};
      const RunId run = importPath(store_, kGolden / "hf", options).runs.at(0);
      return exportHuggingFace(store_.folder(run) / store_.checkpoints(run).at(0).file, folder_ / "noted");
    };
    const auto tuned = notesOf("kind", "finetune");
    QVERIFY2(tuned.size() == 1 && tuned[0].find("The classifier stays behind") == 0, "no note");
    QVERIFY(readPreprocessor(folder_ / "noted"));
    fs::remove_all(folder_ / "noted");
    const auto coded = notesOf("palette.vqvae", "coder");
    QVERIFY2(coded.size() == 1 && coded[0].find("codes of a VQ-VAE") != std::string::npos, "no note");
    QVERIFY(!readPreprocessor(folder_ / "noted"));  // codes are no colours
  }

  void aBertModelStaysHere() {
    const RunId run = importPath(store_, kGolden / "tf_bert", kWithPalette).runs.at(0);
    QVERIFY_THROWS_EXCEPTION(
        Error, exportHuggingFace(store_.folder(run) / store_.checkpoints(run).at(0).file, folder_ / "bert"));
    QVERIFY(!fs::exists(folder_ / "bert/config.json"));
  }
};

QTEST_APPLESS_MAIN(ExportTest)
#include "export_test.moc"
