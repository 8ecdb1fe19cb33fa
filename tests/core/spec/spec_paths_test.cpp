#include "core/spec/spec_paths.h"

#include <QTest>
#include <filesystem>

using namespace scanline;

class SpecPathsTest : public QObject {
  Q_OBJECT
 private slots:
  void relativePathsAreOfTheCurrentFolder() {
    qputenv("HOME", "/home/me");
    const std::string here = std::filesystem::current_path().string();
    RunSpec spec;
    spec.data.path = "data/../pictures";
    spec.palette.path = "~/colours.npy";
    spec.palette.vqvae = "codes.safetensors";
    makePathsAbsolute(spec);
    QCOMPARE(spec.data.path, here + "/pictures");
    QCOMPARE(spec.palette.path, std::string("/home/me/colours.npy"));
    QCOMPARE(spec.palette.vqvae, here + "/codes.safetensors");
  }

  void whatIsNoRelativePathStays() {
    RunSpec spec;
    spec.data.path = "/pictures";
    spec.palette.vqvae = "my vqvae";  // a run
    makePathsAbsolute(spec);
    QCOMPARE(spec.data.path, std::string("/pictures"));
    QCOMPARE(spec.palette.path, std::string());
    QCOMPARE(spec.palette.vqvae, std::string("my vqvae"));
  }
};

QTEST_APPLESS_MAIN(SpecPathsTest)
#include "spec_paths_test.moc"
