#include "core/foreign/token_file.h"
#include "core/data/labels.h"

#include <QTest>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

const std::filesystem::path kTokenized = std::filesystem::path(SCANLINE_GOLDEN) / "tokenized";

}  // namespace

class TokenFileTest : public QObject {
  Q_OBJECT
 private slots:
  void tokensOfEveryTypeAreRead() {
    const auto ids = readNpy(kTokenized / "ids.npy").toIntegers();
    for (const char* name : {"trX.npy", "trX_int64.npy", "trX_int16.npy", "trX_uint16.npy", "trX_fortran.npy",
                             "trX_bigendian.npy", "trX_v2.npy"}) {
      const TokenSet tokens = readTokens(kTokenized / name, 512);
      QCOMPARE(tokens.count, 32);
      QCOMPARE(tokens.length, 64);
      QVERIFY(std::equal(ids.begin(), ids.end(), tokens.ids.begin(), tokens.ids.end()));
    }
  }

  /// Models see squares: [N, 16, 4] is not taken for eight by eight.
  void picturesThatAreNoSquaresAreRefused() {
    const TempFolder folder;
    const auto read = [&](std::vector<int64_t> shape) {
      writeNpy<uint8_t>(folder / "x.npy", shape, std::vector<uint8_t>(128));
      return readTokens(folder / "x.npy", 4);
    };
    QCOMPARE(read({2, 8, 8}).length, 64);
    QCOMPARE(read({2, 64}).length, 64);
    QCOMPARE(read({2, 64, 1}).length, 64);
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2, 16, 4}, {2, 4, 16}, {2, 2, 32}}) {
      try {
        read(shape);
        QFAIL("it was read");
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains("x.npy holds uint8 [2, ") &&
                     QString(error.what()).contains("models see squares"),
                 error.what());
      }
    }
  }

  void tokensAboveThePaletteAreRefused() { QVERIFY_THROWS_EXCEPTION(Error, readTokens(kTokenized / "trX.npy", 256)); }

  void imagesOfNoTokensAreRefused() {
    const TempFolder folder;
    for (const std::vector<int64_t>& shape : {std::vector<int64_t>{0, 4}, {4}, {1, 1, 2, 2}}) {
      const std::vector<uint8_t> ids(shape.front() == 0 ? 0 : 4);
      writeNpy<uint8_t>(folder / "x.npy", shape, ids);
      QVERIFY_THROWS_EXCEPTION(Error, readTokens(folder / "x.npy", 256));
    }
  }

  void oneHotAndPlainLabelsAgree() {
    QCOMPARE(readLabels(kTokenized / "trY.npy", 32), readLabels(kTokenized / "labels.npy", 32));
    QVERIFY_THROWS_EXCEPTION(Error, readLabels(kTokenized / "trY.npy", 31));
  }

  void brokenFilesAreRefusedByName() {
    int seen = 0;
    for (const char* kind : {"npy/tokens_", "npy/labels_"})
      for (const BrokenFile& broken : brokenFiles(kind)) {
        ++seen;
        try {
          if (std::string_view(kind).ends_with("tokens_"))
            readTokens(broken.file, 512);
          else
            readLabels(broken.file, 32);
          QVERIFY2(!broken.mustBeRefused, broken.what.c_str());
        } catch (const Error& error) {
          QVERIFY2(std::string_view(error.what()).starts_with(broken.file.string()), error.what());
          QVERIFY2(QString(error.what()).contains(QString::fromStdString(broken.sentence)), error.what());
        }
      }
    QCOMPARE(seen, 7);
  }
};

QTEST_APPLESS_MAIN(TokenFileTest)
#include "token_file_test.moc"
