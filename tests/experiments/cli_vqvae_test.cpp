// scanline-cli and VQ-VAEs: trained, looked at, and their codes completed, from outside.
#include <QTest>
#include <numeric>

#include "core/data/image_file.h"
#include "tests/experiments/cli_program.h"

using namespace scanline;

namespace {

const QStringList kShort{"--set", "data.limit=120",
                         "--set", "train.batchSize=10",
                         "--set", "threads=1",
                         "--set", "train.evaluateEvery=3",
                         "--set", "train.evaluateImages=8",
                         "--set", "train.steps=6",
                         "--set", "train.keepEvery=3",
                         "--set", "sample.prompts=2",
                         "--set", "train.checkpointEvery=3",
                         "--set", "device=cpu"};
const QStringList kCoder{"--set", "kind=vqvae",        "--set", "vqvae.stride=2", "--set", "vqvae.codes=6",
                         "--set", "vqvae.codeWidth=2", "--set", "vqvae.width=4",  "--set", "name=coder"};
const QStringList kOnCodes{
    "--set", "palette.vqvae=coder", "--set", "model.layers=1",         "--set", "model.width=8",
    "--set", "model.heads=1",       "--set", "probe.trainImages=60",   "--set", "probe.testImages=12",
    "--set", "probe.every=0",       "--set", "sample.unconditional=2", "--set", "name=on codes"};

}  // namespace

class CliVqvaeTest : public QObject, CliWorkspaceTest {
  Q_OBJECT

 private slots:
  void initTestCase() {
    for (const QStringList& settings : {kCoder, kOnCodes}) {
      const CliResult result = runCli(inWorkspace({"train", "quick-start"}) << kShort << settings);
      QVERIFY2(result.code == 0, result.err.c_str());
    }
    Image image{.width = 20, .height = 16, .rgb = std::vector<uint8_t>(960, 30)};
    std::fill_n(image.rgb.begin() + 300, 300, uint8_t{220});
    writePng(folder_ / "a.png", image);
    writePng(folder_ / "b.png", image);
  }

  void showTellsOfTheCodebook() {
    const CliResult result = runCli(inWorkspace({"show", "coder"}));
    QCOMPARE(result.code, 0);
    for (const char* part : {"mean squared error", "codebook, step 6:", "of 6 codes used", "4 x 4 in 6 codes"})
      QVERIFY2(result.out.find(part) != std::string::npos, (part + ("\n" + result.out)).c_str());
    const auto json = runCli(inWorkspace({"show", "coder", "--json"})).json();
    QCOMPARE(json["codebook"]["counts"].size(), size_t{6});
    QCOMPARE(json["series"]["vqvae/psnr"].size(), size_t{3});
  }

  void reconstructsImages() {
    const QStringList command{"vqvae", "reconstruct", "coder", "--images", file("a.png"), file("b.png")};
    const CliResult result = runCli(inWorkspace(command) << "--out" << file("grid.png") << "--scale"
                                                         << "3"
                                                         << "--json");
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    QCOMPARE(json["side"].get<int>(), 8);
    QCOMPARE(json["images"].size(), size_t{2});
    QCOMPARE(json["images"][0]["codes"].size(), size_t{16});
    QVERIFY(json["images"][0]["codes"] == json["images"][1]["codes"]);
    const Image grid = readImage(folder_ / "grid.png");
    QCOMPARE(grid.width, 2 * 8 * 3 + 2);  // two originals, and below them their reconstructions
    QCOMPARE(grid.height, 2 * 8 * 3 + 2);
    QVERIFY(runCli(inWorkspace(command)).out.find("dB") != std::string::npos);
  }

  void countsCodes() {
    const CliResult result =
        runCli(inWorkspace({"vqvae", "codes", "coder@3", "--split", "train", "--limit", "50", "--json"}));
    QVERIFY2(result.code == 0, result.err.c_str());
    const auto json = result.json();
    const auto counts = json["counts"].get<std::vector<int64_t>>();
    QCOMPARE(std::reduce(counts.begin(), counts.end()), int64_t{50 * 16});
    QCOMPARE(json["dead"].get<int64_t>(), std::ranges::count(counts, 0));
    QVERIFY(json["perplexity"].get<double>() >= 1 && json["perplexity"].get<double>() <= 6);
    QVERIFY(runCli(inWorkspace({"vqvae", "codes", "coder"})).out.find("of 6 codes used") != std::string::npos);
  }

  void completesOnCodes() {
    const CliResult result = runCli(inWorkspace({"complete", "on codes", "--images", file("a.png"), "--each", "2",
                                                 "--out", file("completed.png"), "--scale", "1", "--json"}));
    QVERIFY2(result.code == 0, result.err.c_str());
    QCOMPARE(result.json()["samples"][0].size(), size_t{16});
    const Image grid = readImage(folder_ / "completed.png");
    QCOMPARE(grid.width, 5 * 8 + 4 * 2);  // true, decoded, given, two completions: pixels, not codes
  }

  void theWrongKindIsSaid() {
    const CliResult codes = runCli(inWorkspace({"vqvae", "codes", "on codes"}));
    QCOMPARE(codes.code, 1);
    QVERIFY2(codes.err.find("is the checkpoint of an image GPT") != std::string::npos, codes.err.c_str());
    const CliResult complete = runCli(inWorkspace({"complete", "coder"}));
    QCOMPARE(complete.code, 1);
    QVERIFY2(complete.err.find("is the checkpoint of a VQ-VAE") != std::string::npos, complete.err.c_str());
    QCOMPARE(runCli({"vqvae"}).code, 2);
  }
};

QTEST_APPLESS_MAIN(CliVqvaeTest)
#include "cli_vqvae_test.moc"
