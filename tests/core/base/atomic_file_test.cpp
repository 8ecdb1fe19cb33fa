#include "core/base/atomic_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/base/passing_error.h"

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
    QCOMPARE(std::distance(fs::directory_iterator(file.parent_path()), {}), 1);
  }

  void twoWritersOfOneFileDoNotMix() {
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a";
    AtomicFile first(file), second(file);
    first.write("first, ");
    second.write("second, ");
    first.write("whole");
    second.write("whole");
    first.commit();
    QCOMPARE(readFile(file, 100), std::string("first, whole"));
    second.commit();
    QCOMPARE(readFile(file, 100), std::string("second, whole"));
  }

  void aPartThatACrashLeftIsRemoved() {
    const QTemporaryDir folder;
    const fs::path place = folder.path().toStdString();
    for (const char* name : {".scanline-abcdef.part", ".scanline-fresh1.part", "a.part", ".scanline-abcdefg.part"})
      std::ofstream(place / name) << "half";
    const auto longAgo = fs::file_time_type::clock::now() - std::chrono::hours(2);
    for (const auto& entry : fs::directory_iterator(place))
      if (entry.path().filename() != ".scanline-fresh1.part") fs::last_write_time(entry.path(), longAgo);
    writeFileAtomically(place / "b", "whole");
    QVERIFY(!fs::exists(place / ".scanline-abcdef.part"));
    QVERIFY(fs::exists(place / ".scanline-fresh1.part"));  // its writer may only just have begun
    QVERIFY(fs::exists(place / "a.part"));                 // somebody else's
    QVERIFY(fs::exists(place / ".scanline-abcdefg.part"));
  }

  void aPartThatIsBeingWrittenStays() {
    const QTemporaryDir folder;
    const fs::path place = folder.path().toStdString();
    AtomicFile slow(place / "slow");
    slow.write("a long ");
    for (const auto& entry : fs::directory_iterator(place))
      fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(2));
    const pid_t other = fork();  // another process: this one has looked at the folder already
    if (other == 0) {
      writeFileAtomically(place / "other", "x");
      _exit(0);
    }
    waitpid(other, nullptr, 0);
    slow.write("story");
    slow.commit();
    QCOMPARE(readFile(place / "slow", 100), std::string("a long story"));
  }

  void aDiskThatFailsIsTold() {
    const auto causeOf = [](int reason) -> std::optional<PassingError::Cause> {
      try {
        throwSystemError(reason, "a sentence");
      } catch (const PassingError& error) {
        return error.cause();
      } catch (const Error&) {
        return std::nullopt;
      }
    };
    QVERIFY(causeOf(ENOSPC) == PassingError::Cause::NoSpace);
    QVERIFY(causeOf(EDQUOT) == PassingError::Cause::NoSpace);
    QVERIFY(causeOf(EIO) == PassingError::Cause::Fault);
    QVERIFY(!causeOf(EACCES) && !causeOf(ENOENT));
    int tries = 0;
    const auto failTwice = [&] {
      if (++tries < 3) throw PassingError(PassingError::Cause::Fault, "hiccup");
      return tries;
    };
    QCOMPARE(withRetries(failTwice), 3);
    tries = -5;
    QVERIFY_THROWS_EXCEPTION(PassingError, withRetries(failTwice));
    tries = 0;
    const auto busy = [&] { return ++tries, throw PassingError(PassingError::Cause::Busy, "in use"), 0; };
    QVERIFY_THROWS_EXCEPTION(PassingError, withRetries(busy));
    QCOMPARE(tries, 1);  // who waits for others decides for how long
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
