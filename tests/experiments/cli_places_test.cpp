// Where data lie: relative paths, the home folder, data that were moved or replaced.
#include <QTest>
#include <random>

#include "core/formats/npy.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

namespace fs = std::filesystem;

namespace {

/// 120 grey pictures of 8x8 and their three classes, decided by `seed`.
void writePictures(const fs::path& folder, unsigned seed) {
  fs::create_directories(folder);
  std::mt19937 random(seed);
  std::vector<uint8_t> pixels(120 * 64);
  for (auto& pixel : pixels) pixel = static_cast<uint8_t>(random());
  std::vector<int64_t> labels(120);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int64_t>(i % 3);
  const std::array<int64_t, 3> shape{120, 8, 8};
  const std::array<int64_t, 1> count{120};
  scanline::writeNpy<uint8_t>(folder / "x.npy", shape, pixels);
  scanline::writeNpy<int64_t>(folder / "x_labels.npy", count, labels);
}

CliResult runIn(const fs::path& folder, const QStringList& arguments, const fs::path& home = {}) {
  QProcess process;
  prepareCli(process, arguments);
  process.setWorkingDirectory(QString::fromStdString(folder.string()));
  if (!home.empty()) {
    auto environment = process.processEnvironment();
    environment.insert("HOME", QString::fromStdString(home.string()));
    process.setProcessEnvironment(environment);
  }
  process.start(QIODevice::ReadOnly);
  if (!process.waitForFinished(300'000) || process.exitStatus() != QProcess::NormalExit) return {};
  return {process.exitCode(), process.readAllStandardOutput().toStdString(),
          process.readAllStandardError().toStdString()};
}

bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

class CliPlacesTest : public QObject {
  Q_OBJECT

 private:
  QStringList train(const QString& path) const {
    return QStringList{"train", "quick-start", "--workspace", workspace()} + kTiny +
           QStringList{"--set", "data.name=npy", "--set", "data.path=" + path, "--set", "data.limit=0"};
  }
  QStringList probe() const { return {"probe", "tiny", "--store", "--workspace", workspace(), "--json"}; }
  QString workspace() const { return QString::fromStdString((*folder_ / "runs").string()); }

  std::unique_ptr<TempFolder> folder_;

 private slots:
  void init() {
    folder_ = std::make_unique<TempFolder>();
    writePictures(*folder_ / "here", 1);
    writePictures(*folder_ / "there", 2);
  }
  void cleanup() { folder_.reset(); }

  void aRelativePathMeansTheSamePlaceFromEveryFolder() {
    const CliResult trained = runIn(*folder_ / "here", train("x.npy"));
    QVERIFY2(trained.code == 0, trained.err.c_str());
    const CliResult fromAbove = runIn(folder_->path(), probe());
    QVERIFY2(fromAbove.code == 0, fromAbove.err.c_str());
    // A folder with a file of the same name does not take the place of the data.
    const CliResult fromThere = runIn(*folder_ / "there", probe());
    QVERIFY2(fromThere.code == 0, fromThere.err.c_str());
    const CliResult shown = runIn(folder_->path(), {"show", "tiny", "--workspace", workspace()});
    QVERIFY2(says(shown.out, (*folder_ / "here" / "x.npy").c_str()), shown.out.c_str());
  }

  void otherImagesInTheSamePlaceAreRefused() {
    QCOMPARE(runIn(*folder_ / "here", train("x.npy")).code, 0);
    writePictures(*folder_ / "here", 3);
    const CliResult probed = runIn(folder_->path(), probe());
    QCOMPARE(probed.code, 1);
    QVERIFY2(says(probed.err + probed.out, "are not those that \"tiny\" learnt from"), probed.err.c_str());
  }

  void dataThatWereMovedAreFoundByTheirNewPlace() {
    QCOMPARE(runIn(*folder_ / "here", train("x.npy")).code, 0);
    fs::rename(*folder_ / "here", *folder_ / "moved");
    QCOMPARE(runIn(folder_->path(), probe()).code, 1);
    const CliResult probed = runIn(folder_->path(), probe() << "--set"
                                                            << "data.path=moved/x.npy");
    QVERIFY2(probed.code == 0, probed.err.c_str());
  }

  void aRunGoesOnWithDataThatWereMovedAndWithNoOthers() {
    QStringList stopped = train("x.npy");
    stopped << "--set"
            << "train.steps=400"
            << "--set"
            << "train.checkpointEvery=1";
    QProcess process;
    prepareCli(process, stopped);
    process.setWorkingDirectory(QString::fromStdString((*folder_ / "here").string()));
    process.start(QIODevice::ReadOnly);
    const fs::path runs = *folder_ / "runs" / "runs";
    const auto hasCheckpoint = [&] {
      std::error_code error;
      for (const auto& entry : fs::recursive_directory_iterator(runs, error))
        if (entry.path().extension() == ".safetensors") return true;
      return false;
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasCheckpoint(), 120'000);
    process.kill();
    process.waitForFinished();

    fs::rename(*folder_ / "here", *folder_ / "moved");
    const QStringList resume{"resume", "tiny", "--workspace", workspace()};
    QVERIFY(runIn(folder_->path(), resume).code != 0);
    const CliResult other = runIn(folder_->path(), QStringList(resume) << "--set"
                                                                       << "data.path=there/x.npy");
    QCOMPARE(other.code, 1);
    QVERIFY2(says(other.err + other.out, "are not those that this run learnt from"), other.err.c_str());
    const CliResult wrong = runIn(folder_->path(), QStringList(resume) << "--set"
                                                                       << "seed=2");
    QCOMPARE(wrong.code, 2);
    const CliResult resumed = runIn(folder_->path(), QStringList(resume) << "--set"
                                                                         << "data.path=moved/x.npy");
    QVERIFY2(resumed.code == 0, resumed.err.c_str());
  }

  void theHomeFolderIsMeantByItsSign() {
    const fs::path home = *folder_ / "home";
    writePictures(home / "pictures", 1);
    const CliResult info = runIn(folder_->path(), {"data", "info", "npy", "--set", "data.path=~/pictures/x.npy"}, home);
    QVERIFY2(info.code == 0, info.err.c_str());
    fs::create_directories(home / "ws");
    const CliResult runs = runIn(folder_->path(), {"runs", "--workspace=~/ws"}, home);
    QVERIFY2(runs.code == 0, runs.err.c_str());
    QVERIFY2(runs.out.find("no runs in " + (home / "ws").string()) != std::string::npos, runs.out.c_str());
    QVERIFY(!fs::exists(*folder_ / "~"));
    // In a file of settings, too.
    std::FILE* spec = std::fopen((*folder_ / "my.toml").c_str(), "w");
    std::fputs("[data]\nname = \"npy\"\npath = \"~/pictures/x.npy\"\n", spec);
    std::fclose(spec);
    QStringList arguments{"train", QString::fromStdString((*folder_ / "my.toml").string()), "--workspace=~/ws"};
    const CliResult trained = runIn(folder_->path(), arguments + kTiny, home);
    QVERIFY2(trained.code == 0, trained.err.c_str());
    QVERIFY(fs::exists(home / "ws" / "scanline.db"));
  }

  void numbersWithACommaAreAskedAbout() {
    for (const auto& [setting, meant] :
         {std::pair{"optimizer.weightDecay=0,05", "Did you mean 0.05?"}, {"probe.every=1,000", "Did you mean 1000?"}}) {
      const CliResult result = runIn(folder_->path(), train("here/x.npy") << "--set" << setting);
      QCOMPARE(result.code, 2);
      QVERIFY2(says(result.err, meant), result.err.c_str());
    }
    QVERIFY(!fs::exists(*folder_ / "runs"));
  }
};

QTEST_GUILESS_MAIN(CliPlacesTest)
#include "cli_places_test.moc"
