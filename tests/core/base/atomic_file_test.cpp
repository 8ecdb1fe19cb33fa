#include "core/base/atomic_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>

#include "core/base/error.h"

using namespace scanline;
namespace fs = std::filesystem;

class AtomicFileTest : public QObject {
  Q_OBJECT
 private slots:
  void whatIsWrittenIsReadBack() {
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a";
    writeFileAtomically(file, "first");
    writeFileAtomically(file, "second");
    QCOMPARE(readFile(file, 100), std::string("second"));
    QCOMPARE(std::distance(fs::directory_iterator(file.parent_path()), {}), 1);
  }

  void abandonedWriteLeavesTheOldFile() {
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a";
    writeFileAtomically(file, "old");
    {
      AtomicFile half(file);
      half.write("ne");
    }
    QCOMPARE(readFile(file, 100), std::string("old"));
    QVERIFY(!fs::exists(file.string() + ".part"));
  }

  void aFullDiskIsASentence() {
    AtomicFile* file = nullptr;
    QVERIFY_THROWS_EXCEPTION(Error, file = new AtomicFile("/dev/full/none"));
    delete file;
  }

  void tooLargeAndMissingFilesAreRefused() {
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a";
    writeFileAtomically(file, "12345");
    QVERIFY_THROWS_EXCEPTION(Error, readFile(file, 4));
    QVERIFY_THROWS_EXCEPTION(Error, readFile(file.string() + "-not", 4));
    QVERIFY_THROWS_EXCEPTION(Error, readFile(folder.path().toStdString(), 4));
  }
};

QTEST_APPLESS_MAIN(AtomicFileTest)
#include "atomic_file_test.moc"
