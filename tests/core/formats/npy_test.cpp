#include "core/formats/npy.h"

#include <QTest>
#include <fstream>
#include <limits>

#include "core/base/atomic_file.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

/// A whole file with this header and these data bytes.
std::string fileOf(const std::string& header, const std::string& data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += {static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  return text += header + data;
}

NpyArray parse(const std::string& header, const std::string& data) {
  const std::string text = fileOf(header, data);
  return parseNpy(std::as_bytes(std::span(text)), "test.npy");
}

template <class T>
bool survives(const std::vector<T>& values) {
  const TempFolder folder;
  writeNpy<T>(folder / "a.npy", std::array<int64_t, 2>{1, std::ssize(values)}, values);
  const NpyArray array = readNpy(folder / "a.npy");
  return array.shape == std::vector<int64_t>{1, std::ssize(values)} && array.values<T>() == values;
}

}  // namespace

class NpyTest : public QObject {
  Q_OBJECT
 private slots:
  /// The same ids in every type, order and version that NumPy writes.
  void allVariantsOfOneArrayAgree_data() {
    QTest::addColumn<QString>("file");
    for (const char* name : {"trX.npy", "trX_int64.npy", "trX_int16.npy", "trX_uint16.npy", "trX_fortran.npy",
                             "trX_bigendian.npy", "trX_v2.npy"})
      QTest::newRow(name) << name;
  }
  void allVariantsOfOneArrayAgree() {
    QFETCH(QString, file);
    const NpyArray array = readNpy(kGolden / "tokenized" / file.toStdString());
    const NpyArray expected = readNpy(kGolden / "tokenized/ids.npy");
    QCOMPARE(array.shape, (std::vector<int64_t>{32, 64}));
    QCOMPARE(array.toIntegers(0, 511), expected.values<int64_t>());
  }

  void everyTypeIsWrittenAndReadBack() {
    QVERIFY(survives<uint8_t>({0, 1, 255}));
    QVERIFY(survives<int8_t>({-128, 0, 127}));
    QVERIFY(survives<uint16_t>({0, 65535}));
    QVERIFY(survives<int16_t>({-32768, 32767}));
    QVERIFY(survives<uint32_t>({0, 4294967295U}));
    QVERIFY(survives<int32_t>({INT32_MIN, INT32_MAX}));
    QVERIFY(survives<uint64_t>({0, UINT64_MAX}));
    QVERIFY(survives<int64_t>({INT64_MIN, INT64_MAX}));
    QVERIFY(survives<float>({-1.5F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::infinity()}));
    QVERIFY(survives<double>({0.1, -std::numeric_limits<double>::max()}));
    QVERIFY(survives<double>({}));
  }

  /// NumPy would write these very bytes.
  void whatIsWrittenIsWhatNumpyWrites() {
    const NpyArray array = readNpy(kGolden / "kmeans_centers.npy");
    const TempFolder folder;
    writeNpy(folder / "a.npy", array.type, array.shape, array.bytes);
    QCOMPARE(readFile(folder / "a.npy", 10000), readFile(kGolden / "kmeans_centers.npy", 10000));
  }

  void fortranOrderOfThreeDimensionsIsTurned() {
    const NpyArray array = parse("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }\n",
                                 std::string("\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b", 12));
    // element (i, j, k) lies at i + 2 j + 6 k
    QCOMPARE(array.values<uint8_t>(), (std::vector<uint8_t>{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}));
  }

  void halvesAreExact() {
    // 1, -2, the largest, the smallest, infinity
    const NpyArray array = parse("{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }\n",
                                 std::string("\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c", 10));
    QCOMPARE(array.toDoubles(), (std::vector<double>{1, -2, 65504, 0x1p-24, std::numeric_limits<double>::infinity()}));
  }

  /// NumPy under Python 2: long numbers, and texts with a u.
  void headersOfPython2AreRead_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("long") << QByteArray("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }\n");
    QTest::newRow("one of them") << QByteArray("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3L), }\n");
    QTest::newRow("unicode") << QByteArray("{u'descr': u'|u1', u'fortran_order': False, u'shape': (2L, 3L), }\n");
  }
  void headersOfPython2AreRead() {
    QFETCH(const QByteArray, header);
    const NpyArray array = parse(header.toStdString(), std::string("\1\2\3\4\5\6", 6));
    QCOMPARE(array.shape, (std::vector<int64_t>{2, 3}));
    QCOMPARE(array.values<uint8_t>(), (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
  }

  void textsAreRead_data() {
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QStringList>("texts");
    const auto utf32 = [](const QString& text, qsizetype length, bool big) {
      QByteArray bytes;
      QList<uint32_t> codes = text.toUcs4();
      codes.resize(length);
      for (const uint32_t c : codes)
        for (int i = 0; i < 4; ++i) bytes += static_cast<char>(c >> 8 * (big ? 3 - i : i));
      return bytes;
    };
    const QStringList names{"cat", QStringLiteral("größe"), QStringLiteral("像素 \U0001F408"), ""};
    for (const bool big : {false, true}) {
      QByteArray data;
      for (const QString& name : names) data += utf32(name, 7, big);
      QTest::newRow(big ? "unicode, big endian" : "unicode") << QByteArray(big ? ">U7" : "<U7") << data << names;
    }
    QTest::newRow("bytes") << QByteArray("|S3") << QByteArray("catox\0\0\0\0\xe9t\xe9", 12)
                           << QStringList{"cat", "ox", "", QStringLiteral("été")};
  }
  void textsAreRead() {
    QFETCH(const QByteArray, type);
    QFETCH(const QByteArray, data);
    QFETCH(const QStringList, texts);
    const std::string file = fileOf(
        "{'descr': '" + type.toStdString() + "', 'fortran_order': False, 'shape': (4,), }\n", data.toStdString());
    const auto bytes = std::as_bytes(std::span(file));
    QVERIFY(isNpyOfTexts(bytes));
    QStringList found;
    for (const std::string& text : parseNpyTexts(bytes, "x.npy")) found << QString::fromStdString(text);
    QCOMPARE(found, texts);
    try {
      parseNpy(bytes, "x.npy");
      QFAIL("texts are no numbers");
    } catch (const Error& error) {
      QCOMPARE(QString(error.what()),
               QStringLiteral("x.npy holds texts [4]; whole numbers, floats or bool were expected."));
    }
  }

  void whatAreNoTextsIsRefused() {
    const auto refused = [](const std::string& type, const std::string& shape, const std::string& data) {
      const std::string file =
          fileOf("{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }\n", data);
      try {
        parseNpyTexts(std::as_bytes(std::span(file)), "x.npy");
      } catch (const Error& error) {
        return QString(error.what()).startsWith("x.npy");
      }
      return false;
    };
    QVERIFY(!refused("<U1", "1,", std::string("a\0\0\0", 4)));
    QVERIFY(refused("<U1", "2,", std::string("a\0\0\0", 4)));
    QVERIFY(refused("<U1", "1,", std::string("\0\xd8\0\0", 4)));  // half of a pair
    QVERIFY(refused("<U1", "1,", std::string("\0\0\x11\0", 4)));  // behind the last character
    QVERIFY(refused("<U0", "1000000000000,", ""));                // of no length, but many
    QVERIFY(refused("|S4611686018427387904", "4,", "abcd"));
    QVERIFY(refused("<U-1", "1,", ""));
    QVERIFY(refused("|S1", "2, 2", "abcd"));
    QVERIFY(refused("|u1", "4,", "abcd"));
    QVERIFY(refused("|O", "1,", "abcdefgh"));
  }

  void aSingleValueHasNoDimensions() {
    const NpyArray array = parse("{'descr': '|i1', 'fortran_order': False, 'shape': (), }\n", "\x05");
    QCOMPARE(array.count(), 1);
    QCOMPARE(array.toIntegers(), std::vector<int64_t>{5});
  }

  void integersOutsideTheRangeAndFractionsAreRefused() {
    const TempFolder folder;
    const auto refused = [&]<class T>(std::vector<T> values, int64_t least, int64_t most) {
      writeNpy<T>(folder / "a.npy", std::array<int64_t, 1>{std::ssize(values)}, values);
      try {
        readNpy(folder / "a.npy").toIntegers(least, most);
        return false;
      } catch (const Error&) {
        return true;
      }
    };
    QVERIFY(refused(std::vector<int32_t>{0, 512}, 0, 511));
    QVERIFY(refused(std::vector<int32_t>{-1}, 0, 511));
    QVERIFY(!refused(std::vector<int32_t>{0, 511}, 0, 511));
    QVERIFY(refused(std::vector<uint64_t>{UINT64_MAX}, INT64_MIN, INT64_MAX));
    QVERIFY(refused(std::vector<float>{0.5F}, 0, 511));
    QVERIFY(!refused(std::vector<float>{7}, 0, 511));
    QVERIFY(refused(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}, 0, 511));
    QVERIFY(refused(std::vector<double>{1e300}, INT64_MIN, INT64_MAX));
    QVERIFY(refused(std::vector<double>{0x1p63}, INT64_MIN, INT64_MAX));
  }

  void anotherTypeThanAskedForIsRefused() {
    QVERIFY_THROWS_EXCEPTION(Error, readNpy(kGolden / "kmeans_centers.npy").values<double>());
  }

  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("sentence");
    for (const BrokenFile& broken : brokenFiles("npy/")) {
      const std::string name = broken.file.filename().string();
      if (name.ends_with(".npz") || name.starts_with("palette_") || name.starts_with("tokens_") ||
          name.starts_with("labels_"))
        continue;  // sound arrays with a wrong meaning: tested where the meaning is read
      QTest::newRow(name.c_str()) << QString::fromStdString(broken.file.string())
                                  << QString::fromStdString(broken.sentence);
    }
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, file);
    QFETCH(QString, sentence);
    QVERIFY(!sentence.isEmpty());
    const std::string path = file.toStdString();
    QVERIFY(fs::exists(path));
    largestAllocation = 0;
    for (const bool fromMemory : {false, true}) {
      try {
        if (fromMemory) {
          const std::string text = readFile(path, 1 << 20);
          parseNpy(std::as_bytes(std::span(text)), path);
        } else {
          readNpy(path);
        }
        QFAIL("it was read");
      } catch (const Error& error) {
        QVERIFY2(std::string_view(error.what()).starts_with(path), error.what());
        QVERIFY2(QString(error.what()).contains(sentence), error.what());
      }
    }
    QVERIFY2(largestAllocation < 1 << 20, "a size was believed before it was checked");
  }

  void wrongHeadersAreRefused_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const QByteArray& header, const char* sentence) {
      QTest::newRow(name) << header << QString(sentence);
    };
    row("twice", "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "names descr twice");
    row("goes on", "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), } x", "goes on after its closing brace");
    row("no order", "{'descr': '|u1', 'shape': (1,), }", "lacks one of");
    row("open quote", "{'descr", "a quote that does not end");
    row("too many dimensions",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (" + QByteArray("1,").repeated(33) + "), }",
        "more than 32 dimensions");
    row("neither order", "{'descr': '|u1', 'fortran_order': Maybe, 'shape': (1,), }", "neither True nor False");
  }
  void wrongHeadersAreRefused() {
    QFETCH(QByteArray, header);
    QFETCH(QString, sentence);
    try {
      parse(header.toStdString(), "x");
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(sentence), error.what());
    }
  }

  /// Byte for byte, for one dimension and for elements of one byte.
  void headersAreThoseOfNumpy() {
    QVERIFY(npyHeader(NpyType::UInt8, std::array<int64_t, 1>{3})
                .starts_with(std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }  "));
  }

  void missingFilesAndFoldersAreRefused() {
    const TempFolder folder;
    for (const auto& [path, sentence] :
         {std::pair{folder.path(), "is a folder"}, {folder / "none.npy", "cannot be opened"}}) {
      try {
        readNpy(path);
        QFAIL("it was read");
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains(sentence), error.what());
      }
    }
  }
};

QTEST_APPLESS_MAIN(NpyTest)
#include "npy_test.moc"
