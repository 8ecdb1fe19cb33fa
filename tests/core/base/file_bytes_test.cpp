#include "core/base/file_bytes.h"

#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

template <class Act>
QString refusal(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
  return QStringLiteral("it was read");
}

std::string textOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

class FileBytesTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private slots:
  void everyPlaceIsRead() {
    writeFileAtomically(folder_ / "a", "0123456789");
    const FileBytes file(folder_ / "a");
    QCOMPARE(file.size(), 10UL);
    QCOMPARE(textOf(file.read(0, 10)), std::string("0123456789"));
    QCOMPARE(textOf(file.read(3, 4)), std::string("3456"));
    QCOMPARE(textOf(file.read(10, 0)), std::string());
    writeFileAtomically(folder_ / "empty", "");
    QCOMPARE(FileBytes(folder_ / "empty").size(), 0UL);
  }

  void sizesAreCheckedBeforeMemoryIsAskedFor() {
    writeFileAtomically(folder_ / "a", "0123456789");
    const FileBytes file(folder_ / "a");
    largestAllocation = 0;
    for (const auto& [offset, count] : {std::pair<uint64_t, uint64_t>{0, 11},
                                        {10, 1},
                                        {11, 0},
                                        {1, UINT64_MAX},
                                        {UINT64_MAX, 1},
                                        {5, uint64_t{1} << 40}})
      QVERIFY(refusal([&] { file.read(offset, count); }).contains("It is cut off; get it again."));
    QVERIFY(largestAllocation < 10'000);
  }

  /// Where it was mapped into memory, this was a SIGBUS.
  void aFileThatIsCutWhileItIsReadGivesASentence() {
    writeFileAtomically(folder_ / "cut", std::string(1 << 20, 'x'));
    const FileBytes file(folder_ / "cut");
    std::vector<std::byte> bytes(1 << 20);
    file.read(0, bytes);
    fs::resize_file(folder_ / "cut", 5000);
    const QString sentence = refusal([&] { file.read(0, bytes); });
    QVERIFY2(sentence.contains("cut ends at byte 5000, before 1043576 more that belong to it."), qPrintable(sentence));
    QCOMPARE(file.read(0, 5000).size(), 5000UL);
    QVERIFY(refusal([&] { file.read(6000, 10); }).contains("get it again"));
  }

  void whatIsNoFileIsRefused() {
    QVERIFY(refusal([&] { FileBytes(folder_ / "none"); }).contains("cannot be opened: No such file"));
    QVERIFY(refusal([&] { FileBytes(folder_.path()); }).contains("is not a plain file"));
    QVERIFY(refusal([&] { FileBytes("/dev/zero"); }).contains("is not a plain file"));
  }
};

QTEST_APPLESS_MAIN(FileBytesTest)
#include "file_bytes_test.moc"
