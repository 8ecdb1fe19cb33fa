// Models of other programs in the terminal: their scores, and their completions of one's own pictures.
#include <QTest>
#include <cmath>

#include "core/foreign/model_weights.h"
#include "core/formats/npy.h"
#include "tests/core/foreign/renamed_model.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

namespace fs = std::filesystem;
using namespace scanline;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

QString text(const fs::path& path) {
  return QString::fromStdString(path.string());
}

double largestDifference(const fs::path& one, const fs::path& two) {
  const auto a = readNpy(one).values<float>(), b = readNpy(two).values<float>();
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max<double>(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

class CliForeignTest : public QObject {
  Q_OBJECT

 private slots:
  void wrappedNamesGiveTheSameLogits_data() {
    QTest::addColumn<QString>("part");
    QTest::addColumn<QString>("before");
    QTest::newRow("in front") << ""
                              << "_orig_mod.module.";
    QTest::newRow("inside") << "wte"
                            << "_orig_mod.";
  }
  void wrappedNamesGiveTheSameLogits() {
    QFETCH(const QString, part);
    QFETCH(const QString, before);
    const TempFolder folder;
    ModelCopy{
        .golden = "hf",
        .rename = [&](const std::string& name) { return withBefore(name, part.toStdString(), before.toStdString()); }}
        .write(folder / "m");
    const auto done = runCli({"score", text(folder / "m"), text(kGolden / "hf/tokens.npy"), "--logits",
                              text(folder / "l.npy"), "--threads", "1"});
    QVERIFY2(done.code == 0, done.err.c_str());
    QCOMPARE_LT(largestDifference(folder / "l.npy", kGolden / "hf/logits.npy"), 5e-5);
  }

  /// Features as of the full model; a command that needs the head says that there is none.
  void aBackboneHasFeaturesAndNoNats() {
    const TempFolder folder;
    ModelCopy{.golden = "hf",
              .rename = [](const std::string& name) { return plainTensorName(name); },
              .without = {"lm_head.weight"}}
        .write(folder / "m");
    const QStringList score{"score", text(folder / "m"), text(kGolden / "hf/tokens.npy"), "--threads", "1"};
    auto done = runCli(score + QStringList{"--features", text(folder / "f.npy")});
    QVERIFY2(done.code == 0, done.err.c_str());
    QVERIFY2(done.err.find("no head that predicts pixels") != std::string::npos, done.err.c_str());
    QCOMPARE_LT(largestDifference(folder / "f.npy", kGolden / "hf/features.npy"), 1e-5);
    const QString logits = text(folder / "l.npy");
    for (const QStringList& more : {QStringList(), {"--logits", logits}, {"--logits", logits, "--features", logits}}) {
      done = runCli(score + more);
      QCOMPARE(done.code, 1);
      QVERIFY2(done.err.find("has no head (lm_head.weight)") != std::string::npos, done.err.c_str());
    }
    const QStringList workspace{"--workspace", text(folder / "ws")};
    done = runCli(QStringList{"import", text(folder / "m"), "--palette", text(kGolden / "kmeans_centers.npy")} +
                  workspace);
    QVERIFY2(done.code == 0, done.err.c_str());
    done = runCli(QStringList{"complete", "m", "--each", "1"} + workspace);
    QCOMPARE(done.code, 1);
    QVERIFY2(done.err.find("has no head (lm_head.weight)") != std::string::npos, done.err.c_str());
    done = runCli(QStringList{"probe", "m", "--set", "data.name=digits", "--set", "probe.trainImages=100", "--set",
                              "probe.testImages=20", "--set", "probe.maxIterations=2", "--set", "threads=1"} +
                  workspace);
    QVERIFY2(done.code == 0, done.err.c_str());
  }

  /// Byte for byte the tokens of the model's processor, for pictures of any shape.
  void onesOwnPictureBecomesTheProcessorsTokens() {
    const TempFolder folder;
    ModelCopy{.golden = "hf"}.write(folder / "m");
    fs::copy_file(kGolden / "hf_processor/preprocessor_config.json", folder / "m/preprocessor_config.json");
    const QStringList workspace{"--workspace", text(folder / "ws")};
    auto done = runCli(QStringList{"import", text(folder / "m"), "--name", "small"} + workspace);
    QVERIFY2(done.code == 0, done.err.c_str());
    const auto ids = readNpy(kGolden / "hf_processor/ids.npy").values<int64_t>();
    for (size_t i = 0; i < 3; ++i) {
      done = runCli(QStringList{"complete", "small", "--images",
                                text(kGolden / "hf_processor" / ("image" + std::to_string(i) + ".png")), "--each", "1",
                                "--json"} +
                    workspace);
      QVERIFY2(done.code == 0, done.err.c_str());
      const auto sample = done.json()["samples"][0].get<std::vector<int64_t>>();
      QVERIFY(std::equal(sample.begin(), sample.begin() + 32, ids.begin() + static_cast<ptrdiff_t>(64 * i)));
    }
  }

  void tokensMayStandInRowsAndColumns() {
    const TempFolder folder;
    const auto tokens = readNpy(kGolden / "hf/tokens.npy");
    writeNpy<int64_t>(folder / "t.npy", std::vector<int64_t>{tokens.shape[0], 8, 8}, tokens.values<int64_t>());
    const auto flat =
        runCli({"score", text(kGolden / "hf"), text(kGolden / "hf/tokens.npy"), "--threads", "1", "--json"});
    const auto square = runCli({"score", text(kGolden / "hf"), text(folder / "t.npy"), "--threads", "1", "--json"});
    QVERIFY2(square.code == 0, square.err.c_str());
    QCOMPARE(square.json()["nats"], flat.json()["nats"]);
  }

  /// `import m`, then `complete m` in the same folder.
  void aRunIsToldFromTheFolderThatItCameFrom() {
    const TempFolder folder;
    ModelCopy{.golden = "hf"}.write(folder / "m");
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    const QStringList workspace{"--workspace", text(folder / "ws")};
    const auto imported =
        runCli(QStringList{"import", "m", "--palette", text(kGolden / "kmeans_centers.npy")} + workspace);
    const auto done = runCli(QStringList{"complete", "m", "--each", "1"} + workspace);
    fs::current_path(before);
    QVERIFY2(imported.code == 0, imported.err.c_str());
    QVERIFY2(done.code == 0, done.err.c_str());
    QVERIFY2(done.err.find("m is a run and a folder; the run is taken") != std::string::npos, done.err.c_str());
  }
};

QTEST_GUILESS_MAIN(CliForeignTest)
#include "cli_foreign_test.moc"
