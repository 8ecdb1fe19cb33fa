#include "core/data/image_file.h"

#include <zlib.h>

#include <QTest>
#include <fstream>
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kDatasets = fs::path(SCANLINE_GOLDEN) / "datasets";

}  // namespace

class ImageFileTest : public QObject {
  Q_OBJECT
 private slots:
  /// All kinds of PNG and JPEG, against Pillow's pixels.
  void picturesAreWhatOthersSee_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("tolerance");
    QTest::addColumn<QString>("expected");
    std::ifstream table(kDatasets / "imagefolder_expected.csv");
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
      // The kind may be in quotes and hold commas: take the first two cells from the front, the last two from the back.
      const size_t last = line.rfind(','), before = line.rfind(',', last - 1), first = line.find(','),
                   second = line.find(',', first + 1);
      QTest::newRow(line.substr(first + 1, second - first - 1).c_str())
          << QString::fromStdString(line.substr(first + 1, second - first - 1))
          << std::stoi(line.substr(before + 1, last - before - 1)) << QString::fromStdString(line.substr(last + 1));
    }
  }
  void picturesAreWhatOthersSee() {
    QFETCH(QString, file);
    QFETCH(int, tolerance);
    QFETCH(QString, expected);
    const NpyArray array = readNpy(kDatasets / "imagefolder_expected" / expected.toStdString());
    const Image image = readImage(kDatasets / "imagefolder" / file.toStdString());
    QCOMPARE(array.shape, (std::vector<int64_t>{image.height, image.width, 3}));
    const auto rgb = array.values<uint8_t>();
    int worst = 0;
    for (size_t i = 0; i < rgb.size(); ++i) worst = std::max(worst, std::abs(rgb[i] - image.rgb[i]));
    QVERIFY2(worst <= tolerance, qPrintable(QString("%1 off by %2").arg(file).arg(worst)));
  }

  /// 16 bits become 8 by value // 257, exactly.
  void sixteenBitsAreDivided() {
    for (const auto& [file, expected] : {std::pair{"grey16.png", "07_rgb.npy"}, {"rgb16.png", "08_rgb.npy"}})
      QCOMPARE(readImage(kDatasets / "imagefolder/train/bee" / file).rgb,
               readNpy(kDatasets / "imagefolder_expected" / expected).values<uint8_t>());
  }

  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("refused");
    for (const BrokenFile& broken : brokenFiles("images/"))
      QTest::newRow(broken.file.filename().c_str())
          << QString::fromStdString(broken.file.string()) << broken.mustBeRefused;
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, file);
    QFETCH(bool, refused);
    QVERIFY(fs::exists(file.toStdString()));
    largestAllocation = 0;
    try {
      const Image image = readImage(file.toStdString());
      QVERIFY(!refused);
      QCOMPARE(std::ssize(image.rgb), 3 * image.width * image.height);
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).starts_with(file.toStdString()), error.what());
    }
    QVERIFY2(largestAllocation < 1 << 20, "a size was believed before it was checked");
  }

  void aJpegThatIsCutOffIsRefused() {
    QVERIFY_THROWS_EXCEPTION(Error, readImage(fs::path(SCANLINE_GOLDEN) / "broken/images/truncated.jpg"));
  }

  /// 49 megapixels are within the limit, but not in a file of 70 bytes.
  void aHeaderThatTheFileCannotFillIsNotBelieved() {
    std::string png = encodePng({1, 1, {1, 2, 3}});
    const std::string side("\x00\x00\x1b\x58", 4);  // 7000
    png.replace(16, 8, side + side);
    const auto crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(png.data() + 12), 17));
    for (size_t i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
    largestAllocation = 0;
    QVERIFY_THROWS_EXCEPTION(Error, decodeImage(png, "small.png"));
    QVERIFY(largestAllocation < 1 << 20);
  }

  /// A file may end at any byte, and any byte may be wrong: nothing but an Error comes of it.
  void damagedFilesNeverCrash_data() {
    QTest::addColumn<QString>("file");
    for (const char* file :
         {"train/crow/palette.png", "train/crow/bilevel.png", "train/bee/grey.jpg", "train/ant/q444.jpeg",
          "train/ant/n01440764_10026.JPEG", "train/bee/cmyk.jpg", "val/ant/exif_orientation6.jpg"})
      QTest::newRow(file) << file;
  }
  void damagedFilesNeverCrash() {
    QFETCH(QString, file);
    const std::string sound = readFile(kDatasets / "imagefolder" / file.toStdString(), 1 << 20);
    int refused = 0;
    for (size_t end = 0; end < sound.size(); ++end) {
      try {
        decodeImage(std::string_view(sound).substr(0, end), "cut");
      } catch (const Error&) {
        ++refused;
      }
    }
    if (file.endsWith(".png")) QCOMPARE(refused, static_cast<int>(sound.size()));
    QVERIFY(refused > static_cast<int>(sound.size()) * 9 / 10);
    for (size_t at = 0; at < sound.size(); ++at) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(~damaged[at]);
      try {
        decodeImage(damaged, "damaged");
      } catch (const Error&) {
        ++refused;
      }
    }
  }

  void picturesSurviveAsPng() {
    Image image{5, 3, {}};
    for (int i = 0; i < 45; ++i) image.rgb.push_back(static_cast<uint8_t>(i * 37));
    const TempFolder folder;
    writePng(folder / "a.png", image);
    QVERIFY(readImage(folder / "a.png") == image);
    QCOMPARE(readFile(folder / "a.png", 10000), encodePng(image));
    QVERIFY_THROWS_EXCEPTION(Error, writePng(folder / "none" / "a.png", image));
  }

  void missingFilesAreNamed() { QVERIFY_THROWS_EXCEPTION(Error, readImage("/nowhere/a.png")); }
};

QTEST_APPLESS_MAIN(ImageFileTest)
#include "image_file_test.moc"
