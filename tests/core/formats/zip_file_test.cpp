#include "core/formats/zip_file.h"

#include <QTest>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/labels.h"
#include "core/foreign/token_file.h"
#include "core/formats/npz.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;
const fs::path kNpz = kGolden / "npz";

/// The error of opening a file and reading all of its entries, or nothing.
std::string refusal(const fs::path& file) {
  try {
    const ZipFile zip(file);
    for (const auto& [name, entry] : zip.entries()) zip.read(entry, UINT64_MAX);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// The same for a copy with `bytes` instead of the file's from `at` on.
std::string refusalOf(std::string text, size_t at, std::string_view bytes) {
  const TempFolder folder;
  std::ofstream(folder / "a.zip", std::ios::binary) << text.replace(at, bytes.size(), bytes);
  const std::string message = refusal(folder / "a.zip");
  if (!message.empty() && message.find("a.zip") == std::string::npos) qFatal("no file named: %s", message.c_str());
  return message;
}

}  // namespace

class ZipFileTest : public QObject {
  Q_OBJECT
 private slots:
  void storedAndDeflatedArchivesHoldTheSameArrays() {
    const NpzFile stored(kNpz / "tokens.npz"), deflated(kNpz / "compressed.npz");
    QCOMPARE(stored.names(), (std::vector<std::string>{"ids", "labels"}));
    QCOMPARE(stored.array("ids").toIntegers(), readNpy(kGolden / "tokenized/ids.npy").toIntegers());
    QCOMPARE(deflated.array("ids").bytes, stored.array("ids").bytes);
    QCOMPARE(deflated.array("labels").toIntegers(), readNpy(kGolden / "tokenized/labels.npy").toIntegers());
    QVERIFY(ZipFile(kNpz / "compressed.npz").find("ids.npy")->deflated);
  }

  void tokensAndLabelsComeFromArchives() {
    const TokenSet plain = readTokens(kGolden / "tokenized/ids.npy", 512);
    for (const char* name : {"tokens.npz", "compressed.npz", "one.npz"})
      QVERIFY(readTokens(kNpz / name, 512).ids == plain.ids);
    QCOMPARE(readLabels(kNpz / "tokens.npz", 32), readLabels(kGolden / "tokenized/labels.npy", 32));
  }

  void archivesWithoutTheArrayNameWhatTheyHave() {
    try {
      readNpyOrNpz(kNpz / "tokens.npz", {"pixels"});
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("ids, labels") != std::string::npos, error.what());
    }
  }

  void entriesLargerThanExpectedAreRefused() {
    const ZipFile zip(kNpz / "compressed.npz");
    const auto& entry = *zip.find("ids.npy");
    QCOMPARE(zip.read(entry, entry.size).size(), static_cast<size_t>(entry.size));
    QVERIFY_THROWS_EXCEPTION(Error, zip.read(entry, entry.size - 1));
    try {
      zip.stored(entry);
      QFAIL("it is not stored");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("is compressed"), error.what());
    }
  }

  void storedEntriesAreChecked() {
    std::string text = readFile(kNpz / "tokens.npz", 1 << 20);
    QVERIFY(refusalOf(text, 300, "\xEE").find("checksum") != std::string::npos);
    const TempFolder folder;
    std::ofstream(folder / "a.npz", std::ios::binary) << text.replace(300, 1, "\xEE");
    QVERIFY_THROWS_EXCEPTION(Error, ZipFile(folder / "a.npz").stored(*ZipFile(folder / "a.npz").find("ids.npy")));
  }

  void anEntryThatIsThereTwiceIsRefused() {
    std::string text = readFile(kNpz / "one.npz", 1 << 20);
    const size_t entry = text.find("PK\x01\x02"), end = text.size() - 22;
    const std::string directory = text.substr(entry, end - entry);
    text[end + 10] = 2;
    text[end + 12] = static_cast<char>(2 * directory.size());
    QVERIFY(refusalOf(text.insert(end, directory), 0, "P").find("is there twice") != std::string::npos);
  }

  /// As PyTorch writes them: a longer record for numbers that the end record has no bits for.
  void theZip64RecordIsTheOneThatCounts() {
    const std::string text = readFile(kGolden / "broken/pickle/zip_many_entries.bin", 1 << 20);
    const TempFolder folder;
    QCOMPARE(refusalOf(text, 0, "P"), std::string());  // its short record counts 65535 entries
    const size_t locator = text.find("PK\x06\x07");
    QVERIFY(refusalOf(text, locator + 8, "\xF0\xFF\xFF\x7F").find("zip64 record") != std::string::npos);
  }

  void sizesMayStandInTheZip64Field() {
    std::string text = readFile(kNpz / "one.npz", 1 << 20);
    const size_t entry = text.find("PK\x01\x02"), end = text.size() - 22;
    std::string field("\x01\x00\x10\x00", 4);
    for (const size_t at : {24, 20}) {  // the size, then the packed one
      field += text.substr(entry + at, 4) + std::string(4, '\0');
      text.replace(entry + at, 4, "\xFF\xFF\xFF\xFF");
    }
    text[entry + 30] = static_cast<char>(field.size());
    text[end + 12] = static_cast<char>(text[end + 12] + static_cast<char>(field.size()));
    QCOMPARE(refusalOf(text.insert(end, field), 0, "P"), std::string());
  }

  void archivesWithoutDirectoryAreRefused() {
    QVERIFY(refusal(kGolden / "broken/npy/truncated.npz").find("truncated.npz") != std::string::npos);
    QVERIFY(!refusal(kGolden / "tokenized/ids.npy").empty());
  }

  /// Offsets of the directory's first entry and of the end record; npz files have no comment.
  void everyLieOfTheDirectoryIsNoticed() {
    const std::string text = readFile(kNpz / "compressed.npz", 1 << 20);
    const size_t entry = text.find("PK\x01\x02"), end = text.size() - 22;
    const std::string_view huge("\xF0\xFF\xFF\x7F", 4);
    QVERIFY(refusalOf(text, entry, "XX").find("damaged") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 8, "\x01").find("encrypted") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 10, "\x63").find("method 99") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 16, "\x01\x02\x03\x04").find("checksum") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 20, huge).find("ends beyond") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 24, huge).find("declares 2147483632 bytes") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 24, std::string_view("\x10\0\0\0", 4)).find("unpacked") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 28, "\xFF\xFF").find("damaged") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 42, huge).find("begins beyond") != std::string::npos);
    QVERIFY(refusalOf(text, entry + 42, "\x01").find("does not fit the directory") != std::string::npos);
    QVERIFY(refusalOf(text, 0, "XX").find("does not fit the directory") != std::string::npos);
    for (const size_t size : {20, 24}) {  // packed, unpacked: a byte more than there is
      const char more = static_cast<char>(text[entry + size] + 1);
      QVERIFY(refusalOf(text, entry + size, {&more, 1}).find("unpacked") != std::string::npos);
    }
    QVERIFY(refusalOf(text, entry + 46, "x").find("does not fit the directory") != std::string::npos);
    QVERIFY(refusalOf(text, end + 10, "\xFF\xFF").find("65535 entries") != std::string::npos);
    QVERIFY(refusalOf(text, end + 12, huge).find("beyond the file's end") != std::string::npos);
    QVERIFY(refusalOf(text, end + 16, huge).find("beyond the file's end") != std::string::npos);
    QVERIFY(refusalOf(text, end + 20, "\x01").find("no directory") != std::string::npos);
  }

  void everyTruncationAndEveryChangedByteIsSafe() {
    const TempFolder folder;
    const std::string whole = readFile(kNpz / "compressed.npz", 1 << 20);
    for (size_t length = 0; length < whole.size(); length += 101) {
      std::ofstream(folder / "cut", std::ios::binary) << std::string_view(whole).substr(0, length);
      QVERIFY2(!refusal(folder / "cut").empty(), std::to_string(length).c_str());
    }
    largestAllocation = 0;
    for (size_t at = whole.size() - 400; at < whole.size(); ++at) refusalOf(whole, at, "\xFF");
    QVERIFY2(largestAllocation < 16 << 20, "a size was believed before it was checked");
  }
};

QTEST_APPLESS_MAIN(ZipFileTest)
#include "zip_file_test.moc"
