#include "core/run/run_folder.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <vector>

#include "core/base/atomic_file.h"

using namespace scanline;
namespace fs = std::filesystem;

class RunFolderTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  fs::path root() const { return folder_.path().toStdString(); }

 private Q_SLOTS:
  /// Runs that were stored earlier name their files so.
  void checkpointsAreNamedByTheirStep() {
    QCOMPARE(checkpointFile(1200), std::string("checkpoints/step-1200.safetensors"));
    QVERIFY(isCheckpointName(checkpointFile(0)));
    QVERIFY(!isCheckpointName("checkpoints/mine.safetensors"));
    QVERIFY(!isCheckpointName(kModelFile));
    QVERIFY(fs::is_directory(makeCheckpointFolder(root() / "run")));
    QCOMPARE(makeCheckpointFolder(root() / "run"), (root() / "run" / checkpointFile(1)).parent_path());
  }

  void aLinkedFileOutlivesTheOtherName() {
    writeFileAtomically(root() / "a", "weights");
    linkOrCopy(root() / "a", root() / "sub/b");
    fs::remove(root() / "a");
    QCOMPARE(readFile(root() / "sub/b", 100), std::string("weights"));
    QVERIFY_THROWS_EXCEPTION(fs::filesystem_error, linkOrCopy(root() / "absent", root() / "c"));
  }

  void theBestHasTheHighestMerit() {
    QCOMPARE(meritOf(1.5, {}), -1.5);
    QCOMPARE(meritOf(1.5, 0.25), 0.25);  // a classifier is judged by its accuracy
    QVERIFY(bestOf(std::vector<double>{-2.0, -1.0, -1.0}) == 1UL);
    QVERIFY(bestOf(std::vector<double>{NAN, -7.0, NAN}) == 1UL);
    QVERIFY(!bestOf(std::vector<double>{NAN}));
    QVERIFY(!bestOf({}));
  }
};

QTEST_APPLESS_MAIN(RunFolderTest)
#include "run_folder_test.moc"
